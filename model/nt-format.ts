/** What stands in a model file (*.nt) besides its layout (nt-layout.ts): magic, version, targets, the schema's hash. */
import { createHash } from "node:crypto";
import { TARGETS } from "../traces/schema.ts";
import { FEATURES } from "./features.ts";
import { LOG2_UNIT } from "./transform.ts";

export const MAGIC = "NTRY";
export const FORMAT_VERSION = 1;

/** The codes in the file are the positions here. */
export const TARGET_CODES = TARGETS;

/** What the schema hash covers: ids, names and types of the first features, and the units of the transforms. */
export function schemaText(features: number = FEATURES.length): string {
  const lines = FEATURES.slice(0, features).map((f) => `${f.id} ${f.name} ${f.type}\n`);
  return `nicetries features 1 log2/${LOG2_UNIT}\n${lines.join("")}`;
}

/** A list of features as it was published. */
export interface Schema {
  /** How many features it has. */
  readonly features: number;
  /** The first eight bytes of SHA-256 over `schemaText()`, read as a little-endian u64. */
  readonly hash: bigint;
}

/**
 * The lists of features so far, each the one before with more behind it (F1 of features.ts). A file has the hash of the shortest list that
 * holds its inputs: so a model is read by every version that knows these.
 */
export const SCHEMAS: readonly Schema[] = [34, FEATURES.length].map((features) => ({
  features,
  hash: createHash("sha256").update(schemaText(features)).digest().readBigUInt64LE(0),
}));

/** The shortest list that holds features of these ids. */
export const schemaOf = (ids: readonly number[]): Schema =>
  SCHEMAS.find(({ features }) => ids.every((id) => id < features))!;
