import type { ColumnName, TraceTable } from "../schema.ts";
import type { DecisionEvent } from "../timeline.ts";

/** The columns that decisions are made of: enough for `readChunks(path, { columns })`. */
export const DECISION_COLUMNS: readonly ColumnName[] = [
  "pid",
  "ts",
  "comm",
  "task_nice",
  "src_cpu",
  "dst_cpu",
  "sd_level",
  "reason",
  "migration",
  "detached",
  "sd_nr_balance_failed",
  "sd_cache_nice_tries",
];

/** Records of several CPUs come slightly out of order; this many are held back to sort them. */
const WINDOW = 8192;

/**
 * The rows of a trace as timeline events in time order (L1, as far as `WINDOW` reaches), in constant memory. A trace
 * has decisions only: when tasks ran is not in it. Unknown numbers become 0, an unknown reason stays empty.
 */
export async function* decisionEvents(
  chunks: AsyncIterable<TraceTable> | Iterable<TraceTable>,
): AsyncGenerator<DecisionEvent> {
  let waiting: DecisionEvent[] = [];
  for await (const chunk of chunks) {
    for (let i = 0; i < chunk.rows; i++) waiting.push(decisionOf(chunk, i));
    waiting.sort((a, b) => a.time - b.time);
    const ready = Math.max(0, waiting.length - WINDOW);
    yield* waiting.slice(0, ready);
    waiting = waiting.slice(ready);
  }
  yield* waiting;
}

function decisionOf(table: TraceTable, i: number): DecisionEvent {
  const c = table.numeric;
  const known = (value: number): number => (Number.isNaN(value) ? 0 : value);
  const dstCpu = known(c.dst_cpu[i]);
  return {
    type: "decision",
    time: known(c.ts[i]),
    cpu: dstCpu,
    task: { pid: known(c.pid[i]), comm: table.text.comm[i], prio: 120 + known(c.task_nice[i]) },
    srcCpu: known(c.src_cpu[i]),
    dstCpu,
    level: table.text.sd_level[i],
    reason: table.text.reason[i],
    migration: known(c.migration[i]),
    detached: c.detached[i] === 1,
    nrBalanceFailed: known(c.sd_nr_balance_failed[i]),
    cacheNiceTries: known(c.sd_cache_nice_tries[i]),
  };
}
