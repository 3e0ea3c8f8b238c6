/**
 * Reads a model file (*.nt). Every field is checked; what is not known is refused with what was found and what was
 * expected. The same checks, in the same order, stand in kernel-bridge/inference/nt_validate.c.
 */
import { crc32 } from "node:zlib";
import { InputError } from "../traces/input-error.ts";
import { FEATURES } from "./features.ts";
import { FixedPointModel } from "./fixed-point.ts";
import { checkSums, type FixedInput, type FixedLayer, type FixedNet, SUM_LIMIT } from "./fixed-point-net.ts";
import type { InputSpec, Layer, Net } from "./net.ts";
import * as f from "./nt-format.ts";
import { dequantise } from "./quantise-fake.ts";
import { readModelFile } from "./read-model-file.ts";
import { LOG2_MAX } from "./transform.ts";

export interface NtModel {
  name: string;
  /** The float network; dequantised from the integers when the file has no float weights. */
  net: Net;
  fixed: FixedNet;
  hasFloat: boolean;
  /** Size of the file in bytes. */
  bytes: number;
}

/** Reads a model file from disk. */
export function readNt(path: string): NtModel {
  return decodeNt(readModelFile(path), path);
}

/** A model file ready for inference. */
export function loadFixedPoint(path: string): FixedPointModel {
  return new FixedPointModel(readNt(path).fixed);
}

/** Decodes the bytes of a model file. `file` is only used in messages. */
export function decodeNt(bytes: Uint8Array, file = "model"): NtModel {
  return new Reader(bytes, file).model();
}

