import {
  FILE_ORDER,
  NUMERIC_COLUMNS,
  type NumericColumn,
  specOf,
  type TraceRow,
} from "../../traces/schema.ts";

/**
 * The layout of `struct record`, in which the BCC collector hands over a call: the columns of the trace, in file order, but
 * for those that follow from what the kernel has itself. `record.h` is generated from it (`npm run generate`).
 */
export const KIND_CALL = 1;
export const KIND_DETACH = 2;

/** What stands in a record instead of a column, as field and remark; no fields where others tell the column. */
const RAW: Partial<Record<keyof TraceRow, readonly (readonly [field: string, remark: string])[]>> = {
  cpu_idle: [["idle", "enum cpu_idle_type"]],
  cpu_newly_idle: [],
  migration: [
    ["returned", "by can_migrate_task()"],
    ["hot", "forced, by the label in use"],
  ],
  task_nice: [["static_prio", "nice + 120"]],
  lb_active: [["lb_flags", "env->flags on entry"]],
  lb_migration_type: [["migration_type", "enum migration_type"]],
  sd_share_capacity: [["sd_flags", "sd->flags"]],
  detached: [],
  task_forced_before: [],
  reason: [],
};

/** Texts: field and bytes by column. */
const TEXTS = { sd_level: "level", comm: "comm" } as const;
const TEXT_BYTES = 16;

/** Columns that a record has under their own name. */
const PLAIN = FILE_ORDER.filter(
  (name): name is NumericColumn => name in NUMERIC_COLUMNS && !Object.hasOwn(RAW, name),
);
export const SIGNED_FIELDS = PLAIN.filter((name) => specOf(name).signed);
export const UNSIGNED_FIELDS = PLAIN.filter((name) => !specOf(name).signed);

/** The u64 fields in order, with a remark. */
const WORDS: readonly (readonly [field: string, remark: string])[] = [
  ["kind", ""],
  ["cpu", "CPU that balanced"],
  ["seq", "number of the call on that CPU"],
  ...FILE_ORDER.flatMap((name) =>
    name in TEXTS
      ? []
      : (RAW[name as keyof TraceRow] ?? [[name, specOf(name as NumericColumn).unit] as const]),
  ),
];

/** Offsets in bytes: the u64 fields, then the character arrays. */
export const RECORD = {
  fields: new Map(WORDS.map(([field], i) => [field, 8 * i])),
  texts: new Map(
    Object.values(TEXTS).map((field, i) => [
      field as string,
      { offset: 8 * WORDS.length + TEXT_BYTES * i, length: TEXT_BYTES },
    ]),
  ),
  size: 8 * WORDS.length + TEXT_BYTES * Object.keys(TEXTS).length,
};

/** `struct record` as C. */
export function recordHeader(): string {
  const words = WORDS.map(([field, remark]) => {
    const gap = "\t".repeat(Math.max(1, 5 - Math.floor((field.length + 5) / 8)));
    return `\tu64 ${field};${remark === "" ? "" : `${gap}/* ${remark} */`}`;
  });
  const texts = [...RECORD.texts].map(([field, { length }]) => `\tchar ${field}[${length}];`);
  return `/* SPDX-License-Identifier: GPL-2.0-only */
/* Generated from TypeScript by \`npm run generate\`; do not edit. */
/*
 * Records of the BCC collector, as they stand in records.bin: little-endian,
 * eight-byte fields, then the two names (collect/record-layout.ts).
 */
#ifndef NICETRIES_RECORD_H
#define NICETRIES_RECORD_H

#define KIND_CALL	${KIND_CALL}	/* one return of can_migrate_task() */
#define KIND_DETACH	${KIND_DETACH}	/* the task of call (cpu, seq) left its queue */

struct record {
${[...words, ...texts].join("\n")}
};

#endif
`;
}
