import { MIGRATION_TYPES } from "../../traces/schema.ts";
import type { Verdict } from "../policy/policy.ts";
import { BOOT_CLOCK } from "../state/boot-clock.ts";
import { CPU_IDLE, CPU_NEWLY_IDLE } from "../state/core-listener.ts";
import type { DecisionQuery } from "../state/decision-query.ts";
import type { DecisionRow } from "../state/decision-row.ts";
import { SD_SHARE_CPUCAPACITY } from "../state/domain.ts";
import { LBF_ACTIVE_LB, type LbEnv } from "../state/lb-env.ts";
import type { Decide, Machine } from "../state/machine.ts";
import type { Task } from "../state/task.ts";

/**
 * Makes the trace row of a can_migrate_task() call, with the values that a kprobe on its entry would read: everything but
 * migration, detached and reason. One row is reused for all calls.
 *
 * Clocks in rows count from the start of the run, as the core's `now`; `delta` is the kernel's difference on its own
 * clock, so that a task just migrated (start_runtime 0) has been off the CPU for the whole time since boot.
 */
export function recordCall(machine: Machine, row: DecisionRow, env: LbEnv, task: Task): void {
  const sd = env.sd!;
  const src = env.srcRq;
  const dst = env.dstRq;
  row.pid = task.pid;
  row.ts = machine.clock - BOOT_CLOCK;
  row.task_load_avg = task.se.avg.loadAvg;
  row.task_util_avg = task.se.avg.utilAvg;
  row.task_vruntime = task.se.vruntime;
  row.task_nr_migrations = task.se.nrMigrations;
  row.start_runtime = task.se.execStart === 0 ? 0 : task.se.execStart - BOOT_CLOCK;
  row.dst_rq_load = dst.cfs.load;
  row.dst_rq_load_avg = dst.cfs.avg.loadAvg;
  row.dst_rq_nr_running = dst.cfs.nrRunning;
  row.dst_rq_util_avg = dst.cfs.avg.utilAvg;
  row.src_rq_load = src.cfs.load;
  row.src_rq_load_avg = src.cfs.avg.loadAvg;
  row.src_rq_nr_running = src.cfs.nrRunning;
  row.src_rq_util_avg = src.cfs.avg.utilAvg;
  row.imbalance = env.imbalance;
  row.sd_cache_nice_tries = sd.cacheNiceTries;
  row.cpu_idle = env.idle === CPU_IDLE ? 1 : 0;
  row.cpu_newly_idle = env.idle === CPU_NEWLY_IDLE ? 1 : 0;
  row.sd_nr_balance_failed = sd.nrBalanceFailed;
  row.delta = src.clock - task.se.execStart;
  row.migration = 0;
  row.src_cpu = src.number;
  row.dst_cpu = dst.number;
  row.task_running = src.running === task ? 1 : 0;
  row.task_affine = task.affinity.has(dst.cpu) ? 1 : 0;
  row.task_throttled = isThrottledPair(env, task) ? 1 : 0;
  row.task_percpu_kthread = task.perCpuKthread ? 1 : 0;
  row.task_buddy = task.se.cfsRq.next === task.se || task.se.cfsRq.last === task.se ? 1 : 0;
  row.task_policy = task.policy;
  row.task_nice = task.nice;
  row.lb_active = (env.flags & LBF_ACTIVE_LB) !== 0 ? 1 : 0;
  row.lb_loop = env.loop;
  row.sd_share_capacity = (sd.flags & SD_SHARE_CPUCAPACITY) !== 0 ? 1 : 0;
  row.detached = 0;
  row.task_forced_before = src.forcedMoves.before(task.pid, dst.number, task.se.nrMigrations);
  row.lb_migration_type = MIGRATION_TYPES[env.migrationType];
  row.sd_level = sd.name;
  row.reason = "";
  row.comm = task.comm;
}

/** The policy's verdict on the call just recorded. */
export function askPolicy(decide: Decide, query: DecisionQuery, env: LbEnv, hot: boolean): Verdict {
  query.now = query.row.ts;
  query.hot = hot;
  query.activeBalance = (env.flags & LBF_ACTIVE_LB) !== 0;
  query.nrBalanceFailed = env.sd!.nrBalanceFailed;
  query.cacheNiceTries = env.sd!.cacheNiceTries;
  return decide(query);
}

/** throttled_lb_pair(): the task's group is throttled here or there. */
export function isThrottledPair({ srcRq, dstRq }: LbEnv, { group }: Task): boolean {
  return group.queues[srcRq.cpu].throttleCount !== 0 || group.queues[dstRq.cpu].throttleCount !== 0;
}
