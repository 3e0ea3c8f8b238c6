/** Writes a model file (*.nt): quantises a network or a tree, checks that no sum can overflow, lays out the bytes. */
import { crc32 } from "node:zlib";
import { InputError } from "../traces/input-error.ts";
import { featureByName } from "./features.ts";
import { checkSums, type FixedNet } from "./fixed-point-net.ts";
import type { Net } from "./net.ts";
import { FORMAT_VERSION, MAGIC, schemaOf, TARGET_CODES } from "./nt-format.ts";
import * as f from "./nt-layout.ts";
import { quantise } from "./quantise.ts";
import { type StructValues, writeStruct } from "./struct.ts";
import { checkTree, type FixedTree, isTree, quantiseTree, type TreeModel } from "./tree-model.ts";

/** How a model file is written. */
export interface EncodeOptions {
  /** Name kept in the file, at most 16 printable ASCII characters. */
  name?: string;
  /**
   * Whether the float32 weights go into the file. Without them a net of about twice the size fits 4096 bytes, but the
   * kernel's float variant cannot run it. Default: if they fit.
   */
  floatWeights?: boolean;
}

/** The bytes of a model file. Throws InputError when the model does not fit 4096 bytes or a sum could overflow. */
export function encodeNt(model: Net | TreeModel, options: EncodeOptions = {}): Uint8Array {
  if (isTree(model)) return encodeFixedTree(quantiseTree(model), model.threshold, options);
  return encodeFixedNt(model, quantise(model), options);
}

/** As `encodeNt`, for a network whose fixed-point side is already chosen. */
export function encodeFixedNt(net: Net, fixed: FixedNet, options: EncodeOptions = {}): Uint8Array {
  checkSums(fixed.layers);
  const size = (withFloat: boolean) =>
    f.HEADER.size +
    fixed.inputs.length * f.INPUT.size +
    fixed.layers.reduce((sum, l) => sum + f.layerSize(l.inputs, l.outputs, withFloat), 0);
  const withFloat = options.floatWeights ?? size(true) <= f.MAX_FILE;
  const total = size(withFloat);
  if (total > f.MAX_FILE) {
    throw new InputError("the network does not fit a model file", {
      field: "layers",
      found: `${total} bytes ${withFloat ? "with" : "without"} float weights`,
      expected: `at most ${f.MAX_FILE} bytes`,
      hint: "Use fewer hidden units or inputs.",
    });
  }
  const head = { layers: fixed.layers.length, flags: withFloat ? f.FLAG_FLOAT : 0 };
  return encode(fixed, { ...head, thresholdFloat: net.threshold }, total, options, (view, start) => {
    let at = start;
    fixed.layers.forEach((layer, l) => {
      writeLayer(view, at, layer, withFloat ? net.layers[l] : undefined);
      at += f.layerSize(layer.inputs, layer.outputs, withFloat);
    });
  });
}

/** The bytes of a model file that holds a tree. @param threshold In floating point. */
export function encodeFixedTree(
  fixed: FixedTree,
  threshold: number,
  options: Pick<EncodeOptions, "name"> = {},
): Uint8Array {
  checkTree(fixed);
  const total = f.HEADER.size + fixed.inputs.length * f.INPUT.size + fixed.nodes.length * f.NODE.size;
  const head = { layers: 0, flags: f.FLAG_TREE, thresholdFloat: threshold };
  return encode(fixed, head, total, options, (view, start) => {
    fixed.nodes.forEach((node, i) => {
      writeStruct(view, start + i * f.NODE.size, f.NODE, node);
    });
  });
}

/** Header and inputs, then what `body` writes behind them, and the checksum. */
function encode(
  fixed: FixedNet | FixedTree,
  head: Pick<StructValues<typeof f.HEADER>, "layers" | "flags" | "thresholdFloat">,
  total: number,
  { name = "" }: EncodeOptions,
  body: (view: DataView, at: number) => void,
): Uint8Array {
  checkName(name);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  writeStruct(view, 0, f.HEADER, {
    magic: latin1(MAGIC),
    version: FORMAT_VERSION,
    headerSize: f.HEADER.size,
    totalLength: total,
    schemaHash: schemaOf(fixed.inputs.map(({ feature }) => featureByName(feature)!.id)).hash,
    target: TARGET_CODES.indexOf(fixed.target),
    inputs: fixed.inputs.length,
    logitFrac: fixed.logitFrac,
    thresholdFixed: fixed.threshold,
    ...head,
    name: latin1(name),
  });
  let at = f.HEADER.size;
  for (const input of fixed.inputs) {
    writeStruct(view, at, f.INPUT, {
      ...input,
      feature: featureByName(input.feature)!.id,
      transform: f.TRANSFORM_CODES.indexOf(input.transform),
    });
    at += f.INPUT.size;
  }
  body(view, at);
  writeStruct(view, 0, f.HEADER, { crc: crc32(bytes) }); // the field itself is still zero
  return bytes;
}

const latin1 = (text: string) => Buffer.from(text, "latin1");

function writeLayer(
  view: DataView,
  start: number,
  fixed: FixedNet["layers"][number],
  float: Net["layers"][number] | undefined,
): void {
  writeStruct(view, start, f.LAYER, {
    inputs: fixed.inputs,
    outputs: fixed.outputs,
    activation: f.ACTIVATION_CODES.indexOf(fixed.activation),
    shift: fixed.shift,
    frac: fixed.frac,
  });
  let at = start + f.LAYER.size;
  for (const b of fixed.bias) {
    view.setBigInt64(at, b, true);
    at += 8;
  }
  if (float) {
    for (const w of [...float.weights, ...float.bias]) {
      view.setFloat32(at, w, true);
      at += 4;
    }
  }
  for (const w of fixed.weights) {
    view.setInt16(at, w, true);
    at += 2;
  }
}

/** @throws InputError (field `name`) when a name cannot be written into the file. */
export function checkName(name: string): void {
  if (!/^[\x20-\x7e]*$/.test(name) || name.length > f.HEADER.fields.name.length) {
    throw new InputError("the model's name does not fit the file", {
      field: "name",
      found: name,
      expected: `at most ${f.HEADER.fields.name.length} printable ASCII characters`,
    });
  }
}
