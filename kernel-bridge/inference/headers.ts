/**
 * The headers of the C inference that come from the TypeScript definitions, so that both sides share one layout, one
 * table and one schema. `npm run generate` writes them; a test compares.
 */
import { FEATURES } from "../../model/features.ts";
import { SIGMOID_TABLE } from "../../model/fixed-point-sigmoid.ts";
import { FORMAT_VERSION, MAGIC, SCHEMAS } from "../../model/nt-format.ts";
import * as layout from "../../model/nt-layout.ts";
import { TARGETS } from "../../traces/schema.ts";

const HEADER =
  "/* SPDX-License-Identifier: GPL-2.0-only */\n/* Generated from TypeScript by `npm run generate`; do not edit. */\n";

/** The sigmoid table as C, eight entries a line: cells in order, then once more those below zero. */
export function sigmoidHeader(): string {
  const half = SIGMOID_TABLE.length / 2;
  const below = SIGMOID_TABLE.subarray(half);
  const entries = [...below, ...SIGMOID_TABLE.subarray(0, half), ...below];
  const lines: string[] = [];
  for (let i = 0; i < entries.length; i += 8) lines.push(`\t${entries.slice(i, i + 8).join(", ")},`);
  return `${HEADER}#ifndef NT_SIGMOID_H
#define NT_SIGMOID_H

/*
 * The sigmoid of the middle of each cell of width 1/128, in units of 2^-15. All
 * cells in order, in one page when aligned; then those below zero once more, so
 * that NT_SIGMOID_MODULAR is indexed by the cell's number modulo ${SIGMOID_TABLE.length}, that is by
 * (u16)z >> 5 for z in units of 2^-12. One entry more than cells, so that two
 * may be loaded at any index.
 */
static const s16 nt_sigmoid_table[${entries.length} + 1] __aligned(4096) = {
${lines.join("\n")}
	0
};

#define NT_SIGMOID_MODULAR	(nt_sigmoid_table + ${half})

#endif /* NT_SIGMOID_H */
`;
}

const hashText = (hash: bigint) => `0x${hash.toString(16).padStart(16, "0")}ULL`;
const macroName = (name: string) => name.toUpperCase();

/** Feature ids, signedness, targets and the schema's hash as C. */
export function schemaHeader(): string {
  const features = FEATURES.map(
    (f) => `\tNT_F_${macroName(f.name)} = ${f.id},${f.type === "s64" ? "\t/* s64 */" : ""}`,
  );
  const signed = FEATURES.filter((f) => f.type === "s64").map((f) => `1ULL << NT_F_${macroName(f.name)}`);
  const schemas = SCHEMAS.map((schema) => `{ ${schema.features}, ${hashText(schema.hash)} }`);
  const targets = TARGETS.map((t, i) => `\tNT_T_${macroName(t)} = ${i},`);
  return `${HEADER}#ifndef NT_SCHEMA_H
#define NT_SCHEMA_H

/*
 * Feature ids; the meaning and unit of each stand in traces/schema.ts. Words
 * are u64 unless marked s64; those are passed in two's complement.
 */
enum nt_feature {
${features.join("\n")}
\tNT_NR_FEATURES = ${FEATURES.length}
};

/* Bit set of the s64 features, by id. */
#define NT_SIGNED_FEATURES \\
${signed.map((s, i) => `\t${i === 0 ? "(" : " "}(${s})${i === signed.length - 1 ? ")" : " | \\"}`).join("\n")}

/* What a model predicts. */
enum nt_target {
${targets.join("\n")}
\tNT_NR_TARGETS = ${TARGETS.length}
};

/*
 * The lists of features so far, each the one before with more behind it: their
 * number, and the first eight bytes of SHA-256 over the list, little-endian.
 */
#define NT_SCHEMAS \\
	{ ${schemas.join(", \\\n	  ")} }
${macro("NT_NR_SCHEMAS", SCHEMAS.length)}

/* The last of these hashes. */
#define NT_SCHEMA_HASH\t${hashText(SCHEMAS.at(-1)!.hash)}

#endif /* NT_SCHEMA_H */
`;
}

/** A macro, its value in a column of its own as the kernel writes it. */
const macro = (name: string, value: number | string) => {
  const tabs = "\t".repeat(Math.max(1, 4 - Math.floor((name.length + 8) / 8)));
  return `#define ${name}${tabs}${value}`;
};

function enumeration(name: string, prefix: string, names: readonly string[], count: string): string {
  const lines = names.map((each, code) => `\tNT_${prefix}${macroName(each)} = ${code},`);
  return `enum ${name} {\n${lines.join("\n")}\n\t${count} = ${names.length}\n};`;
}

/** Offsets, limits and codes of the model file as C. */
export function layoutHeader(): string {
  const magic = Buffer.from(MAGIC, "latin1").readUInt32LE(0).toString(16);
  const offsets = (prefix: string, { fields, at }: { fields: Record<string, { c: string }>; at: object }) =>
    Object.entries(at).map(([name, offset]) => macro(`NT_${prefix}_${fields[name].c}`, offset));
  const limits = [
    ["FILE", layout.MAX_FILE],
    ["INPUTS", layout.MAX_INPUTS],
    ["LAYERS", layout.MAX_LAYERS],
    ["WIDTH", layout.MAX_WIDTH],
    ["SHIFT", layout.MAX_SHIFT],
    ["FRAC", layout.MAX_FRAC],
    ["NODES", layout.MAX_NODES],
    ["DEPTH", layout.MAX_DEPTH],
  ] as const;
  return `${HEADER}#ifndef NT_LAYOUT_H
#define NT_LAYOUT_H

/*
 * The byte layout of a model file, little-endian, from model/nt-layout.ts;
 * docs/model-file.md has it in words. Offsets are in bytes.
 */
${macro("NT_MAGIC", `0x${magic}U`)}\t/* "${MAGIC}" */
${macro("NT_VERSION", FORMAT_VERSION)}

${macro("NT_HEADER_SIZE", layout.HEADER.size)}
${offsets("AT", layout.HEADER).join("\n")}
${macro("NT_NAME_LENGTH", layout.HEADER.fields.name.length)}

${macro("NT_FLAG_FLOAT", `${layout.FLAG_FLOAT}U`)}
${macro("NT_FLAG_TREE", `${layout.FLAG_TREE}U`)}

${macro("NT_INPUT_SIZE", layout.INPUT.size)}
${offsets("IN", layout.INPUT).join("\n")}

${macro("NT_LAYER_HEADER_SIZE", layout.LAYER.size)}
${offsets("LA", layout.LAYER).join("\n")}

${macro("NT_NODE_SIZE", layout.NODE.size)}
${offsets("NO", layout.NODE).join("\n")}
${macro("NT_LEAF", layout.LEAF)}

${limits.map(([name, value]) => macro(`NT_MAX_${name}`, value)).join("\n")}

${enumeration("nt_transform", "", layout.TRANSFORM_CODES, "NT_NR_TRANSFORMS")}

${enumeration("nt_activation", "ACT_", layout.ACTIVATION_CODES, "NT_NR_ACTIVATIONS")}

#endif /* NT_LAYOUT_H */
`;
}
