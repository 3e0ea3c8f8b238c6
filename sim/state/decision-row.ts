// Generated from traces/schema.ts by `npm run generate`; do not edit.
import type { TraceRow } from "../../traces/schema.ts";
import { D0 } from "../lib/arithmetic.ts";

/**
 * The trace row of a can_migrate_task() call, reused for all calls. Written out: an object filled key by key from the
 * schema's names is a hash table to V8, and fields that begin as small integers box every clock stored in them later.
 */
export class DecisionRow implements TraceRow {
  pid = 0;
  ts = D0;
  task_load_avg = 0;
  task_util_avg = 0;
  task_vruntime = D0;
  task_nr_migrations = 0;
  start_runtime = D0;
  dst_rq_load = D0;
  dst_rq_load_avg = D0;
  dst_rq_nr_running = 0;
  dst_rq_util_avg = 0;
  src_rq_load = D0;
  src_rq_load_avg = D0;
  src_rq_nr_running = 0;
  src_rq_util_avg = 0;
  imbalance = D0;
  sd_cache_nice_tries = 0;
  cpu_idle = 0;
  cpu_newly_idle = 0;
  sd_nr_balance_failed = 0;
  delta = D0;
  migration = 0;
  src_cpu = 0;
  dst_cpu = 0;
  task_running = 0;
  task_affine = 0;
  task_throttled = 0;
  task_percpu_kthread = 0;
  task_buddy = 0;
  task_policy = 0;
  task_nice = 0;
  lb_active = 0;
  lb_loop = 0;
  sd_share_capacity = 0;
  detached = 0;
  task_forced_before = 0;
  lb_migration_type = "";
  sd_level = "";
  reason = "";
  comm = "";
}
