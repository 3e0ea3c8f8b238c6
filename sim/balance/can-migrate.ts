import { CPU_NEWLY_IDLE } from "../state/core-listener.ts";
import type { DecisionQuery } from "../state/decision-query.ts";
import {
  LBF_ACTIVE_LB,
  LBF_ALL_PINNED,
  LBF_DST_PINNED,
  LBF_SOME_PINNED,
  type LbEnv,
} from "../state/lb-env.ts";
import type { Machine } from "../state/machine.ts";
import type { Task } from "../state/task.ts";
import { askPolicy, isThrottledPair, recordCall } from "./decision.ts";
import { stockRule } from "./stock-rule.ts";
import { taskHot } from "./task-hot.ts";

/**
 * can_migrate_task() of Linux 6.1: may `task` leave env.srcRq for env.dstRq? 0 stay, 1 migrate, 2 migrate although
 * cache-hot (the kernel returns 1 and sets p->sched_task_hot).
 *
 * Not modelled: NUMA placement of pages (migrate_degrades_locality()).
 */
export function canMigrateTask(machine: Machine, env: LbEnv, task: Task): number {
  env.examined++;
  task.schedTaskHot = false;
  const query = machine.query;
  if (query !== null) recordCall(machine, query.row, env, task);
  if (isThrottledPair(env, task)) return decided(query, 0, "throttled");
  if (task.perCpuKthread) return decided(query, 0, "percpu_kthread");
  if (!task.affinity.has(env.dstRq.cpu)) {
    task.nrFailedMigrationsAffine++;
    env.flags |= LBF_SOME_PINNED;
    if (env.idle !== CPU_NEWLY_IDLE && (env.flags & (LBF_DST_PINNED | LBF_ACTIVE_LB)) === 0) {
      findOtherDestination(env, task);
    }
    return decided(query, 0, "affinity");
  }
  env.flags &= ~LBF_ALL_PINNED;
  if (env.srcRq.running === task) {
    task.nrFailedMigrationsRunning++;
    return decided(query, 0, "running");
  }
  const sd = env.sd!;
  const active = (env.flags & LBF_ACTIVE_LB) !== 0;
  const { decide } = machine;
  let verdict: number;
  let hot = false;
  if (decide === null) {
    hot = !active && taskHot(machine, env, task);
    verdict = stockRule(active, hot, sd.nrBalanceFailed, sd.cacheNiceTries);
  } else {
    hot = taskHot(machine, env, task);
    // a policy says whether the task moves; whether that takes force is a fact
    if (askPolicy(decide, query!, env, hot) === 0) verdict = 0;
    else verdict = hot && !active ? 2 : 1;
  }
  if (verdict === 2) {
    task.schedTaskHot = true;
    env.srcRq.forcedMoves.note(task.pid, env.dstRq.number, task.se.nrMigrations);
  }
  if (verdict === 0 && hot) task.nrFailedMigrationsHot++;
  if (query === null) return verdict;
  if (verdict === 2) return decided(query, 2, "forced");
  if (verdict === 0) return decided(query, 0, hot ? "hot_refused" : "cold");
  return decided(query, 1, active ? "active" : "cold");
}

/** Remembers a CPU of the destination's group that the task could use (LBF_DST_PINNED). */
function findOtherDestination(env: LbEnv, task: Task): void {
  const group = env.dstGroupMask;
  for (let cpu = group.next(0); cpu >= 0; cpu = group.next(cpu + 1)) {
    if (env.cpus.has(cpu) && task.affinity.has(cpu)) {
      env.flags |= LBF_DST_PINNED;
      env.newDstCpu = cpu;
      return;
    }
  }
}

function decided(query: DecisionQuery | null, verdict: number, reason: string): number {
  if (query !== null) {
    query.row.migration = verdict;
    query.row.reason = reason;
  }
  return verdict;
}
