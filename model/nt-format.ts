/**
 * The byte layout of a model file (*.nt), little-endian; docs/model-file.md says the same in words, and
 * kernel-bridge/inference/nt_format.h in C. Offsets are in bytes.
 */
import { createHash } from "node:crypto";
import { TARGETS } from "../traces/schema.ts";
import { FEATURES } from "./features.ts";
import { LOG2_UNIT } from "./transform.ts";

export const MAGIC = "NTRY";
export const FORMAT_VERSION = 1;

/** Limits shared with nt.h. */
export const MAX_FILE = 4096;
export const MAX_INPUTS = 32;
export const MAX_LAYERS = 16;
export const MAX_WIDTH = 128;
export const MAX_SHIFT = 46;
export const MAX_FRAC = 46;
export const NAME_LENGTH = 16;

export const HEADER_SIZE = 64;
export const AT = {
  magic: 0,
  version: 4,
  headerSize: 6,
  totalLength: 8,
  crc: 12,
  schemaHash: 16,
  target: 24,
  inputs: 25,
  layers: 26,
  logitFrac: 27,
  flags: 28,
  thresholdFixed: 32,
  thresholdFloat: 40,
  reserved: 44,
  name: 48,
} as const;

/** Bit 0 of `flags`: the layers hold float32 weights and biases. */
export const FLAG_FLOAT = 1;

export const INPUT_SIZE = 48;
export const INPUT_AT = {
  feature: 0,
  transform: 2,
  reserved: 3,
  low: 8,
  high: 16,
  multiplier: 24,
  offset: 32,
  scale: 40,
} as const;

export const LAYER_HEADER_SIZE = 8;
export const LAYER_AT = { inputs: 0, outputs: 2, activation: 4, shift: 5, frac: 6, reserved: 7 } as const;

/** The codes in the file are the positions here. */
export const TRANSFORM_CODES = ["identity", "flag", "clipped", "log2"] as const;
export const ACTIVATION_CODES = ["identity", "sigmoid", "relu"] as const;
export const TARGET_CODES = TARGETS;

/** The multiplier of an input is a fixed-point number with this many fraction bits. */
export const MULTIPLIER_FRAC = 48n;

/** Bytes of one layer in the file. */
export function layerSize(inputs: number, outputs: number, withFloat: boolean): number {
  const words = inputs * outputs * 2 + (withFloat ? (inputs * outputs + outputs) * 4 : 0);
  return LAYER_HEADER_SIZE + outputs * 8 + Math.ceil(words / 8) * 8;
}

/** What the schema hash covers: ids, names and types of all features, and the units of the transforms. */
export function schemaText(): string {
  const lines = FEATURES.map((f) => `${f.id} ${f.name} ${f.type}\n`);
  return `nicetries features 1 log2/${LOG2_UNIT}\n${lines.join("")}`;
}

/** The first eight bytes of SHA-256 over `schemaText()`, read as a little-endian u64. */
export const SCHEMA_HASH: bigint = createHash("sha256").update(schemaText()).digest().readBigUInt64LE(0);
