import { catchUpIdleLag, removeLoadAvg, updateLoadAvg } from "../pelt/load-avg.ts";
import { utilEstDequeue, utilEstEnqueue, utilEstUpdate } from "../pelt/util-est.ts";
import { selectTaskRqFair } from "../place/select-cpu.ts";
import { checkPreemptCurr } from "../sched/preempt.ts";
import { addNrRunning, reschedCurr, subNrRunning, updateRqClock } from "../sched/resched.ts";
import type { Machine } from "../state/machine.ts";
import { schedIdleCpu } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import { DEQUEUE_SLEEP, type FairClass, RETRY_TASK } from "../state/sched-class.ts";
import { SCHED_BATCH, TASK_MIGRATING, TASK_WAKING, type Task } from "../state/task.ts";
import {
  clearBuddies,
  dequeueEntity,
  enqueueEntity,
  pickNextEntity,
  placeEntity,
  putPrevEntity,
  setNextEntity,
  updateCurr,
} from "./entity.ts";
import { checkPreemptTick, checkPreemptWakeup } from "./preempt.ts";

/** The fair class: the methods of fair_sched_class in Linux 6.1. */

/** enqueue_task_fair() */
function enqueueTaskFair(machine: Machine, rq: Rq, task: Task, flags: number): void {
  utilEstEnqueue(rq.cfs, task);
  enqueueEntity(machine, rq, task, flags);
  addNrRunning(machine, rq);
}

/** dequeue_task_fair() */
function dequeueTaskFair(machine: Machine, rq: Rq, task: Task, flags: number): void {
  const wasSchedIdle = schedIdleCpu(rq);
  utilEstDequeue(rq.cfs, task);
  dequeueEntity(rq, task, flags);
  subNrRunning(rq);
  // only SCHED_IDLE tasks are left: look early for something better
  if (!wasSchedIdle && schedIdleCpu(rq)) rq.nextBalance = machine.jiffies;
  if ((flags & DEQUEUE_SLEEP) !== 0) utilEstUpdate(rq, task);
}

/** pick_next_task_fair() */
function pickNextTaskFair(machine: Machine, rq: Rq, prev: Task): Task | null | typeof RETRY_TASK {
  const cfs = rq.cfs;
  while (cfs.nrRunning === 0) {
    const pulled = machine.balancer.newidleBalance(machine, rq);
    if (pulled < 0) return RETRY_TASK;
    if (pulled === 0) return null;
  }
  let next: Task;
  if (prev === rq.idle) {
    next = pickNextEntity(machine, cfs, null);
    setNextEntity(rq, next);
  } else {
    let curr = cfs.curr;
    if (curr !== null) {
      if (curr.onRq) updateCurr(rq);
      else curr = null;
    }
    next = pickNextEntity(machine, cfs, curr);
    if (next !== prev) {
      putPrevEntity(rq, prev);
      setNextEntity(rq, next);
    }
  }
  rq.tasks.moveFirst(next);
  return next;
}

/** balance_fair() */
function balanceFair(machine: Machine, rq: Rq): boolean {
  return rq.nrTasks > 0 || machine.balancer.newidleBalance(machine, rq) !== 0;
}

/** pick_next_task_fair() without balancing, after put_prev_task(). */
function pickQueuedTaskFair(machine: Machine, rq: Rq): Task | null {
  if (rq.cfs.nrRunning === 0) return null;
  const next = pickNextEntity(machine, rq.cfs, null);
  setNextEntity(rq, next);
  rq.tasks.moveFirst(next);
  return next;
}

/** set_next_task_fair() */
function setNextTaskFair(_machine: Machine, rq: Rq, task: Task): void {
  if (task.onRq) rq.tasks.moveFirst(task);
  setNextEntity(rq, task);
}

/** task_tick_fair() and entity_tick() */
function taskTickFair(machine: Machine, rq: Rq, curr: Task): void {
  updateCurr(rq);
  updateLoadAvg(rq, curr, 0);
  if (rq.cfs.nrRunning > 1) checkPreemptTick(machine, rq, curr);
}

/** yield_task_fair() */
function yieldTaskFair(machine: Machine, rq: Rq): void {
  const curr = rq.running;
  if (rq.nrTasks === 1) return;
  const cfs = rq.cfs;
  clearBuddies(cfs, curr);
  if (curr.policy !== SCHED_BATCH) {
    updateRqClock(machine, rq);
    updateCurr(rq);
  }
  cfs.skip = curr;
}

/** task_fork_fair(): the child gets its place in virtual time, relative to the queue. */
function taskForkFair(machine: Machine, rq: Rq, child: Task): void {
  updateRqClock(machine, rq);
  const cfs = rq.cfs;
  const curr = cfs.curr;
  if (curr !== null) {
    updateCurr(rq);
    child.vruntime = curr.vruntime;
  }
  placeEntity(machine, rq, child, true);
  if (machine.tunables.childRunsFirst && curr !== null && curr.vruntime < child.vruntime) {
    const vruntime = curr.vruntime;
    curr.vruntime = child.vruntime;
    child.vruntime = vruntime;
    reschedCurr(machine, rq);
  }
  child.vruntime -= cfs.minVruntime;
}

/** migrate_task_rq_fair() */
function migrateTaskFair(machine: Machine, task: Task): void {
  const rq = machine.cpus[task.cpu]!;
  if (task.state === TASK_WAKING) task.vruntime -= rq.cfs.minVruntime;
  if (task.state !== TASK_MIGRATING) {
    removeLoadAvg(rq, task);
    catchUpIdleLag(machine, rq, task);
  }
  task.avg.lastUpdateTime = 0; // attached to no queue (L3)
}

/** prio_changed_fair() */
function prioChangedFair(machine: Machine, rq: Rq, task: Task, before: number): void {
  if (!task.onRq || rq.cfs.nrRunning === 1) return;
  if (rq.running === task) {
    if (task.nice > before) reschedCurr(machine, rq);
  } else {
    checkPreemptCurr(machine, rq, task);
  }
}

export const FAIR: FairClass = {
  name: "fair",
  rank: 1,
  enqueue: enqueueTaskFair,
  dequeue: dequeueTaskFair,
  yieldTask: yieldTaskFair,
  checkPreempt: checkPreemptWakeup,
  balance: balanceFair,
  pickNextFrom: pickNextTaskFair,
  pickNext: pickQueuedTaskFair,
  putPrev: (_machine, rq, task) => putPrevEntity(rq, task),
  setNext: setNextTaskFair,
  selectCpu: selectTaskRqFair,
  migrate: migrateTaskFair,
  tick: taskTickFair,
  fork: taskForkFair,
  dead: (_machine, rq, task) => removeLoadAvg(rq, task),
  prioChanged: prioChangedFair,
};
