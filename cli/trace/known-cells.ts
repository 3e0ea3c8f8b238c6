import { ALL_COLUMNS, type TraceRow } from "../../traces/schema.ts";

export type KnownCells = Partial<TraceRow>;

/** What a row knows, by column in file order: for JSON, in which an unknown cell is left out. */
export function knownCells(row: Readonly<TraceRow>): KnownCells {
  return Object.fromEntries(
    ALL_COLUMNS.flatMap((name) => {
      const value = row[name];
      return value === undefined || value === "" || Number.isNaN(value) ? [] : [[name, value]];
    }),
  );
}
