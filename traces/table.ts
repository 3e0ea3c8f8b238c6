import { InputError } from "./input-error.ts";
import { sumOfLost, traceMetadata } from "./metadata.ts";
import {
  ALL_TEXT_NAMES,
  NUMERIC_NAMES,
  type NumericColumn,
  TEXT_NAMES,
  type TextColumn,
  type TraceMetadata,
  type TraceRow,
  type TraceTable,
} from "./schema.ts";

type Numeric = Record<NumericColumn, Float64Array>;
type Text = Record<TextColumn, string[]>;

const numericOf = (make: (name: NumericColumn) => Float64Array): Numeric =>
  Object.fromEntries(NUMERIC_NAMES.map((name) => [name, make(name)])) as Numeric;
const textOf = (make: (name: TextColumn) => string[]): Text =>
  Object.fromEntries(ALL_TEXT_NAMES.map((name) => [name, make(name)])) as Text;

/**
 * Collects rows into a columnar table.
 *
 * Invariants:
 *  B1. Entries `0 .. rows-1` of every column hold the appended rows in order; what lies behind is garbage.
 *  B2. A table taken with `toTable` shares nothing with the builder: appending or clearing leaves it as it is.
 */
export class TableBuilder {
  rows = 0;
  private capacity: number;
  private readonly numeric: Float64Array[];
  private readonly text: string[][];

  constructor(capacity = 1024) {
    this.capacity = Math.max(1, capacity);
    this.numeric = NUMERIC_NAMES.map(() => new Float64Array(this.capacity));
    this.text = ALL_TEXT_NAMES.map(() => []);
  }

  /** Copies the row: the caller may reuse its object. Missing fields become unknown. */
  append(row: Readonly<Partial<TraceRow>>): void {
    if (this.rows === this.capacity) this.grow();
    const i = this.rows++;
    for (let c = 0; c < this.numeric.length; c++) this.numeric[c][i] = row[NUMERIC_NAMES[c]] ?? Number.NaN;
    for (let c = 0; c < this.text.length; c++) this.text[c][i] = row[ALL_TEXT_NAMES[c]] ?? "";
  }

  /** All rows so far as a table of its own (B2). */
  toTable(meta: TraceMetadata = traceMetadata()): TraceTable {
    return {
      rows: this.rows,
      numeric: numericOf((name) => this.numeric[NUMERIC_NAMES.indexOf(name)].slice(0, this.rows)),
      text: textOf((name) => this.text[ALL_TEXT_NAMES.indexOf(name)].slice(0, this.rows)),
      meta,
    };
  }

  /** Starts over, keeping the memory. */
  clear(): void {
    this.rows = 0;
    for (const column of this.text) column.length = 0;
  }

  private grow(): void {
    this.capacity *= 2;
    for (let c = 0; c < this.numeric.length; c++) {
      const bigger = new Float64Array(this.capacity);
      bigger.set(this.numeric[c]);
      this.numeric[c] = bigger;
    }
  }
}

/** A table of `rows` rows in which everything is unknown. */
export function unknownTable(rows: number, meta: TraceMetadata = traceMetadata()): TraceTable {
  return {
    rows,
    numeric: numericOf(() => new Float64Array(rows).fill(Number.NaN)),
    text: textOf(() => new Array<string>(rows).fill("")),
    meta,
  };
}

/** A table from plain rows: for tests and small jobs. */
export function tableFromRows(
  rows: Iterable<Readonly<Partial<TraceRow>>>,
  meta: TraceMetadata = traceMetadata(),
): TraceTable {
  const builder = new TableBuilder();
  for (const row of rows) builder.append(row);
  return builder.toTable(meta);
}

/** Row `i` as an object; give `into` to avoid an allocation per row. Throws a RangeError outside `0 .. rows-1`. */
export function rowAt(table: TraceTable, i: number, into: TraceRow = {} as TraceRow): TraceRow {
  if (!(i >= 0 && i < table.rows)) throw new RangeError(`row ${i} of a table with ${table.rows} rows`);
  for (const name of NUMERIC_NAMES) into[name] = table.numeric[name][i];
  for (const name of TEXT_NAMES) into[name] = table.text[name][i];
  const run = table.text.run[i];
  if (run !== "" || into.run !== undefined) into.run = run;
  return into;
}

/** Rows `from .. to-1` (clamped). Numeric columns are views into `table`; text columns are copied. */
export function sliceTable(table: TraceTable, from: number, to: number = table.rows): TraceTable {
  const start = Math.min(Math.max(0, from), table.rows);
  const end = Math.min(Math.max(start, to), table.rows);
  return {
    rows: end - start,
    numeric: numericOf((name) => table.numeric[name].subarray(start, end)),
    text: textOf((name) => table.text[name].slice(start, end)),
    meta: table.meta,
  };
}

/** The rows with the given indices, in their order (an index may come more than once). */
export function takeRows(table: TraceTable, indices: ArrayLike<number>): TraceTable {
  const n = indices.length;
  return {
    rows: n,
    numeric: numericOf((name) => {
      const from = table.numeric[name];
      const out = new Float64Array(n);
      for (let i = 0; i < n; i++) out[i] = from[indices[i]];
      return out;
    }),
    text: textOf((name) => {
      const from = table.text[name];
      const out = new Array<string>(n);
      for (let i = 0; i < n; i++) out[i] = from[indices[i]];
      return out;
    }),
    meta: table.meta,
  };
}

/**
 * One table after the other. Metadata: `meta`, or the first table's with the lost records of all.
 * @throws InputError without `meta` where tunables differ: what was hot in one is not in the other, by the metadata of one
 */
export function concatTables(tables: readonly TraceTable[], meta?: TraceMetadata): TraceTable {
  const tunables = tables.map((t) => JSON.stringify(t.meta.tunables));
  const other = tunables.find((text) => text !== tunables[0]);
  if (meta === undefined && other !== undefined)
    throw new InputError("the tables were not made under the same conditions", {
      field: "tunables",
      found: other,
      expected: tunables[0],
      code: "other-conditions",
      hint: "Keep them apart, or say what the whole is to be taken for: concatTables(tables, meta).",
    });
  const rows = tables.reduce((sum, t) => sum + t.rows, 0);
  const lostRecords = sumOfLost(tables.map((t) => t.meta.lostRecords));
  return {
    rows,
    numeric: numericOf((name) => {
      const out = new Float64Array(rows);
      let at = 0;
      for (const t of tables) {
        out.set(t.numeric[name], at);
        at += t.rows;
      }
      return out;
    }),
    text: textOf((name) => {
      const out = new Array<string>(rows);
      let at = 0;
      for (const t of tables) {
        const from = t.text[name];
        for (let i = 0; i < t.rows; i++) out[at++] = from[i];
      }
      return out;
    }),
    meta: meta ?? { ...(tables[0]?.meta ?? traceMetadata()), lostRecords },
  };
}
