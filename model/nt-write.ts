/** Writes a network as a model file (*.nt): quantises it, checks that no sum can overflow, lays out the bytes. */
import { crc32 } from "node:zlib";
import { InputError } from "../traces/input-error.ts";
import { featureByName } from "./features.ts";
import { checkSums, type FixedNet } from "./fixed-point-net.ts";
import type { Net } from "./net.ts";
import * as f from "./nt-format.ts";
import { quantise } from "./quantise.ts";

export interface EncodeOptions {
  /** Name kept in the file, at most 16 printable ASCII characters. */
  name?: string;
  /**
   * Whether the float32 weights go into the file. Without them a net of about twice the size fits 4096 bytes, but the
   * kernel's float variant cannot run it. Default: if they fit.
   */
  floatWeights?: boolean;
}

/** The bytes of a model file. Throws InputError when the net does not fit 4096 bytes or could overflow. */
export function encodeNt(net: Net, options: EncodeOptions = {}): Uint8Array {
  return encodeFixedNt(net, quantise(net), options);
}

/** As `encodeNt`, for a network whose fixed-point side is already chosen. */
export function encodeFixedNt(net: Net, fixed: FixedNet, options: EncodeOptions = {}): Uint8Array {
  checkSums(fixed.layers);
  const name = options.name ?? "";
  checkName(name);
  const size = (withFloat: boolean) =>
    f.HEADER_SIZE +
    fixed.inputs.length * f.INPUT_SIZE +
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
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  writeHeader(bytes, view, net, fixed, name, withFloat);
  let at = f.HEADER_SIZE;
  for (const input of fixed.inputs) {
    view.setUint16(at + f.INPUT_AT.feature, featureByName(input.feature)!.id, true);
    view.setUint8(at + f.INPUT_AT.transform, f.TRANSFORM_CODES.indexOf(input.transform));
    view.setBigUint64(at + f.INPUT_AT.low, BigInt.asUintN(64, input.low), true);
    view.setBigUint64(at + f.INPUT_AT.high, BigInt.asUintN(64, input.high), true);
    view.setBigUint64(at + f.INPUT_AT.multiplier, input.multiplier, true);
    view.setFloat64(at + f.INPUT_AT.offset, input.offset, true);
    view.setFloat64(at + f.INPUT_AT.scale, input.scale, true);
    at += f.INPUT_SIZE;
  }
  fixed.layers.forEach((layer, l) => {
    writeLayer(view, at, layer, withFloat ? net.layers[l]! : undefined);
    at += f.layerSize(layer.inputs, layer.outputs, withFloat);
  });
  view.setUint32(f.AT.crc, crc32(bytes), true); // the field itself is still zero
  return bytes;
}

function writeHeader(
  bytes: Uint8Array,
  view: DataView,
  net: Net,
  fixed: FixedNet,
  name: string,
  withFloat: boolean,
): void {
  bytes.set(Buffer.from(f.MAGIC, "latin1"), f.AT.magic);
  view.setUint16(f.AT.version, f.FORMAT_VERSION, true);
  view.setUint16(f.AT.headerSize, f.HEADER_SIZE, true);
  view.setUint32(f.AT.totalLength, bytes.length, true);
  view.setBigUint64(f.AT.schemaHash, f.SCHEMA_HASH, true);
  view.setUint8(f.AT.target, f.TARGET_CODES.indexOf(fixed.target));
  view.setUint8(f.AT.inputs, fixed.inputs.length);
  view.setUint8(f.AT.layers, fixed.layers.length);
  view.setUint8(f.AT.logitFrac, fixed.logitFrac);
  view.setUint32(f.AT.flags, withFloat ? f.FLAG_FLOAT : 0, true);
  view.setBigInt64(f.AT.thresholdFixed, fixed.threshold, true);
  view.setFloat32(f.AT.thresholdFloat, net.threshold, true);
  bytes.set(Buffer.from(name, "latin1"), f.AT.name);
}

function writeLayer(
  view: DataView,
  start: number,
  fixed: FixedNet["layers"][number],
  float: Net["layers"][number] | undefined,
): void {
  view.setUint16(start + f.LAYER_AT.inputs, fixed.inputs, true);
  view.setUint16(start + f.LAYER_AT.outputs, fixed.outputs, true);
  view.setUint8(start + f.LAYER_AT.activation, f.ACTIVATION_CODES.indexOf(fixed.activation));
  view.setUint8(start + f.LAYER_AT.shift, fixed.shift);
  view.setUint8(start + f.LAYER_AT.frac, fixed.frac);
  let at = start + f.LAYER_HEADER_SIZE;
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
  if (!/^[\x20-\x7e]*$/.test(name) || name.length > f.NAME_LENGTH) {
    throw new InputError("the model's name does not fit the file", {
      field: "name",
      found: name,
      expected: `at most ${f.NAME_LENGTH} printable ASCII characters`,
    });
  }
}
