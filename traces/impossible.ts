import { REQUIRED_COLUMNS } from "./columns.ts";
import { InputError, printable } from "./input-error.ts";
import {
  type ColumnName,
  NUMERIC_NAMES,
  type NumericColumn,
  specOf,
  TEXT_NAMES,
  type TraceTable,
  valuesOf,
} from "./schema.ts";

/** Unknown values are always allowed, but for the ones a row cannot be without. */
const NEEDED = REQUIRED_COLUMNS as readonly NumericColumn[];
const LISTED = NUMERIC_NAMES.flatMap((field) => {
  const { kind, values } = specOf(field);
  const expected = kind === "flag" ? "a flag, 0 or 1" : `one of ${values?.join(", ")}`;
  return values ? [{ field, values, expected }] : [];
});
const BOUNDED = NUMERIC_NAMES.flatMap((field) => {
  const { least, most } = specOf(field);
  const expected = most === undefined ? `${least} or more` : `${least} to ${most}`;
  return least === undefined ? [] : [{ field, least, most: most ?? Number.POSITIVE_INFINITY, expected }];
});
const LISTED_TEXTS = TEXT_NAMES.flatMap((field) => {
  const values = valuesOf(field);
  return values ? [{ field, values, expected: values.join(", ") }] : [];
});

/** A value that its column cannot hold, whatever stands beside it. */
export interface WrongValue {
  field: ColumnName;
  /** NaN: it is unknown, but a row cannot be without. */
  found: number | string;
  /** Such as `0 to 2`. */
  expected: string;
}

/** The first value of row `i` that its column cannot hold; null if there is none. */
export function findWrongValue(table: TraceTable, i: number): WrongValue | null {
  const c = table.numeric;
  for (const field of NEEDED) if (Number.isNaN(c[field][i])) return { field, found: NaN, expected: "known" };
  for (const { field, values, expected } of LISTED) {
    const found = c[field][i];
    if (!Number.isNaN(found) && !values.includes(found)) return { field, found, expected };
  }
  for (const { field, least, most, expected } of BOUNDED) {
    const found = c[field][i];
    if (found < least || found > most) return { field, found, expected };
  }
  for (const { field, values, expected } of LISTED_TEXTS) {
    const found = table.text[field][i];
    if (found !== "" && !values.includes(found)) return { field, found, expected };
  }
  return null;
}

/** What is impossible about row `i`, as a sentence without an end; null if nothing is. */
export function findImpossible(table: TraceTable, i: number): string | null {
  const wrong = findWrongValue(table, i);
  if (wrong !== null) {
    if (Number.isNaN(wrong.found)) return `${wrong.field} is unknown`;
    return `${wrong.field} is ${printable(String(wrong.found))}, but it is ${wrong.expected}`;
  }
  const c = table.numeric;
  if (c.src_cpu[i] === c.dst_cpu[i]) return `src_cpu and dst_cpu are both ${c.src_cpu[i]}`;
  if (c.cpu_idle[i] === 1 && c.cpu_newly_idle[i] === 1) return "cpu_idle and cpu_newly_idle are both set";
  if (c.detached[i] === 1 && c.migration[i] === 0) return "the task was detached although it was to stay";
  return null;
}

/** Refuses a chunk with a value that its column cannot hold. `lineOf` says where a row of the chunk stands. */
export function refuseWrongValues(table: TraceTable, file: string, lineOf: (row: number) => number): void {
  for (let i = 0; i < table.rows; i++) {
    const wrong = findWrongValue(table, i);
    if (wrong === null) continue;
    const { field, found, expected } = wrong;
    const unknown = Number.isNaN(found);
    throw new InputError(unknown ? "the value is missing" : "no value that the column can hold", {
      file,
      line: lineOf(i),
      field,
      found: unknown ? "" : found,
      expected: unknown ? "a number, for no row of a trace is without" : expected,
      hint: unknown
        ? "Leave the row out if the value is not known."
        : `Correct the cell, or leave ${(REQUIRED_COLUMNS as readonly string[]).includes(field) ? "the row out" : "it empty"} if the value is not known; docs/traces.md lists what each column holds.`,
    });
  }
}

/**
 * Refuses a chunk with a row whose decision is none: no label could be made of it.
 * @param first Rows of the trace before this chunk.
 */
export function refuseUndecided(table: TraceTable, file: string, first = 0): void {
  const { migration } = table.numeric;
  for (let i = 0; i < table.rows; i++) {
    const found = migration[i];
    if (found === 0 || found === 1 || found === 2) continue;
    throw new InputError(`row ${first + i + 1} has no decision`, {
      file,
      field: "migration",
      found: Number.isNaN(found) ? "unknown" : found,
      expected: "0 (stay), 1 (migrate) or 2 (forced)",
      code: "no-decision",
      hint: "Leave out the rows that are wrong.",
    });
  }
}
