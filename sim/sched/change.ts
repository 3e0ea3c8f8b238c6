import type { CpuMask } from "../lib/cpumask.ts";
import { reweightEntity, setTaskRq } from "../pelt/load-avg.ts";
import type { Machine } from "../state/machine.ts";
import { DEQUEUE_MOVE, DEQUEUE_SAVE, ENQUEUE_HEAD } from "../state/sched-class.ts";
import { isRtPolicy, normalPrio, TASK_NEW, type Task } from "../state/task.ts";
import type { TaskGroup } from "../state/task-group.ts";
import { inverseOf, weightOf } from "../state/weights.ts";
import { runBalanceCallbacks } from "./balance-callbacks.ts";
import { moveQueuedTask } from "./migrate.ts";
import { reschedCurr, updateRqClock } from "./resched.ts";
import { queueMigration } from "./stopper.ts";

/**
 * Changes to tasks from outside: set_user_nice(), sched_setscheduler(), set_cpus_allowed_ptr() of Linux 6.1.
 */

/** Changes a task by what it is queued: a queued one is taken off its queue for that and put back. `flags`: DEQUEUE_*, as ENQUEUE_*. */
function changeTask(machine: Machine, task: Task, change: () => void, flags = DEQUEUE_SAVE): void {
  const rq = machine.cpus[task.cpu];
  updateRqClock(machine, rq);
  const queued = task.onRq;
  const running = rq.running === task;
  const before = task.prio;
  if (queued) task.schedClass.dequeue(machine, rq, task, flags);
  if (running) task.schedClass.putPrev(machine, rq, task);
  change();
  if (queued) {
    // who has become less urgent goes on before those of its new priority
    const head = (flags & DEQUEUE_MOVE) !== 0 && before < task.prio ? ENQUEUE_HEAD : 0;
    task.schedClass.enqueue(machine, rq, task, flags | head);
  }
  if (running) task.schedClass.setNext(machine, rq, task);
}

/** set_load_weight() */
function setLoadWeight(machine: Machine, task: Task): void {
  const weight = weightOf(task.nice, task.policy);
  const inverse = inverseOf(task.nice, task.policy);
  if (task.state === TASK_NEW) {
    // not attached anywhere yet: starts with the load of its weight (init_entity_runnable_average())
    task.se.setLoad(weight * 1024, inverse);
    task.se.avg.loadAvg = weight;
  } else if (task.schedClass !== machine.fair) {
    task.se.setLoad(weight * 1024, inverse);
  } else {
    reweightEntity(task.se.cfsRq, task.se, weight * 1024, inverse);
  }
}

/** set_user_nice() */
export function setUserNice(machine: Machine, task: Task, nice: number): boolean {
  if (task.nice === nice) return false;
  if (isRtPolicy(task.policy)) {
    // for when it becomes a fair one
    updateRqClock(machine, machine.cpus[task.cpu]);
    task.nice = nice;
    return true;
  }
  const before = task.prio;
  changeTask(machine, task, () => {
    task.nice = nice;
    setLoadWeight(machine, task);
    task.prio = normalPrio(task.policy, 0, nice);
  });
  task.schedClass.prioChanged?.(machine, machine.cpus[task.cpu], task, before);
  return true;
}

/** __sched_setscheduler(); the nice value stays. `rtPriority`: 1 to 99 for SCHED_FIFO and SCHED_RR, 0 for others. */
export function setScheduler(machine: Machine, task: Task, policy: number, rtPriority: number): boolean {
  if (task.policy === policy && task.rtPriority === rtPriority) return false;
  const rq = machine.cpus[task.cpu];
  const { schedClass: before, prio: prioBefore } = task;
  const prio = normalPrio(policy, rtPriority, task.nice);
  const change = () => {
    task.policy = policy;
    task.rtPriority = rtPriority;
    setLoadWeight(machine, task); // as long as it is of the class before
    task.schedClass = isRtPolicy(policy) ? machine.rt : machine.fair;
    task.prio = prio;
  };
  changeTask(machine, task, change, prio === prioBefore ? DEQUEUE_SAVE : DEQUEUE_SAVE | DEQUEUE_MOVE);
  // check_class_changed()
  if (task.schedClass !== before) {
    before.switchedFrom?.(machine, rq, task);
    task.schedClass.switchedTo?.(machine, rq, task);
  } else if (prio !== prioBefore) {
    task.schedClass.prioChanged?.(machine, rq, task, prioBefore);
  }
  runBalanceCallbacks(machine, rq);
  return true;
}

/** set_cpus_allowed_ptr(). The mask becomes the task's: it must not change any more. */
export function setCpusAllowed(machine: Machine, task: Task, mask: CpuMask): boolean {
  if (task.affinity.equals(mask)) return false;
  const destination = machine.distribute(mask, mask);
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
      setTaskRq(task, task.cpu);
    }
  };
  changeTask(machine, task, change, DEQUEUE_SAVE | DEQUEUE_MOVE);
  const rq = machine.cpus[task.cpu];
  if (rq.running === task) reschedCurr(machine, rq);
}
