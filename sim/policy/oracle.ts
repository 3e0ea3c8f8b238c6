import type { TraceRow } from "../../traces/schema.ts";
import { premigrate } from "./learned.ts";
import type { PolicyFactory } from "./policy.ts";

type Stay = Pick<TraceRow, "pid" | "task_nr_migrations">;

/** A task's time on one CPU, from one migration to the next. */
const stayOf = (row: Readonly<Stay>): string => `${row.pid} ${row.task_nr_migrations}`;

/**
 * What a perfect predictor would know: the stays on a CPU that ended in a forced migration in a first pass with the stock
 * rule and the same seed. The thesis's key names the destination too; here any idle CPU that asks earlier will do.
 */
export class Future {
  private readonly forced = new Set<string>();

  /** Feed every decision of the first pass. */
  readonly observe = (row: Readonly<TraceRow>): void => {
    if (row.reason === "forced" && row.detached === 1) this.forced.add(stayOf(row));
  };

  /** Stays that ended in a forced migration. */
  get size(): number {
    return this.forced.size;
  }

  willBeForced(row: Readonly<Stay>): boolean {
    return this.forced.has(stayOf(row));
  }
}

/**
 * The oracle: a hot task that the first pass was forced to move in the end moves at the first call that asks for it. Its
 * knowledge is exact until its first own decision and fades from there, as each early move changes what follows.
 */
export const oracle = (future: Future): PolicyFactory =>
  premigrate((row) => future.willBeForced(row), "oracle");
