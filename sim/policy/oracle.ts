import type { TraceRow } from "../../traces/schema.ts";
import { premigrate } from "./learned.ts";
import type { PolicyFactory } from "./policy.ts";

type Key = Pick<TraceRow, "pid" | "src_cpu" | "dst_cpu" | "task_nr_migrations">;

const keyOf = (row: Readonly<Key>): string =>
  `${row.pid} ${row.src_cpu} ${row.dst_cpu} ${row.task_nr_migrations}`;

/**
 * What a perfect predictor of `forced_eventually` would know: the histories that ended in a forced migration in a first
 * pass with the stock rule and the same seed, by the thesis's key (pid, source, destination, migrations so far).
 */
export class Future {
  private readonly forced = new Set<string>();

  /** Feed every decision of the first pass. */
  readonly observe = (row: Readonly<TraceRow>): void => {
    if (row.reason === "forced") this.forced.add(keyOf(row));
  };

  /** Histories that ended in a forced migration. */
  get size(): number {
    return this.forced.size;
  }

  willBeForced(row: Readonly<Key>): boolean {
    return this.forced.has(keyOf(row));
  }
}

/**
 * The oracle: migrates early exactly where the first pass was forced later. Its knowledge is exact until its first own
 * decision and fades from there, as each early move changes what follows.
 */
export const oracle = (future: Future): PolicyFactory =>
  premigrate((row) => future.willBeForced(row), "oracle");
