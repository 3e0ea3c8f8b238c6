/** What stands in a model file (*.nt) besides its layout (nt-layout.ts): magic, version, targets, the schema's hash. */
import { createHash } from "node:crypto";
import { TARGETS } from "../traces/schema.ts";
import { FEATURES } from "./features.ts";
import { LOG2_UNIT } from "./transform.ts";

export const MAGIC = "NTRY";
export const FORMAT_VERSION = 1;

/** The codes in the file are the positions here. */
export const TARGET_CODES = TARGETS;

/** What the schema hash covers: ids, names and types of all features, and the units of the transforms. */
export function schemaText(): string {
  const lines = FEATURES.map((f) => `${f.id} ${f.name} ${f.type}\n`);
  return `nicetries features 1 log2/${LOG2_UNIT}\n${lines.join("")}`;
}

/** The first eight bytes of SHA-256 over `schemaText()`, read as a little-endian u64. */
export const SCHEMA_HASH: bigint = createHash("sha256").update(schemaText()).digest().readBigUInt64LE(0);
