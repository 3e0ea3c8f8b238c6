import type { CpuMask } from "../lib/cpumask.ts";
import { reweightEntity } from "../pelt/load-avg.ts";
import type { Machine } from "../state/machine.ts";
import { DEQUEUE_MOVE, DEQUEUE_SAVE } from "../state/sched-class.ts";
import { TASK_NEW, type Task } from "../state/task.ts";
import type { TaskGroup } from "../state/task-group.ts";
import { inverseOf, weightOf } from "../state/weights.ts";
import { moveQueuedTask } from "./migrate.ts";
import { reschedCurr, updateRqClock } from "./resched.ts";
import { queueMigration } from "./stopper.ts";

/**
 * Changes to tasks from outside: set_user_nice(), sched_setscheduler() within the fair class, set_cpus_allowed_ptr() of
 * Linux 6.1.
 */

/** Changes a task by what it is queued: a queued one is taken off its queue for that and put back. `flags`: DEQUEUE_*, as ENQUEUE_*. */
function changeTask(machine: Machine, task: Task, change: () => void, flags = DEQUEUE_SAVE): void {
  const { schedClass } = task;
  const rq = machine.cpus[task.cpu];
  updateRqClock(machine, rq);
  const queued = task.onRq;
  const running = rq.running === task;
  if (queued) schedClass.dequeue(machine, rq, task, flags);
  if (running) schedClass.putPrev(machine, rq, task);
  change();
  if (queued) schedClass.enqueue(machine, rq, task, flags);
  if (running) schedClass.setNext(machine, rq, task);
}

/** set_load_weight() */
function setLoadWeight(task: Task): void {
  const weight = weightOf(task.nice, task.policy);
  const inverse = inverseOf(task.nice, task.policy);
  if (task.state === TASK_NEW) {
    // not attached anywhere yet: starts with the load of its weight (init_entity_runnable_average())
    task.se.setLoad(weight * 1024, inverse);
    task.se.avg.loadAvg = weight;
  } else {
    reweightEntity(task.se.cfsRq, task.se, weight * 1024, inverse);
  }
}

/** set_user_nice() */
export function setUserNice(machine: Machine, task: Task, nice: number): boolean {
  if (task.nice === nice) return false;
  const before = task.nice;
  changeTask(machine, task, () => {
    task.nice = nice;
    setLoadWeight(task);
  });
  task.schedClass.prioChanged?.(machine, machine.cpus[task.cpu], task, before);
  return true;
}

/** __sched_setscheduler() between SCHED_NORMAL, SCHED_BATCH and SCHED_IDLE; the nice value stays. */
export function setScheduler(machine: Machine, task: Task, policy: number): boolean {
  if (task.policy === policy) return false;
  // the priority does not change, so DEQUEUE_MOVE is not set
  changeTask(machine, task, () => {
    task.policy = policy;
    setLoadWeight(task);
  });
  return true;
}

/** set_cpus_allowed_ptr(). The mask becomes the task's: it must not change any more. */
export function setCpusAllowed(machine: Machine, task: Task, mask: CpuMask): boolean {
  if (task.affinity.equals(mask)) return false;
  const destination = pickDestination(machine, mask);
  changeTask(machine, task, () => {
    task.affinity = mask;
    task.nrCpusAllowed = mask.weight();
  });
  // affine_move_task()
  if (!mask.has(task.cpu)) {
    const rq = machine.cpus[task.cpu];
    if (rq.running === task) queueMigration(machine, task, destination, true);
    else if (task.onRq) moveQueuedTask(machine, rq, task, destination, "affinity");
  }
  return true;
}

/** sched_move_task(): into another group. One that runs may have come into a throttled group, so it looks anew. */
export function moveToGroup(machine: Machine, task: Task, group: TaskGroup): void {
  const { schedClass } = task;
  const change = () => {
    if (schedClass.changeGroup !== undefined) {
      schedClass.changeGroup(machine, task, group);
    } else {
      task.group = group;
      task.setQueue(task.cpu);
    }
  };
  changeTask(machine, task, change, DEQUEUE_SAVE | DEQUEUE_MOVE);
  const rq = machine.cpus[task.cpu];
  if (rq.running === task) reschedCurr(machine, rq);
}

/** cpumask_any_and_distribute(): the next CPU of the mask after the one chosen last. */
function pickDestination(machine: Machine, mask: CpuMask): number {
  if (!machine.tunables.distributeAffinity) return mask.first();
  let cpu = mask.next(machine.distributeCursor + 1);
  if (cpu < 0) cpu = mask.first();
  machine.distributeCursor = cpu;
  return cpu;
}
