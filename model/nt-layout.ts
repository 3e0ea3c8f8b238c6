/**
 * The byte layout of a model file (*.nt), said once: the reader and the writer, `nt_layout.h` for C and the tables of
 * docs/model-file.md all come from here (`npm run generate`). Little-endian; fields follow each other without gaps.
 */
import { struct } from "./struct.ts";

/** Limits shared with C. */
export const MAX_FILE = 4096;
export const MAX_INPUTS = 32;
export const MAX_LAYERS = 16;
/** Outputs of one layer; bounds the stack of the C inference. */
export const MAX_WIDTH = 128;
export const MAX_SHIFT = 46;
export const MAX_FRAC = 46;
/** Nodes of a tree, leaves included. */
export const MAX_NODES = 127;
/** Questions on the way to a leaf. */
export const MAX_DEPTH = 16;

/** The codes in the file are the positions here. */
export const TRANSFORM_CODES = ["identity", "flag", "clipped", "log2"] as const;
export const ACTIVATION_CODES = ["identity", "sigmoid", "relu"] as const;

/** Bit 0 of `flags`: the layers hold float32 weights and biases. */
export const FLAG_FLOAT = 1;
/** Bit 1 of `flags`: a decision tree; nodes stand where a network has its layers. */
export const FLAG_TREE = 2;
/** `input` of a node that is a leaf. */
export const LEAF = 255;

const codes = (names: readonly string[]) => names.map((name, code) => `${code} ${name}`).join(", ");

export const HEADER = struct({
  magic: { type: "bytes", length: 4, c: "MAGIC", title: "magic", rule: "`NTRY`" },
  version: { type: "u16", c: "VERSION", title: "format version", rule: "1" },
  headerSize: { type: "u16", c: "HEADER_SIZE", title: "header size", rule: "64" },
  totalLength: { type: "u32", c: "TOTAL", title: "total length", rule: "the length of the file" },
  crc: {
    type: "u32",
    c: "CRC",
    title: "CRC-32",
    rule: "IEEE 802.3, over the whole file with this field taken as zero",
  },
  schemaHash: {
    type: "u64",
    c: "SCHEMA",
    title: "hash of the feature schema",
    rule: "first eight bytes of SHA-256 over `schemaText()` in `model/nt-format.ts`, for the shortest list of features that holds the inputs",
  },
  target: {
    type: "u8",
    c: "TARGET",
    title: "target",
    rule: "0 migrate, 1 forced_eventually, 2 forced_now, 3 forced_detached",
  },
  inputs: { type: "u8", c: "INPUTS", title: "inputs", rule: `1..${MAX_INPUTS}` },
  layers: { type: "u8", c: "LAYERS", title: "layers", rule: `1..${MAX_LAYERS}; of a tree: 0` },
  logitFrac: {
    type: "u8",
    c: "LOGIT_FRAC",
    title: "logit fraction bits",
    rule: `that of the last layer, or of the leaves; 0..${MAX_FRAC}`,
  },
  flags: {
    type: "u32",
    c: "FLAGS",
    title: "flags",
    rule: "bit 0: float weights present; bit 1: a tree, without bit 0",
  },
  thresholdFixed: {
    type: "s64",
    c: "THRESHOLD",
    title: "threshold, fixed point",
    rule: "within ±2^53, in units of 2^-(logit fraction bits)",
  },
  thresholdFloat: { type: "f32", c: "THRESHOLD_FLOAT", title: "threshold, float", rule: "finite" },
  reserved: { type: "bytes", length: 4, c: "RESERVED", title: "reserved", rule: "0" },
  name: { type: "bytes", length: 16, c: "NAME", title: "name", rule: "printable ASCII, padded with zeros" },
});

export const INPUT = struct({
  feature: {
    type: "u16",
    c: "FEATURE",
    title: "feature id",
    rule: "`enum nt_feature` in `nt_schema.h`, from `model/features.ts`",
  },
  transform: { type: "u8", c: "TRANSFORM", title: "transform", rule: codes(TRANSFORM_CODES) },
  reserved: { type: "bytes", length: 5, c: "RESERVED", title: "reserved", rule: "0" },
  low: {
    type: "u64",
    c: "LOW",
    title: "low",
    rule: "smallest T; in two's complement for identity and clipped of an s64 feature",
  },
  high: {
    type: "u64",
    c: "HIGH",
    title: "high",
    rule: "largest T, above low; flag: 0..1, log2: 0..65535",
  },
  multiplier: {
    type: "u64",
    c: "MULTIPLIER",
    title: "multiplier",
    rule: "48 fraction bits; not 0, (high - low) · multiplier < 2^64; log2: 2^48",
  },
  offset: { type: "f64", c: "OFFSET", title: "offset", rule: "finite" },
  scale: { type: "f64", c: "SCALE", title: "scale", rule: "finite, not 0" },
});

/** Behind it stand the arrays of `LAYER_ARRAYS`. */
export const LAYER = struct({
  inputs: {
    type: "u16",
    c: "INPUTS",
    title: "inputs n",
    rule: "outputs of the layer before, or the number of inputs",
  },
  outputs: { type: "u16", c: "OUTPUTS", title: "outputs m", rule: `1..${MAX_WIDTH}; the last layer: 1` },
  activation: {
    type: "u8",
    c: "ACTIVATION",
    title: "activation",
    rule: `${codes(ACTIVATION_CODES)}; the last layer: 0`,
  },
  shift: {
    type: "u8",
    c: "SHIFT",
    title: "shift",
    rule: `bits a sum drops, 0..${MAX_SHIFT}; the last layer: 0`,
  },
  frac: {
    type: "u8",
    c: "FRAC",
    title: "fraction bits",
    rule: `a sum is in units of 2^-this; shift..${MAX_FRAC}`,
  },
  reserved: { type: "bytes", length: 1, c: "RESERVED", title: "reserved", rule: "0" },
});

/** What follows a layer's fields, in words: its length depends on n and m. */
export const LAYER_ARRAYS: readonly (readonly [type: string, title: string, rule: string])[] = [
  ["s64[m]", "bias", "within ±2^53, in units of the sums"],
  ["f32[m·n]", "float weights, row by row", "finite; only with flag bit 0"],
  ["f32[m]", "float bias", "finite; only with flag bit 0"],
  ["s16[m·n]", "fixed-point weights, row by row", ""],
  ["", "padding to 8 bytes", "0"],
];

/** A tree's nodes follow the inputs, each before its low branch and that before its high branch, up to the end of the file. */
export const NODE = struct({
  input: {
    type: "u8",
    c: "INPUT",
    title: "input",
    rule: `its position among the inputs, from 0; ${LEAF}: a leaf`,
  },
  reserved: { type: "bytes", length: 1, c: "RESERVED", title: "reserved", rule: "0" },
  high: {
    type: "u16",
    c: "HIGH",
    title: "high branch",
    rule: "the node behind the low branch; the low branch is the next node; of a leaf: 0",
  },
  more: { type: "bytes", length: 4, c: "MORE", title: "reserved", rule: "0" },
  value: {
    type: "s64",
    c: "VALUE",
    title: "cut or score",
    rule: "the largest T that goes low, low..high - 1 of its input (u64 where T is unsigned); of a leaf the logit, within ±2^53",
  },
});

/** Bytes of one layer in the file. */
export function layerSize(inputs: number, outputs: number, withFloat: boolean): number {
  const words = inputs * outputs * 2 + (withFloat ? (inputs * outputs + outputs) * 4 : 0);
  return LAYER.size + outputs * 8 + Math.ceil(words / 8) * 8;
}
