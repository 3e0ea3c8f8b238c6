import type { TraceRow, TraceTable } from "../../traces/schema.ts";
import { rowAt } from "../../traces/table.ts";
import { RunBuilder } from "./builder.ts";
import { cpusOfCalls } from "./cpus-of-calls.ts";
import { decisionOf } from "./from-simulation.ts";
import type { ExplorerCpu, ExplorerRun } from "./run.ts";

/** Calls of one pass follow each other within so much time, ns. */
const SAME_PASS_NS = 200_000;

/**
 * A trace of can_migrate_task() calls as a run. Passes are put together from their calls: those for one CPU and domain, from one
 * queue, with equal nr_balance_failed, one soon after the other and later in the scan. What such a pass saw of groups is not in a
 * trace, nor is a pass that looked at nobody.
 * @param cpus The machine's; as far as they are not known, the calls tell them.
 */
export function runOfTrace(
  table: TraceTable,
  title: string,
  { fromNs, toNs }: { fromNs: number; toNs: number } = { fromNs: 0, toNs: Number.POSITIVE_INFINITY },
  cpus: readonly ExplorerCpu[] = cpusOfCalls(table),
): ExplorerRun {
  const builder = new RunBuilder(cpus);
  const { ts } = table.numeric;
  const all = [...ts.keys()].sort((a, b) => ts[a] - ts[b] || a - b);
  const first = all.length === 0 ? 0 : ts[all[0]];
  const order = all.filter((i) => ts[i] - first >= fromNs && ts[i] - first <= toNs);
  const start = order.length === 0 ? 0 : ts[order[0]];
  const byPid = new Map<number, number>();
  const taskOf = ({ pid, comm }: TraceRow): number => {
    let task = byPid.get(pid);
    if (task === undefined) {
      task = builder.addTask(pid, comm);
      byPid.set(pid, task);
    }
    return task;
  };
  for (const rows of passesOf(table, order)) {
    const firstDecision = builder.decisions.rows;
    for (const row of rows) {
      const task = taskOf(row);
      const decision = builder.decisions.add({ task, ...decisionOf(row, builder), time: row.ts - start });
      if (row.detached !== 1) continue;
      const { src, dst } = { src: builder.cpu(row.src_cpu), dst: builder.cpu(row.dst_cpu) };
      const move = builder.move(task, src, dst, row.lb_active === 1 ? "active" : "balance", row.ts - start);
      builder.moves.set(move, "decision", decision);
    }
    addPass(builder, rows, firstDecision, start);
  }
  const durationNs = order.length === 0 ? 0 : ts[order[order.length - 1]] - start;
  return builder.finish({
    title,
    source: "trace",
    command: "",
    gaps: gapsOf(table),
    durationNs: Math.max(1, durationNs),
    migrationCostNs: table.meta.tunables.migration_cost_ns ?? Number.NaN,
  });
}

/** The rows pass by pass, in the order of their first calls. */
function passesOf(table: TraceTable, order: readonly number[]): TraceRow[][] {
  const passes: TraceRow[][] = [];
  const open = new Map<string, TraceRow[]>();
  for (const i of order) {
    const row = rowAt(table, i);
    const key = `${row.dst_cpu} ${row.sd_level} ${row.lb_active} ${row.run ?? ""}`;
    const rows = open.get(key);
    const last = rows?.at(-1);
    if (rows && last && belongs(row, last)) rows.push(row);
    else {
      const begun = [row];
      passes.push(begun);
      open.set(key, begun);
    }
  }
  return passes;
}

const belongs = (row: TraceRow, last: TraceRow): boolean =>
  row.lb_active !== 1 &&
  row.src_cpu === last.src_cpu &&
  row.sd_nr_balance_failed === last.sd_nr_balance_failed &&
  row.ts - last.ts <= SAME_PASS_NS &&
  !(row.lb_loop <= last.lb_loop);

function addPass(builder: RunBuilder, rows: readonly TraceRow[], first: number, start: number): void {
  const [row] = rows;
  const moved = rows.filter(({ detached }) => detached === 1).length;
  const isKnown = rows.every(({ detached }) => !Number.isNaN(detached));
  builder.pass(
    {
      time: row.ts - start,
      kind: row.lb_active === 1 ? "active" : row.cpu_newly_idle === 1 ? "newly_idle" : "periodic",
      cpu: row.dst_cpu,
      byCpu: Number.NaN,
      level: row.sd_level,
      cacheNiceTries: row.sd_cache_nice_tries,
      idle: row.cpu_newly_idle === 1 ? 2 : row.cpu_idle === 1 ? 0 : 1,
      groups: [],
      busiestGroup: -1,
      busiestCpu: row.src_cpu,
      imbalance: row.imbalance,
      migrationType: row.lb_migration_type,
      outcome: moved > 0 ? "moved" : isKnown ? "failed" : "",
      examined: rows.length,
      moved,
      failedBefore: row.sd_nr_balance_failed,
      failedAfter: Number.NaN,
      intervalBefore: Number.NaN,
      intervalAfter: Number.NaN,
    },
    first,
  );
}

function gapsOf({ numeric, text, rows, meta }: TraceTable): string[] {
  const isUnknown = (column: Float64Array) => rows > 0 && column.every(Number.isNaN);
  const gaps = [
    "A trace has decisions only: who ran and who waited is not in it, nor wake-ups.",
    "Passes are put together from their calls: those that looked at no task are missing, as are the statistics of groups, what a pass left of nr_balance_failed, and the interval.",
  ];
  if (meta.lostRecords) gaps.push(`The collector has lost ${meta.lostRecords} records.`);
  if (meta.lostRecords === null) gaps.push("Whether records were lost is not known.");
  if (meta.runs !== undefined)
    gaps.push("The file holds several recordings, whose clocks have nothing to do with each other.");
  if (isUnknown(numeric.detached))
    gaps.push("Whether a task that might go really went (detached) was not recorded.");
  if (isUnknown(numeric.src_cpu)) gaps.push("The CPUs were not recorded.");
  if (rows > 0 && text.reason.every((reason) => reason === "")) gaps.push("Reasons were not recorded.");
  if (meta.tunables.migration_cost_ns === undefined)
    gaps.push("The migration cost is not known: what counts as hot cannot be said.");
  return gaps;
}
