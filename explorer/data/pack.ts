import { type ColumnForm, packTable, type Table, unpackTable } from "./columns.ts";
import type { ExplorerRun } from "./run.ts";

const TABLES = ["slices", "waits", "moves", "decisions", "passes", "groups"] as const;
type Tables = Pick<ExplorerRun, (typeof TABLES)[number]>;
type Rest = Omit<ExplorerRun, keyof Tables>;

interface Header<Head> {
  head: Head;
  tables: { rows: number; forms: ColumnForm[]; length: number }[];
}

/** What JSON holds, and tables, as bytes: the length of the header (u32), the header as JSON, the tables. */
export function pack(head: object, tables: readonly { readonly rows: number }[]): Uint8Array {
  const packed = tables.map((table) => ({ rows: table.rows, ...packTable(table) }));
  const header: Header<object> = {
    head,
    tables: packed.map(({ rows, forms, bytes }) => ({ rows, forms, length: bytes.length })),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const all = new Uint8Array(4 + text.length + packed.reduce((sum, { bytes }) => sum + bytes.length, 0));
  new DataView(all.buffer).setUint32(0, text.length, true);
  all.set(text, 4);
  let at = 4 + text.length;
  for (const { bytes } of packed) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

/** What pack() wrote. */
export function unpack<Head>(all: Uint8Array): { head: Head; tables: Table<string>[] } {
  const length = new DataView(all.buffer, all.byteOffset).getUint32(0, true);
  const header: Header<Head> = JSON.parse(new TextDecoder().decode(all.subarray(4, 4 + length)));
  let at = 4 + length;
  const tables = header.tables.map(({ rows, forms, length }) => {
    const table = unpackTable(rows, forms, all.subarray(at, at + length));
    at += length;
    return table;
  });
  return { head: header.head, tables };
}

/** JSON has no NaN. */
type PackedRest = Omit<Rest, "migrationCostNs"> & { migrationCostNs: number | null };

/** A run as bytes. */
export function packRun(run: ExplorerRun): Uint8Array {
  const { slices, waits, moves, decisions, passes, groups, ...rest } = run;
  const { migrationCostNs } = rest;
  const head: PackedRest = {
    ...rest,
    migrationCostNs: Number.isNaN(migrationCostNs) ? null : migrationCostNs,
  };
  return pack(head, [slices, waits, moves, decisions, passes, groups]);
}

/** The run that packRun() wrote. */
export function unpackRun(all: Uint8Array): ExplorerRun {
  const { head, tables } = unpack<PackedRest>(all);
  const named = Object.fromEntries(TABLES.map((name, i) => [name, tables[i]])) as unknown as Tables;
  return { ...head, ...named, migrationCostNs: head.migrationCostNs ?? Number.NaN };
}
