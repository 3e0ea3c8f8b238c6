import type { ColumnName, TraceTable } from "../schema.ts";
import type { DecisionEvent, TimelineContext } from "../timeline.ts";

/** The columns that decisions are made of: enough for `readChunks(path, { columns })`. */
export const DECISION_COLUMNS: readonly ColumnName[] = [
  "pid",
  "ts",
  "comm",
  "task_nice",
  "src_cpu",
  "dst_cpu",
  "cpu_idle",
  "cpu_newly_idle",
  "lb_active",
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
 * has decisions only: when tasks ran is not in it. What a row does not know, its event does not know.
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
  const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);
  const nice = known(c.task_nice[i]);
  const detached = known(c.detached[i]);
  return {
    type: "decision",
    time: c.ts[i],
    cpu: known(c.lb_active[i] === 1 ? c.src_cpu[i] : c.dst_cpu[i]),
    task: {
      pid: c.pid[i],
      comm: table.text.comm[i],
      prio: nice === undefined ? undefined : 120 + nice,
    },
    srcCpu: known(c.src_cpu[i]),
    dstCpu: known(c.dst_cpu[i]),
    level: table.text.sd_level[i],
    reason: table.text.reason[i],
    migration: known(c.migration[i]),
    detached: detached === undefined ? undefined : detached === 1,
    nrBalanceFailed: known(c.sd_nr_balance_failed[i]),
    cacheNiceTries: known(c.sd_cache_nice_tries[i]),
    context: balancerOf(c.cpu_idle[i], c.lb_active[i]),
  };
}

/**
 * Who decides: on an idle CPU the idle task's softirq. A newly idle CPU still runs the task that leaves it, a busy one any
 * task, and the stopper pushes for active balance: their names are not in a trace.
 */
const balancerOf = (idle: number, active: number): TimelineContext =>
  idle === 1 && active !== 1 ? "softirq" : "unknown";
