/**
 * Reads a model file (*.nt). Every field is checked; what is not known is refused with what was found and what was
 * expected. The same checks, in the same order, stand in kernel-bridge/inference/nt_validate.c.
 */
import { crc32 } from "node:zlib";
import { InputError } from "../traces/input-error.ts";
import { FEATURES, featureByName } from "./features.ts";
import { checkSums, type FixedInput, type FixedLayer, type FixedNet, SUM_LIMIT } from "./fixed-point-net.ts";
import type { InputSpec, Layer, Net } from "./net.ts";
import { FORMAT_VERSION, MAGIC, SCHEMAS, TARGET_CODES } from "./nt-format.ts";
import * as f from "./nt-layout.ts";
import { dequantise } from "./quantise-fake.ts";
import { readModelFile } from "./read-model-file.ts";
import { readStruct } from "./struct.ts";
import { LOG2_MAX } from "./transform.ts";
import {
  checkTree,
  dequantiseTree,
  type FixedNode,
  type FixedTree,
  isTree,
  type TreeModel,
} from "./tree-model.ts";

/** A model file as it was read. */
export interface NtFile<Float, Fixed> {
  name: string;
  /** In floating point; made from the integers when the file has no float weights. */
  net: Float;
  fixed: Fixed;
  hasFloat: boolean;
  /** Size of the file in bytes. */
  bytes: number;
}

/** A file that holds a network. */
export type NtNetwork = NtFile<Net, FixedNet>;
/** A file that holds a tree. */
export type NtTree = NtFile<TreeModel, FixedTree>;
/** What a model file holds. */
export type NtModel = NtNetwork | NtTree;

export const holdsTree = (model: NtModel): model is NtTree => isTree(model.fixed);

/** The network of a file. @param what What for, in a message. @throws InputError when it holds a tree. */
export function networkOf(model: NtModel, file: string, what: string): NtNetwork {
  if (!holdsTree(model)) return model;
  throw new InputError(`${what} takes a network`, {
    file,
    found: "a decision tree",
    expected: "a model file that holds a network",
    hint: "Train a network; a tree cannot be turned into one.",
  });
}

