import { traceMetadata } from "../../traces/metadata.ts";
import { decisionOf, ruleReason } from "../../traces/rule.ts";
import type { TraceMetadata, TraceRow, TraceTable } from "../../traces/schema.ts";
import { tableFromRows } from "../../traces/table.ts";
import { stream } from "./random.ts";

/**
 * A trace in which the kernel's rule decides, over contexts drawn at random: what a model has to learn is known, and so
 * is how well it can be learnt.
 */
export function ruleTrace(rows: number, seed: number, meta: Partial<TraceMetadata> = {}): TraceTable {
  const random = stream(seed);
  const below = (n: number) => Math.floor(random() * n);
  const flag = (p: number) => (random() < p ? 1 : 0);
  const made: Partial<TraceRow>[] = [];
  for (let i = 0; i < rows; i++) {
    const idle = flag(0.5);
    made.push({
      pid: 100 + below(20),
      ts: 1_000_000 * i + below(1_000_000),
      task_load_avg: below(1024),
      task_util_avg: below(1025),
      task_vruntime: 1_000_000 * i + below(5_000_000),
      task_nr_migrations: below(30),
      start_runtime: 1_000_000 * i,
      src_rq_nr_running: 1 + below(5),
      dst_rq_nr_running: below(3),
      imbalance: below(3),
      sd_cache_nice_tries: 1,
      cpu_idle: idle,
      cpu_newly_idle: 1 - idle,
      sd_nr_balance_failed: below(5),
      delta: Math.floor(2 ** (10 + 14 * random())),
      src_cpu: below(8),
      dst_cpu: below(8),
      task_running: flag(0.2),
      task_affine: flag(0.95),
      task_throttled: 0,
      task_percpu_kthread: 0,
      task_buddy: flag(0.1),
      task_policy: 0,
      task_nice: 0,
      lb_active: flag(0.02),
      lb_loop: below(4),
      sd_share_capacity: flag(0.4),
      detached: 0,
    });
  }
  const table = tableFromRows(
    made,
    traceMetadata({ source: "sim", workload: "rule", seed: String(seed), ...meta }),
  );
  for (let i = 0; i < rows; i++) {
    const reason = ruleReason(table, i);
    table.text.reason[i] = reason;
    table.numeric.migration[i] = decisionOf(reason);
  }
  return table;
}