class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly file: string;
  private at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
  }

  model(): NtModel {
    const { view, bytes } = this;
    this.checkFrame();
    const target = this.code(f.AT.target, "target", f.TARGET_CODES);
    const inputCount = this.within(view.getUint8(f.AT.inputs), "inputs", 1, f.MAX_INPUTS);
    const layerCount = this.within(view.getUint8(f.AT.layers), "layers", 1, f.MAX_LAYERS);
    const logitFrac = this.within(view.getUint8(f.AT.logitFrac), "logit fraction bits", 0, f.MAX_FRAC);
    const flags = view.getUint32(f.AT.flags, true);
    if ((flags & ~f.FLAG_FLOAT) !== 0) this.refuse("flags", flags, "no bit but bit 0");
    const threshold = view.getBigInt64(f.AT.thresholdFixed, true);
    if (threshold < -SUM_LIMIT || threshold > SUM_LIMIT) this.refuse("threshold", threshold, "within +-2^53");
    const floatThreshold = this.finite(view.getFloat32(f.AT.thresholdFloat, true), "float threshold");
    this.zero(f.AT.reserved, 4, "reserved bytes of the header");
    const name = this.name();
    this.at = f.HEADER_SIZE;
    if (f.HEADER_SIZE + inputCount * f.INPUT_SIZE > bytes.length) {
      this.refuse("inputs", inputCount, `as many as ${bytes.length} bytes hold`);
    }
    const fixedInputs: FixedInput[] = [];
    for (let j = 0; j < inputCount; j++) fixedInputs.push(this.input(j));
    const withFloat = (flags & f.FLAG_FLOAT) !== 0;
    const floatLayers: Layer[] = [];
    const layers: FixedLayer[] = [];
    let width = inputCount;
    for (let l = 0; l < layerCount; l++) {
      layers.push(this.layer(l, l === layerCount - 1, width, withFloat, floatLayers));
      width = layers[l]!.outputs;
    }
    if (this.at !== bytes.length) this.refuse("total length", bytes.length, String(this.at));
    if (layers.at(-1)!.frac !== logitFrac)
      this.refuse("logit fraction bits", logitFrac, String(layers.at(-1)!.frac));
    checkSums(layers, this.file);
    const fixed: FixedNet = { target, threshold, logitFrac, inputs: fixedInputs, layers };
    const net = withFloat
      ? { target, threshold: floatThreshold, inputs: fixedInputs.map(specOf), layers: floatLayers }
      : dequantise(fixed, floatThreshold);
    return { name, net, fixed, hasFloat: withFloat, bytes: bytes.length };
  }

  /** Magic, version, lengths, checksum and schema: whether the bytes are a whole model file of this project. */
  private checkFrame(): void {
    const { view, bytes } = this;
    if (bytes.length < f.HEADER_SIZE) this.refuse("length", bytes.length, `at least ${f.HEADER_SIZE} bytes`);
    if (bytes.length > f.MAX_FILE) this.refuse("length", bytes.length, `at most ${f.MAX_FILE} bytes`);
    const magic = Buffer.from(bytes.subarray(0, 4)).toString("latin1");
    if (magic !== f.MAGIC) this.refuse("magic", magic, f.MAGIC);
    const version = view.getUint16(f.AT.version, true);
    if (version !== f.FORMAT_VERSION) this.refuse("format version", version, String(f.FORMAT_VERSION));
    const headerSize = view.getUint16(f.AT.headerSize, true);
    if (headerSize !== f.HEADER_SIZE) this.refuse("header size", headerSize, String(f.HEADER_SIZE));
    const total = view.getUint32(f.AT.totalLength, true);
    if (total !== bytes.length) {
      this.refuse("total length", `${bytes.length} bytes`, `${total} bytes, as the header says`);
    }
    const sum = crc32(new Uint8Array(4), crc32(bytes.subarray(0, f.AT.crc)));
    const actual = crc32(bytes.subarray(f.AT.crc + 4), sum);
    const stored = view.getUint32(f.AT.crc, true);
    if (stored !== actual) this.refuse("CRC-32", hex(stored), `${hex(actual)}, from the bytes`);
    const hash = view.getBigUint64(f.AT.schemaHash, true);
    if (hash !== f.SCHEMA_HASH) this.refuse("hash of the feature schema", hex(hash), hex(f.SCHEMA_HASH));
  }

  private name(): string {
    const raw = Buffer.from(this.bytes.subarray(f.AT.name, f.AT.name + f.NAME_LENGTH)).toString("latin1");
    const name = raw.replace(/\0+$/, "");
    if (!/^[\x20-\x7e]*$/.test(name)) this.refuse("name", name, "printable ASCII, padded with zeros");
    return name;
  }

  private input(j: number): FixedInput {
    const { view, at } = this;
    const where = `inputs[${j}]`;
    const id = view.getUint16(at + f.INPUT_AT.feature, true);
    const feature = FEATURES[id];
    if (feature === undefined) return this.refuse(`${where}.feature`, id, `0..${FEATURES.length - 1}`);
    const transform = this.code(at + f.INPUT_AT.transform, `${where}.transform`, f.TRANSFORM_CODES);
    this.zero(at + f.INPUT_AT.reserved, f.INPUT_AT.low - f.INPUT_AT.reserved, `reserved bytes of ${where}`);
    // flag and log2 yield unsigned T whatever the feature's type
    const signed = feature.type === "s64" && (transform === "identity" || transform === "clipped");
    const word = (p: number) => (signed ? view.getBigInt64(at + p, true) : view.getBigUint64(at + p, true));
    const low = word(f.INPUT_AT.low);
    const high = word(f.INPUT_AT.high);
    const multiplier = view.getBigUint64(at + f.INPUT_AT.multiplier, true);
    if (!(low < high)) this.refuse(`${where}.low`, low, `less than high, ${high}`);
    if (transform === "flag" && (low !== 0n || high !== 1n))
      this.refuse(`${where}.low..high`, `${low}..${high}`, "0..1");
    if (transform === "log2") {
      if (low !== 0n || high !== BigInt(LOG2_MAX))
        this.refuse(`${where}.low..high`, `${low}..${high}`, `0..${LOG2_MAX}`);
      if (multiplier !== 2n ** 48n) this.refuse(`${where}.multiplier`, multiplier, String(2n ** 48n));
    }
    if (multiplier === 0n || (high - low) * multiplier >= 2n ** 64n) {
      this.refuse(`${where}.multiplier`, multiplier, `1..${(2n ** 64n - 1n) / (high - low)}`);
    }
    const offset = this.finite(view.getFloat64(at + f.INPUT_AT.offset, true), `${where}.offset`);
    const scale = this.finite(view.getFloat64(at + f.INPUT_AT.scale, true), `${where}.scale`);
    if (scale === 0) this.refuse(`${where}.scale`, scale, "not 0");
    this.at += f.INPUT_SIZE;
    return { feature: feature.name, transform, low, high, multiplier, offset, scale };
  }

  private layer(
    l: number,
    last: boolean,
    width: number,
    withFloat: boolean,
    floatLayers: Layer[],
  ): FixedLayer {
    const { view } = this;
    const where = `layers[${l}]`;
    const start = this.at;
    if (start + f.LAYER_HEADER_SIZE > view.byteLength) this.refuse(where, "end of file", "a layer");
    const inputs = view.getUint16(start + f.LAYER_AT.inputs, true);
    if (inputs !== width) this.refuse(`${where}.inputs`, inputs, String(width));
    const outputs = this.within(
      view.getUint16(start + f.LAYER_AT.outputs, true),
      `${where}.outputs`,
      1,
      f.MAX_WIDTH,
    );
    if (last && outputs !== 1) this.refuse(`${where}.outputs`, outputs, "1, the last layer is the logit");
    const activation = this.code(start + f.LAYER_AT.activation, `${where}.activation`, f.ACTIVATION_CODES);
    if (last && activation !== "identity") this.refuse(`${where}.activation`, activation, "identity");
    const shift = this.within(
      view.getUint8(start + f.LAYER_AT.shift),
      `${where}.shift`,
      0,
      last ? 0 : f.MAX_SHIFT,
    );
    const frac = this.within(view.getUint8(start + f.LAYER_AT.frac), `${where}.frac`, shift, f.MAX_FRAC);
    this.zero(start + f.LAYER_AT.reserved, 1, `reserved byte of ${where}`);
    const size = f.layerSize(inputs, outputs, withFloat);
    if (start + size > view.byteLength)
      this.refuse(where, `${view.byteLength - start} bytes left`, `${size} bytes`);
    let at = start + f.LAYER_HEADER_SIZE;
    const bias = BigInt64Array.from({ length: outputs }, (_, i) => view.getBigInt64(at + 8 * i, true));
    at += 8 * outputs;
    for (const b of bias)
      if (b < -SUM_LIMIT || b > SUM_LIMIT) this.refuse(`${where}.bias`, b, "within +-2^53");
    const count = inputs * outputs;
    if (withFloat) {
      const take = (n: number, field: string) => {
        const values = Float32Array.from({ length: n }, (_, i) =>
          this.finite(view.getFloat32(at + 4 * i, true), `${where}.${field}`),
        );
        at += 4 * n;
        return values;
      };
      floatLayers.push({
        inputs,
        outputs,
        activation,
        weights: take(count, "float weights"),
        bias: take(outputs, "float bias"),
      });
    }
    const weights = Int16Array.from({ length: count }, (_, i) => view.getInt16(at + 2 * i, true));
    at += 2 * count;
    this.zero(at, start + size - at, `padding of ${where}`);
    this.at = start + size;
    return { inputs, outputs, activation, shift, frac, weights, bias };
  }

  private code<T extends string>(at: number, field: string, names: readonly T[]): T {
    const code = this.view.getUint8(at);
    return names[code] ?? this.refuse(field, code, names.map((n, i) => `${i} (${n})`).join(", "));
  }

  private within(value: number, field: string, low: number, high: number): number {
    if (!(value >= low && value <= high)) this.refuse(field, value, `${low}..${high}`);
    return value;
  }

  private finite(value: number, field: string): number {
    if (!Number.isFinite(value)) this.refuse(field, value, "a finite number");
    return value;
  }

  private zero(at: number, length: number, field: string): void {
    const other = this.bytes.subarray(at, at + length).find((b) => b !== 0);
    if (other !== undefined) this.refuse(field, other, "0");
  }

  private refuse(field: string, found: unknown, expected: string): never {
    throw new InputError("not a usable model file", {
      file: this.file,
      field,
      found,
      expected,
      hint: "Train the model again, or copy it anew if it was damaged.",
    });
  }
}

function specOf(input: FixedInput): InputSpec {
  const clipped = input.transform === "clipped";
  return {
    feature: input.feature,
    transform: input.transform,
    clipLow: clipped ? Number(input.low) : 0,
    clipHigh: clipped ? Number(input.high) : 0,
    offset: input.offset,
    scale: input.scale,
  };
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
