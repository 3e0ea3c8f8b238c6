import { ForcedMoves } from "./forced-moves.ts";
import { RunNumbers } from "./runs.ts";
import type { TraceTable } from "./schema.ts";

/** What the column is made of where it was not recorded. */
export const FORCED_BEFORE_COLUMNS = [
  "pid",
  "src_cpu",
  "dst_cpu",
  "task_nr_migrations",
  "migration",
] as const;

/**
 * The column from the rows alone, or null where rows are missing: some were lost or left out, or nobody said, or a column is unknown.
 * The rows must stand in the order of the calls. What was forced before the recording began is not known of.
 */
export function forcedBeforeOf({ rows, numeric: c, text, meta }: TraceTable): Float64Array | null {
  if (meta.lostRecords !== 0 || (meta.changes ?? []).length > 0) return null;
  const runs = new RunNumbers();
  /** By number of the run and source CPU. */
  const moves = new Map<number, ForcedMoves>();
  const column = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    if (FORCED_BEFORE_COLUMNS.some((name) => Number.isNaN(c[name][i]))) return null;
    const queue = runs.of(text.run[i]) * 8192 + c.src_cpu[i];
    const of = moves.get(queue) ?? new ForcedMoves();
    moves.set(queue, of);
    column[i] = of.before(c.pid[i], c.dst_cpu[i], c.task_nr_migrations[i]);
    if (c.migration[i] === 2) of.note(c.pid[i], c.dst_cpu[i], c.task_nr_migrations[i]);
  }
  return column;
}
