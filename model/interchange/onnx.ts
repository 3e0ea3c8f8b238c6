/**
 * ONNX: a graph from transformed features to the logit and the probability.
 *
 *     transformed [batch, inputs] double   T of each feature (model/transform.ts), an exact integer
 *       -> Max, Min (saturation), Sub offset, Mul scale, Cast to float
 *       -> Gemm, Sigmoid or Relu, ... , Gemm
 *     logit [batch, 1] float, probability [batch, 1] float
 *
 * The integer transforms themselves have no operator in ONNX; the metadata (description.ts) names them. Import takes
 * such graphs back, and any chain of Gemm (or MatMul and Add), Sigmoid and Relu that carries the metadata.
 */
import { InputError } from "../../traces/input-error.ts";
import type { Activation, Layer, Net } from "../net.ts";
import { inputRange } from "../transform.ts";
import {
  checkImported,
  DESCRIPTION_KEY,
  type Description,
  describeNet,
  parseDescription,
} from "./description.ts";
import { ATTRIBUTE, ELEMENT, ModelProto } from "./onnx-schema.ts";

/** Opset 13 (2020): every operator used here has its present form. */
const OPSET = 13;
const IR_VERSION = 8;

export function toOnnx(net: Net): Uint8Array {
  const ranges = net.inputs.map(inputRange);
  const columns = (name: string, values: number[]) => ({
    name,
    dims: [1, values.length],
    dataType: ELEMENT.double,
    rawData: new Uint8Array(Float64Array.from(values).buffer),
  });
  const floats = (name: string, dims: number[], values: Float32Array) => ({
    name,
    dims,
    dataType: ELEMENT.float,
    rawData: new Uint8Array(Float32Array.from(values).buffer),
  });
  const initializer: object[] = [
    columns(
      "low",
      ranges.map((r) => r.low),
    ),
    columns(
      "high",
      ranges.map((r) => r.high),
    ),
    columns(
      "offset",
      net.inputs.map((i) => i.offset),
    ),
    columns(
      "scale",
      net.inputs.map((i) => i.scale),
    ),
  ];
  const node: object[] = [
    op("Max", ["transformed", "low"], "raised"),
    op("Min", ["raised", "high"], "saturated"),
    op("Sub", ["saturated", "offset"], "centred"),
    op("Mul", ["centred", "scale"], "normalised"),
    op("Cast", ["normalised"], "x0", [{ name: "to", i: ELEMENT.float, type: ATTRIBUTE.int }]),
  ];
  net.layers.forEach((layer, l) => {
    const last = l === net.layers.length - 1;
    initializer.push(floats(`layers.${l}.weight`, [layer.outputs, layer.inputs], layer.weights));
    initializer.push(floats(`layers.${l}.bias`, [layer.outputs], layer.bias));
    const linear = layer.activation === "identity";
    const sum = last ? "logit" : linear ? `x${l + 1}` : `sum${l}`;
    const inputs = [`x${l}`, `layers.${l}.weight`, `layers.${l}.bias`];
    node.push(op("Gemm", inputs, sum, [{ name: "transB", i: 1, type: ATTRIBUTE.int }]));
    if (!linear) node.push(op(layer.activation === "relu" ? "Relu" : "Sigmoid", [sum], `x${l + 1}`));
  });
  node.push(op("Sigmoid", ["logit"], "probability"));
  const model = {
    irVersion: IR_VERSION,
    producerName: "nicetries",
    docString: "Positive iff logit > threshold; see the metadata for inputs, target and threshold.",
    opsetImport: [{ domain: "", version: OPSET }],
    metadataProps: [{ key: DESCRIPTION_KEY, value: describeNet(net) }],
    graph: {
      name: net.target,
      node,
      initializer,
      input: [value("transformed", ELEMENT.double, net.inputs.length)],
      output: [value("logit", ELEMENT.float, 1), value("probability", ELEMENT.float, 1)],
    },
  };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

function op(opType: string, input: string[], output: string, attribute: object[] = []): object {
  return { opType, input, output: [output], name: output, attribute };
}

function value(name: string, elemType: number, width: number): object {
  const dim = [{ dimParam: "batch" }, { dimValue: width }];
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

interface OnnxNode {
  opType?: string;
  input?: string[];
  output?: string[];
  attribute?: { name?: string; i?: string; f?: number }[];
}
interface OnnxTensor {
  name?: string;
  dims?: string[];
  dataType?: number;
  floatData?: number[];
  rawData?: Uint8Array;
}
interface OnnxModel {
  metadataProps?: { key?: string; value?: string }[];
  graph?: { node?: OnnxNode[]; initializer?: OnnxTensor[] };
}

/** Throws InputError when the bytes are no ONNX file, or hold a graph that is no such perceptron. */
export function fromOnnx(bytes: Uint8Array, file = "model.onnx"): Net {
  let model: OnnxModel;
  try {
    model = ModelProto.toObject(ModelProto.decode(bytes), { longs: String, arrays: true, bytes: Uint8Array });
  } catch (error) {
    throw new InputError("not an ONNX file", {
      file,
      found: (error as Error).message,
      expected: "a ModelProto",
    });
  }
  const text = model.metadataProps?.find((p) => p.key === DESCRIPTION_KEY)?.value;
  const description = parseDescription(text, file);
  return checkImported(
    { ...withoutActivations(description), layers: readLayers(model, description, file) },
    file,
  );
}

function withoutActivations({ target, threshold, inputs }: Description) {
  return { target, threshold, inputs };
}

/** Operators in front of the first layer; the description says the same. */
const PRELUDE = new Set(["Max", "Min", "Sub", "Mul", "Cast", "Clip", "Identity"]);

function readLayers(model: OnnxModel, description: Description, file: string): Layer[] {
  const tensors = new Map((model.graph?.initializer ?? []).map((t) => [t.name ?? "", t]));
  const layers: Layer[] = [];
  const refuse = (found: unknown, expected: string): never => {
    throw new InputError("the graph is not a perceptron this project knows", {
      file,
      field: "graph",
      found,
      expected,
    });
  };
  const parameter = (node: OnnxNode, index: number, rank: number) => {
    const name = node.input?.[index] ?? "";
    const tensor = tensors.get(name);
    if (!tensor) return refuse(`input ${JSON.stringify(name)} of ${node.opType}`, "an initializer");
    return readTensor(tensor, rank, file);
  };
  for (const node of model.graph?.node ?? []) {
    const last = layers.at(-1);
    const done = layers.length === description.activations.length && node.opType === "Sigmoid";
    if (layers.length === 0 && PRELUDE.has(node.opType ?? "")) continue;
    if (node.opType === "Gemm") {
      layers.push(gemm(node, parameter(node, 1, 2), parameter(node, 2, 1), refuse));
    } else if (node.opType === "MatMul") {
      const w = parameter(node, 1, 2);
      layers.push(layerOf(transposed(w), new Float32Array(w.dims[1])));
    } else if (node.opType === "Add" && last) {
      const bias = parameter(node, tensors.has(node.input?.[1] ?? "") ? 1 : 0, 1);
      if (bias.values.length !== last.outputs)
        refuse(`a bias of ${bias.values.length}`, String(last.outputs));
      last.bias = bias.values;
    } else if ((node.opType === "Sigmoid" || node.opType === "Relu") && last) {
      if (done && node.output?.[0] === "probability") continue;
      last.activation = node.opType.toLowerCase() as Activation;
    } else {
      refuse(node.opType, "Gemm, MatMul, Add, Sigmoid and Relu in a chain");
    }
  }
  const found = layers.map((l) => l.activation).join(", ");
  if (found !== description.activations.join(", "))
    refuse(found || "no layer", description.activations.join(", "));
  return layers;
}

interface Tensor {
  dims: number[];
  values: Float32Array;
}

function gemm(
  node: OnnxNode,
  w: Tensor,
  b: Tensor,
  refuse: (found: unknown, expected: string) => never,
): Layer {
  let swap = true;
  for (const { name, i, f } of node.attribute ?? []) {
    if (name === "transB") swap = Number(i ?? 0) === 0;
    else if ((name === "alpha" || name === "beta") && f === 1) continue;
    else if (name === "transA" && Number(i ?? 0) === 0) continue;
    else refuse(`attribute ${name} of Gemm`, "alpha 1, beta 1, transA 0");
  }
  const layer = layerOf(swap ? transposed(w) : w, b.values);
  if (b.values.length !== layer.outputs) refuse(`a bias of ${b.values.length}`, String(layer.outputs));
  return layer;
}

function layerOf(w: Tensor, bias: Float32Array): Layer {
  return { outputs: w.dims[0], inputs: w.dims[1], activation: "identity", weights: w.values, bias };
}

function transposed({ dims, values }: Tensor): Tensor {
  const [rows, columns] = dims as [number, number];
  const at = (k: number) => values[(k % rows) * columns + Math.floor(k / rows)];
  return { dims: [columns, rows], values: Float32Array.from({ length: values.length }, (_, k) => at(k)) };
}

function readTensor(tensor: OnnxTensor, rank: number, file: string): Tensor {
  const bad = (found: unknown, expected: string): never => {
    throw new InputError("a tensor is not usable", { file, field: tensor.name ?? "", found, expected });
  };
  if (tensor.dataType !== ELEMENT.float) bad(`element type ${tensor.dataType}`, `${ELEMENT.float} (float)`);
  const all = (tensor.dims ?? []).map(Number);
  const dims = rank === 1 ? [all.reduce((a, b) => a * b, 1)] : all;
  if (all.length < 1 || dims.length !== rank || !dims.every((d) => d >= 1 && d <= 4096)) {
    bad(`shape [${all}]`, `${rank} dimensions`);
  }
  const count = dims.reduce((a, b) => a * b, 1);
  const raw = tensor.rawData;
  if (raw === undefined || raw.length === 0) {
    const data = tensor.floatData ?? [];
    if (data.length !== count) bad(`${data.length} values`, String(count));
    return { dims, values: Float32Array.from(data) };
  }
  if (raw.length !== count * 4) bad(`${raw.length} bytes`, String(count * 4));
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return { dims, values: Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true)) };
}
