/**
 * The part of ONNX's protobuf messages that a small perceptron needs, with the field numbers of the ONNX specification
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, IR version 8).
 */
import protobuf from "protobufjs/light.js";

export const ELEMENT = { float: 1, int64: 7, double: 11 } as const;
export const ATTRIBUTE = { float: 1, int: 2 } as const;

const field = (id: number, type: string) => ({ id, type });
const many = (id: number, type: string, packed = false) => ({
  id,
  type,
  rule: "repeated",
  options: { packed },
});

const root = protobuf.Root.fromJSON({
  nested: {
    StringStringEntryProto: { fields: { key: field(1, "string"), value: field(2, "string") } },
    OperatorSetIdProto: { fields: { domain: field(1, "string"), version: field(2, "int64") } },
    TensorProto: {
      fields: {
        dims: many(1, "int64"),
        dataType: field(2, "int32"),
        floatData: many(4, "float", true),
        name: field(8, "string"),
        rawData: field(9, "bytes"),
        doubleData: many(10, "double", true),
      },
    },
    AttributeProto: {
      fields: {
        name: field(1, "string"),
        f: field(2, "float"),
        i: field(3, "int64"),
        type: field(20, "int32"),
      },
    },
    NodeProto: {
      fields: {
        input: many(1, "string"),
        output: many(2, "string"),
        name: field(3, "string"),
        opType: field(4, "string"),
        attribute: many(5, "AttributeProto"),
        domain: field(7, "string"),
      },
    },
    DimensionProto: { fields: { dimValue: field(1, "int64"), dimParam: field(2, "string") } },
    TensorShapeProto: { fields: { dim: many(1, "DimensionProto") } },
    TensorTypeProto: { fields: { elemType: field(1, "int32"), shape: field(2, "TensorShapeProto") } },
    TypeProto: { fields: { tensorType: field(1, "TensorTypeProto") } },
    ValueInfoProto: { fields: { name: field(1, "string"), type: field(2, "TypeProto") } },
    GraphProto: {
      fields: {
        node: many(1, "NodeProto"),
        name: field(2, "string"),
        initializer: many(5, "TensorProto"),
        input: many(11, "ValueInfoProto"),
        output: many(12, "ValueInfoProto"),
      },
    },
    ModelProto: {
      fields: {
        irVersion: field(1, "int64"),
        producerName: field(2, "string"),
        docString: field(6, "string"),
        graph: field(7, "GraphProto"),
        opsetImport: many(8, "OperatorSetIdProto"),
        metadataProps: many(14, "StringStringEntryProto"),
      },
    },
  },
});

/** The message at the root of an ONNX file. */
export const ModelProto = root.lookupType("ModelProto");
