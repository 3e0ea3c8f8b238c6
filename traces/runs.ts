import { InputError } from "./input-error.ts";
import type { TraceMetadata, TraceTable } from "./schema.ts";
import { takeRows } from "./table.ts";

/**
 * The recordings that a table holds, by its column `run`. In a file of one recording the column is empty.
 *
 * Invariants:
 *  U1. Rows of different runs have nothing to do with each other: neither pids nor clocks nor histories are shared.
 *  U2. Within a run, rows keep the order of the file.
 */

/** Numbers the runs in the order in which they are first seen, from 0. */
export class RunNumbers {
  private readonly numbers = new Map<string, number>();
  private lastName: string | undefined;
  private last = 0;

  get names(): string[] {
    return [...this.numbers.keys()];
  }

  of(name: string): number {
    if (name === this.lastName) return this.last;
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(name, number);
    }
    this.lastName = name;
    this.last = number;
    return number;
  }
}

/** Do rows of the table say to which run they belong? */
export const namesRuns = (table: TraceTable): boolean => table.text.run.some((name) => name !== "");

/** For a file of which the first rows have decided that it does not tell runs apart. */
export const partlyNamed = (): InputError =>
  new InputError("only some rows say to which run they belong", {
    field: "run",
    found: "no name in the first rows, names behind them",
    expected: "a name in each row, or in none",
  });

export interface Run {
  /** "" in a file of one recording. */
  name: string;
  table: TraceTable;
}

/** The runs of a table, each as a table of its own; the table itself where it holds but one. */
export function separateRuns(table: TraceTable): Run[] {
  const numbers = new RunNumbers();
  const rows: number[][] = [];
  table.text.run.forEach((name, i) => {
    const run = numbers.of(name);
    rows[run] ??= [];
    rows[run].push(i);
  });
  const { names } = numbers;
  if (names.length < 2)
    return [{ name: names[0] ?? "", table: { ...table, meta: metaOfRun(table.meta, names[0] ?? "") } }];
  return names.map((name, run) => {
    const own = takeRows(table, rows[run]);
    own.meta = metaOfRun(table.meta, name);
    return { name, table: own };
  });
}

/** The metadata of one run of a file. */
export function metaOfRun({ runs, ...meta }: TraceMetadata, name: string): TraceMetadata {
  if (runs === undefined) return meta;
  return { ...meta, ...(Object.hasOwn(runs, name) ? runs[name] : {}) };
}
