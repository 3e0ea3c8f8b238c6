import { DEQUEUE_SAVE, ENQUEUE_RESTORE, putPrevEntity } from "../fair/entity.ts";
import { dequeueTaskFair, enqueueTaskFair, setNextTaskFair } from "../fair/fair.ts";
import { checkPreemptCurr } from "../fair/preempt.ts";
import type { CpuMask } from "../lib/cpumask.ts";
import { reweightTask } from "../pelt/load-avg.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { TASK_NEW, type Task } from "../state/task.ts";
import { inverseOf, weightOf } from "../state/weights.ts";
import { moveQueuedTask } from "./migrate.ts";
import { reschedCurr, updateRqClock } from "./resched.ts";
import { queueMigration } from "./stopper.ts";

/**
 * Changes to tasks from outside: set_user_nice(), sched_setscheduler() within the fair class, set_cpus_allowed_ptr() of
 * Linux 6.1. A queued task is taken off its queue for the change and put back.
 */

/** set_load_weight() */
function setLoadWeight(rq: Rq, task: Task): void {
  const weight = weightOf(task.nice, task.policy);
  const inverse = inverseOf(task.nice, task.policy);
  if (task.state === TASK_NEW) {
    // not attached anywhere yet: starts with the load of its weight (init_entity_runnable_average())
    task.weight = weight;
    task.inverse = inverse;
    task.avg.loadAvg = weight;
  } else {
    reweightTask(rq, task, weight, inverse);
  }
}

/** set_user_nice() */
export function setUserNice(machine: Machine, task: Task, nice: number): boolean {
  if (task.nice === nice) return false;
  const rq = machine.cpus[task.cpu]!;
  updateRqClock(machine, rq);
  const queued = task.onRq;
  const running = rq.running === task;
  if (queued) dequeueTaskFair(machine, rq, task, DEQUEUE_SAVE);
  if (running) putPrevEntity(rq, task);
  const before = task.nice;
  task.nice = nice;
  setLoadWeight(rq, task);
  if (queued) enqueueTaskFair(machine, rq, task, ENQUEUE_RESTORE);
  if (running) setNextTaskFair(rq, task);
  prioChanged(machine, rq, task, before);
  return true;
}

/** prio_changed_fair() */
function prioChanged(machine: Machine, rq: Rq, task: Task, before: number): void {
  if (!task.onRq || rq.cfs.nrRunning === 1) return;
  if (rq.running === task) {
    if (task.nice > before) reschedCurr(machine, rq);
  } else {
    checkPreemptCurr(machine, rq, task);
  }
}

/** __sched_setscheduler() between SCHED_NORMAL, SCHED_BATCH and SCHED_IDLE; the nice value stays. */
export function setScheduler(machine: Machine, task: Task, policy: number): boolean {
  if (task.policy === policy) return false;
  const rq = machine.cpus[task.cpu]!;
  updateRqClock(machine, rq);
  const queued = task.onRq;
  const running = rq.running === task;
  // the priority does not change, so DEQUEUE_MOVE is not set
  if (queued) dequeueTaskFair(machine, rq, task, DEQUEUE_SAVE);
  if (running) putPrevEntity(rq, task);
  task.policy = policy;
  setLoadWeight(rq, task);
  if (queued) enqueueTaskFair(machine, rq, task, ENQUEUE_RESTORE);
  if (running) setNextTaskFair(rq, task);
  return true;
}

/** set_cpus_allowed_ptr(). The mask becomes the task's: it must not change any more. */
export function setCpusAllowed(machine: Machine, task: Task, mask: CpuMask): boolean {
  if (task.affinity.equals(mask)) return false;
  const rq = machine.cpus[task.cpu]!;
  updateRqClock(machine, rq);
  const destination = pickDestination(machine, mask);
  const queued = task.onRq;
  const running = rq.running === task;
  if (queued) dequeueTaskFair(machine, rq, task, DEQUEUE_SAVE);
  if (running) putPrevEntity(rq, task);
  task.affinity = mask;
  task.nrCpusAllowed = mask.weight();
  if (queued) enqueueTaskFair(machine, rq, task, ENQUEUE_RESTORE);
  if (running) setNextTaskFair(rq, task);
  // affine_move_task()
  if (!mask.has(task.cpu)) {
    if (running) queueMigration(machine, task, destination, true);
    else if (queued) moveQueuedTask(machine, rq, task, destination, "affinity");
  }
  return true;
}

/** cpumask_any_and_distribute(): the next CPU of the mask after the one chosen last. */
function pickDestination(machine: Machine, mask: CpuMask): number {
  if (!machine.tunables.distributeAffinity) return mask.first();
  let cpu = mask.next(machine.distributeCursor + 1);
  if (cpu < 0) cpu = mask.first();
  machine.distributeCursor = cpu;
  return cpu;
}
