/**
 * Tables of numbers as bytes: small where the numbers are, so that a page that holds them stays small.
 *
 *  C1. Each column is written in the narrowest form that gives all its numbers back exactly (NaN too), as they are or as
 *      differences from row to row.
 *  C2. Numbers of several bytes are written byte by byte, all first bytes before all second ones: gzip finds more in them.
 *  C3. Little-endian, whatever the machine.
 */

/** A column of a table in memory. */
export type Column = Float64Array | Int32Array;

/** A table; all columns have `rows` entries. */
export type Table<Name extends string> = { readonly rows: number } & Readonly<Record<Name, Column>>;

const WIDTHS = { u1: 1, i1: 1, u2: 2, i2: 2, u4: 4, i4: 4, f8: 8 } as const;
type Form = keyof typeof WIDTHS;

/** How a column is written. */
export interface ColumnForm {
  name: string;
  form: Form;
  differences: boolean;
}

/** Collects rows; what it gives is a copy. */
export class TableRows<Name extends string> {
  rows = 0;
  private readonly names: readonly Name[];
  private columns: Float64Array[];

  constructor(names: readonly Name[]) {
    this.names = names;
    this.columns = names.map(() => new Float64Array(256));
  }

  /** @returns The row's index. */
  add(row: Readonly<Record<Name, number>>): number {
    if (this.rows === this.columns[0].length)
      this.columns = this.columns.map((column) => {
        const more = new Float64Array(2 * column.length);
        more.set(column);
        return more;
      });
    for (let i = 0; i < this.names.length; i++) this.columns[i][this.rows] = row[this.names[i]];
    return this.rows++;
  }

  set(row: number, name: Name, value: number): void {
    this.columns[this.names.indexOf(name)][row] = value;
  }

  get(row: number, name: Name): number {
    return this.columns[this.names.indexOf(name)][row];
  }

  /** The rows in the order of a column that holds no NaN; equal ones stay in theirs. */
  toTable(by?: Name): Table<Name> {
    const { rows, names, columns } = this;
    const key = by === undefined ? undefined : columns[names.indexOf(by)];
    const order = key === undefined ? undefined : orderOf(key, rows);
    const taken = columns.map((column) =>
      order === undefined ? column.slice(0, rows) : Float64Array.from(order, (row) => column[row]),
    );
    return { rows, ...Object.fromEntries(names.map((name, i) => [name, taken[i]])) } as Table<Name>;
  }
}

/** Row numbers in the order of `key`; undefined where they are in order already. */
function orderOf(key: Float64Array, rows: number): Uint32Array | undefined {
  let isSorted = true;
  for (let i = 1; i < rows && isSorted; i++) isSorted = key[i - 1] <= key[i];
  if (isSorted) return undefined;
  return Uint32Array.from({ length: rows }, (_, i) => i).sort((a, b) => key[a] - key[b] || a - b);
}

/** The narrowest form of numbers between these; undefined: none but f8. */
function narrowest(least: number, most: number): Form | undefined {
  if (least >= 0) return most < 2 ** 8 ? "u1" : most < 2 ** 16 ? "u2" : most < 2 ** 32 ? "u4" : undefined;
  if (least >= -(2 ** 7) && most < 2 ** 7) return "i1";
  if (least >= -(2 ** 15) && most < 2 ** 15) return "i2";
  return least >= -(2 ** 31) && most < 2 ** 31 ? "i4" : undefined;
}

/** C1. */
function formOf(name: string, column: Column): ColumnForm {
  let [least, most, leastStep, mostStep] = [0, 0, 0, 0];
  let last = 0;
  for (const value of column) {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return { name, form: "f8", differences: false };
    least = Math.min(least, value);
    most = Math.max(most, value);
    leastStep = Math.min(leastStep, value - last);
    mostStep = Math.max(mostStep, value - last);
    last = value;
  }
  const plain = narrowest(least, most);
  const steps = narrowest(leastStep, mostStep);
  const width = (form: Form | undefined) => WIDTHS[form ?? "f8"];
  const differences = width(steps) < width(plain);
  return { name, form: (differences ? steps : plain) ?? "f8", differences };
}

/** A table as bytes, and how to read them. */
export function packTable(table: { readonly rows: number }): { forms: ColumnForm[]; bytes: Uint8Array } {
  const { rows, ...columns } = table;
  const named = Object.entries(columns) as [string, Column][];
  const forms = named.map(([name, column]) => formOf(name, column));
  const bytes = new Uint8Array(rows * forms.reduce((sum, { form }) => sum + WIDTHS[form], 0));
  let at = 0;
  const cell = new DataView(new ArrayBuffer(8));
  for (const [i, { form, differences }] of forms.entries()) {
    const column = named[i][1];
    const width = WIDTHS[form];
    let last = 0;
    for (let row = 0; row < rows; row++) {
      const value = column[row];
      put(cell, form, differences ? value - last : value);
      for (let byte = 0; byte < width; byte++) bytes[at + byte * rows + row] = cell.getUint8(byte);
      last = value;
    }
    at += width * rows;
  }
  return { forms, bytes };
}

/** The table that packTable() wrote. @throws RangeError for bytes of another length */
export function unpackTable(rows: number, forms: readonly ColumnForm[], bytes: Uint8Array): Table<string> {
  const expected = rows * forms.reduce((sum, { form }) => sum + WIDTHS[form], 0);
  if (bytes.length !== expected) throw new RangeError(`${bytes.length} bytes of a table of ${expected}`);
  const columns: Record<string, Column> = {};
  let at = 0;
  for (const { name, form, differences } of forms) {
    const column =
      differences || form === "u4" || form === "f8" ? new Float64Array(rows) : new Int32Array(rows);
    readColumn(column, bytes, at, rows, form);
    if (differences) for (let i = 1; i < rows; i++) column[i] += column[i - 1];
    columns[name] = column;
    at += WIDTHS[form] * rows;
  }
  return { rows, ...columns } as unknown as Table<string>;
}

function readColumn(column: Column, bytes: Uint8Array, at: number, rows: number, form: Form): void {
  const width = WIDTHS[form];
  if (form === "f8") {
    const cell = new DataView(new ArrayBuffer(8));
    for (let i = 0; i < rows; i++) {
      for (let byte = 0; byte < 8; byte++) cell.setUint8(byte, bytes[at + byte * rows + i]);
      column[i] = cell.getFloat64(0, true);
    }
    return;
  }
  const values = column instanceof Int32Array ? column : new Int32Array(rows);
  for (let byte = 0; byte < width; byte++) {
    const from = at + byte * rows;
    const shift = 8 * byte;
    for (let i = 0; i < rows; i++) values[i] |= bytes[from + i] << shift;
  }
  if (form.startsWith("i")) {
    const shift = 32 - 8 * width;
    for (let i = 0; i < rows; i++) column[i] = (values[i] << shift) >> shift;
  } else if (values !== column) for (let i = 0; i < rows; i++) column[i] = values[i] >>> 0;
}

function put(cell: DataView, form: Form, value: number): void {
  if (form === "f8") cell.setFloat64(0, value, true);
  else if (form.startsWith("i")) cell.setInt32(0, value, true);
  else cell.setUint32(0, value, true);
}