/** Reads a model file from disk. */
export function readNt(path: string): NtModel {
  return decodeNt(readModelFile(path), path);
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
  /** How many features the file's schema has. */
  private features = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
  }

  model(): NtModel {
    const { view, bytes } = this;
    this.checkFrame();
    const header = readStruct(view, 0, f.HEADER);
    const target = this.code(header.target, "target", TARGET_CODES);
    const inputCount = this.within(header.inputs, "inputs", 1, f.MAX_INPUTS);
    const { flags } = header;
    if (flags > f.FLAG_TREE) this.refuse("flags", flags, "bit 0 or bit 1 or neither, and no other");
    const isTree = (flags & f.FLAG_TREE) !== 0;
    const layerCount = this.within(header.layers, "layers", isTree ? 0 : 1, isTree ? 0 : f.MAX_LAYERS);
    const logitFrac = this.within(header.logitFrac, "logit fraction bits", 0, f.MAX_FRAC);
    const { thresholdFixed: threshold } = header;
    if (threshold < -SUM_LIMIT || threshold > SUM_LIMIT) this.refuse("threshold", threshold, "within +-2^53");
    const floatThreshold = this.finite(header.thresholdFloat, "float threshold");
    this.zero(header.reserved, "reserved bytes of the header");
    const name = this.name(header.name);
    this.at = f.HEADER.size;
    if (f.HEADER.size + inputCount * f.INPUT.size > bytes.length) {
      this.refuse("inputs", inputCount, `as many as ${bytes.length} bytes hold`);
    }
    const fixedInputs: FixedInput[] = [];
    for (let j = 0; j < inputCount; j++) fixedInputs.push(this.input(j));
    if (isTree) {
      const fixed = { target, threshold, logitFrac, inputs: fixedInputs, nodes: this.nodes(fixedInputs) };
      checkTree(fixed, this.file);
      const net = dequantiseTree(fixed, floatThreshold, fixedInputs.map(specOf));
      return { name, net, fixed, hasFloat: false, bytes: bytes.length };
    }
    const withFloat = (flags & f.FLAG_FLOAT) !== 0;
    const floatLayers: Layer[] = [];
    const layers: FixedLayer[] = [];
    let width = inputCount;
    for (let l = 0; l < layerCount; l++) {
      layers.push(this.layer(l, l === layerCount - 1, width, withFloat, floatLayers));
      width = layers[l].outputs;
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
    if (bytes.length < f.HEADER.size) this.refuse("length", bytes.length, `at least ${f.HEADER.size} bytes`);
    if (bytes.length > f.MAX_FILE) this.refuse("length", bytes.length, `at most ${f.MAX_FILE} bytes`);
    const header = readStruct(view, 0, f.HEADER);
    const magic = Buffer.from(header.magic).toString("latin1");
    if (magic !== MAGIC) this.refuse("magic", magic, MAGIC);
    if (header.version !== FORMAT_VERSION)
      this.refuse("format version", header.version, String(FORMAT_VERSION));
    if (header.headerSize !== f.HEADER.size)
      this.refuse("header size", header.headerSize, String(f.HEADER.size));
    if (header.totalLength !== bytes.length) {
      this.refuse("total length", `${bytes.length} bytes`, `${header.totalLength} bytes, as the header says`);
    }
    const sum = crc32(new Uint8Array(4), crc32(bytes.subarray(0, f.HEADER.at.crc)));
    const actual = crc32(bytes.subarray(f.HEADER.at.crc + 4), sum);
    if (header.crc !== actual) this.refuse("CRC-32", hex(header.crc), `${hex(actual)}, from the bytes`);
    const schema = SCHEMAS.find(({ hash }) => hash === header.schemaHash);
    if (schema === undefined)
      this.refuse("hash of the feature schema", hex(header.schemaHash), hex(SCHEMAS.at(-1)!.hash));
    else this.features = schema.features;
  }

  private name(bytes: Uint8Array): string {
    const name = Buffer.from(bytes).toString("latin1").replace(/\0+$/, "");
    if (!/^[\x20-\x7e]*$/.test(name)) this.refuse("name", name, "printable ASCII, padded with zeros");
    return name;
  }

  private input(j: number): FixedInput {
    const fields = readStruct(this.view, this.at, f.INPUT);
    const where = `inputs[${j}]`;
    if (fields.feature >= this.features)
      this.refuse(`${where}.feature`, fields.feature, `0..${this.features - 1}`);
    const feature = FEATURES[fields.feature];
    const transform = this.code(fields.transform, `${where}.transform`, f.TRANSFORM_CODES);
    this.zero(fields.reserved, `reserved bytes of ${where}`);
    const signed = isSigned({ feature: feature.name, transform });
    const word = (value: bigint) => (signed ? BigInt.asIntN(64, value) : value);
    const low = word(fields.low);
    const high = word(fields.high);
    const { multiplier } = fields;
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
    const offset = this.finite(fields.offset, `${where}.offset`);
    const scale = this.finite(fields.scale, `${where}.scale`);
    if (scale === 0) this.refuse(`${where}.scale`, scale, "not 0");
    this.at += f.INPUT.size;
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
    if (start + f.LAYER.size > view.byteLength) this.refuse(where, "end of file", "a layer");
    const fields = readStruct(view, start, f.LAYER);
    const { inputs } = fields;
    if (inputs !== width) this.refuse(`${where}.inputs`, inputs, String(width));
    const outputs = this.within(fields.outputs, `${where}.outputs`, 1, f.MAX_WIDTH);
    if (last && outputs !== 1) this.refuse(`${where}.outputs`, outputs, "1, the last layer is the logit");
    const activation = this.code(fields.activation, `${where}.activation`, f.ACTIVATION_CODES);
    if (last && activation !== "identity") this.refuse(`${where}.activation`, activation, "identity");
    const shift = this.within(fields.shift, `${where}.shift`, 0, last ? 0 : f.MAX_SHIFT);
    const frac = this.within(fields.frac, `${where}.frac`, shift, f.MAX_FRAC);
    this.zero(fields.reserved, `reserved byte of ${where}`);
    const size = f.layerSize(inputs, outputs, withFloat);
    if (start + size > view.byteLength)
      this.refuse(where, `${view.byteLength - start} bytes left`, `${size} bytes`);
    let at = start + f.LAYER.size;
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
    this.zero(this.bytes.subarray(at, start + size), `padding of ${where}`);
    this.at = start + size;
    return { inputs, outputs, activation, shift, frac, weights, bias };
  }

  /** All bytes from here on as the nodes of a tree; checkTree looks at what they say. */
  private nodes(inputs: readonly FixedInput[]): FixedNode[] {
    const left = this.bytes.length - this.at;
    const count = left / f.NODE.size;
    if (!Number.isInteger(count) || count < 1 || count > f.MAX_NODES)
      this.refuse("nodes", `${left} bytes`, `1..${f.MAX_NODES} nodes of ${f.NODE.size} bytes`);
    return Array.from({ length: count }, (_, i) => {
      const fields = readStruct(this.view, this.at + i * f.NODE.size, f.NODE);
      this.zero(fields.reserved, `reserved byte of nodes[${i}]`);
      this.zero(fields.more, `reserved bytes of nodes[${i}]`);
      const { input, high, value } = fields;
      const isUnsigned = inputs[input] !== undefined && !isSigned(inputs[input]);
      return { input, high, value: isUnsigned ? BigInt.asUintN(64, value) : value };
    });
  }

  private code<T extends string>(code: number, field: string, names: readonly T[]): T {
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

  private zero(bytes: Uint8Array, field: string): void {
    const other = bytes.find((b) => b !== 0);
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

/** Whether T has a sign: flag and log2 yield an unsigned one whatever the feature's type. */
function isSigned({ feature, transform }: Pick<FixedInput, "feature" | "transform">): boolean {
  return featureByName(feature)!.type === "s64" && (transform === "identity" || transform === "clipped");
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
