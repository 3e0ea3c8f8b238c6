import { shrBound } from "../lib/arithmetic.ts";
import { taskHLoad } from "../pelt/h-load.ts";
import { taskUtilEst } from "../pelt/util-est.ts";
import { activateTask, deactivateTask, setTaskCpu } from "../sched/migrate.ts";
import { checkPreemptCurr } from "../sched/preempt.ts";
import { updateRqClock } from "../sched/resched.ts";
import { CPU_NEWLY_IDLE, CPU_NOT_IDLE, type MigrationKind } from "../state/core-listener.ts";
import { LB_GAINED, LB_HOT_GAINED, LB_SLOTS } from "../state/counters.ts";
import {
  LBF_ALL_PINNED,
  LBF_NEED_BREAK,
  type LbEnv,
  MIGRATE_LOAD,
  MIGRATE_UTIL,
  NR_MIGRATE_BREAK,
} from "../state/lb-env.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import type { Task } from "../state/task.ts";
import { canMigrateTask } from "./can-migrate.ts";

/** Taking tasks off the busiest queue and putting them onto another: detach_tasks(), attach_tasks() of Linux 6.1. */

/** detach_task() */
function detachTask(machine: Machine, env: LbEnv, task: Task, kind: MigrationKind): void {
  if (task.schedTaskHot) {
    task.schedTaskHot = false;
    env.sd!.counters.lb[env.idle * LB_SLOTS + LB_HOT_GAINED]++;
    task.nrForcedMigrations++;
  }
  deactivateTask(machine, env.srcRq, task, 0);
  setTaskCpu(machine, task, env.dstRq.cpu, kind);
}

/** Hands the decision on the task just looked at to the observers, its fate being known. */
function report(machine: Machine, detached: boolean): void {
  const query = machine.query;
  if (query === null) return;
  query.row.detached = detached ? 1 : 0;
  machine.listener.onDecision?.(query.row);
}

/** detach_one_task(): the first task, from the end of the list, that may go. For active balance. */
export function detachOneTask(machine: Machine, env: LbEnv): Task | null {
  for (let task = env.srcRq.tasks.tail; task !== null; task = task.listPrev) {
    const verdict = canMigrateTask(machine, env, task);
    machine.probe?.(env, task, verdict);
    if (verdict === 0) {
      report(machine, false);
      continue;
    }
    detachTask(machine, env, task, "active");
    env.sd!.counters.lb[env.idle * LB_SLOTS + LB_GAINED]++;
    report(machine, true);
    return task;
  }
  return null;
}

/** detach_tasks(): moves tasks to env.tasks until the imbalance is met; returns their number. */
export function detachTasks(machine: Machine, env: LbEnv): number {
  const src = env.srcRq;
  const tasks = src.tasks;
  if (src.nrTasks <= 1) {
    env.flags &= ~LBF_ALL_PINNED;
    return 0;
  }
  if (env.imbalance <= 0) return 0;
  const { ranking } = machine;
  ranking?.begin();
  let detached = 0;
  while (tasks.tail !== null) {
    // leave one to a queue that only this CPU's idleness robs
    if (env.idle !== CPU_NOT_IDLE && src.nrTasks <= 1) break;
    env.loop++;
    if (env.loop > env.loopMax) break;
    if (env.loop > env.loopBreak) {
      env.loopBreak += NR_MIGRATE_BREAK;
      env.flags |= LBF_NEED_BREAK;
      break;
    }
    const task = ranking === null ? tasks.tail : ranking.next(machine, env);
    if (task === null) break;
    const verdict = canMigrateTask(machine, env, task);
    machine.probe?.(env, task, verdict);
    if (verdict === 0 || !fits(machine, env, task)) {
      if (task.schedTaskHot) task.nrFailedMigrationsHot++;
      tasks.moveFirst(task);
      report(machine, false);
      continue;
    }
    detachTask(machine, env, task, "balance");
    env.tasks.addFirst(task);
    detached++;
    report(machine, true);
    if (machine.tunables.preemption && env.idle === CPU_NEWLY_IDLE) break;
    if (env.imbalance <= 0) break;
  }
  env.sd!.counters.lb[env.idle * LB_SLOTS + LB_GAINED] += detached;
  return detached;
}

/** Is the task small enough for what is still to be moved? If so, takes it off env.imbalance. */
function fits(machine: Machine, env: LbEnv, task: Task): boolean {
  let amount = 1;
  if (env.migrationType === MIGRATE_LOAD) amount = Math.max(taskHLoad(machine, task), 1);
  else if (env.migrationType === MIGRATE_UTIL) amount = taskUtilEst(task);
  else {
    env.imbalance -= 1;
    return true;
  }
  // the more often balancing has failed, the larger a task may be
  if (shrBound(amount, env.sd!.nrBalanceFailed) > env.imbalance) return false;
  env.imbalance -= amount;
  return true;
}

/** attach_tasks(): last detached, first attached. */
export function attachTasks(machine: Machine, env: LbEnv): void {
  updateRqClock(machine, env.dstRq);
  for (let task = env.tasks.head; task !== null; task = env.tasks.head) {
    env.tasks.remove(task);
    attachTask(machine, env.dstRq, task);
  }
}

/** attach_task() */
export function attachTask(machine: Machine, rq: Rq, task: Task): void {
  activateTask(machine, rq, task, 0);
  checkPreemptCurr(machine, rq, task);
}
