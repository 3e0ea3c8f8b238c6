import { updateLoadAvg } from "../pelt/load-avg.ts";
import { utilEstDequeue, utilEstEnqueue, utilEstUpdate } from "../pelt/util-est.ts";
import { addNrRunning, reschedCurr, updateRqClock } from "../sched/resched.ts";
import type { Machine } from "../state/machine.ts";
import { noteOccupancy, schedIdleCpu } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import { SCHED_BATCH, type Task } from "../state/task.ts";
import {
  clearBuddies,
  DEQUEUE_SLEEP,
  dequeueEntity,
  enqueueEntity,
  pickNextEntity,
  placeEntity,
  putPrevEntity,
  setNextEntity,
  updateCurr,
} from "./entity.ts";
import { checkPreemptTick } from "./preempt.ts";

/** The methods of the fair class (fair_sched_class of Linux 6.1), as far as they belong to one queue. */

/** enqueue_task_fair() */
export function enqueueTaskFair(machine: Machine, rq: Rq, task: Task, flags: number): void {
  utilEstEnqueue(rq.cfs, task);
  enqueueEntity(machine, rq, task, flags);
  addNrRunning(machine, rq);
}

/** dequeue_task_fair() */
export function dequeueTaskFair(machine: Machine, rq: Rq, task: Task, flags: number): void {
  const wasSchedIdle = schedIdleCpu(rq);
  utilEstDequeue(rq.cfs, task);
  dequeueEntity(rq, task, flags);
  rq.nrTasks--;
  noteOccupancy(rq);
  // only SCHED_IDLE tasks are left: look early for something better
  if (!wasSchedIdle && schedIdleCpu(rq)) rq.nextBalance = machine.jiffies;
  if ((flags & DEQUEUE_SLEEP) !== 0) utilEstUpdate(rq, task);
}

/** What pickNextTaskFair() returns instead of a task. */
export const RETRY_TASK = 1;

/**
 * pick_next_task_fair() for a queue whose `prev` is fair or idle: looks elsewhere for tasks when there are none here.
 * null: go idle. RETRY_TASK: a task of a higher class has come meanwhile.
 */
export function pickNextTaskFair(machine: Machine, rq: Rq, prev: Task): Task | null | typeof RETRY_TASK {
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

/** pick_next_task_fair() without balancing, after put_prev_task(). */
export function pickQueuedTaskFair(machine: Machine, rq: Rq): Task | null {
  if (rq.cfs.nrRunning === 0) return null;
  const next = pickNextEntity(machine, rq.cfs, null);
  setNextEntity(rq, next);
  rq.tasks.moveFirst(next);
  return next;
}

/** set_next_task_fair(): the running task goes on after a change of its parameters. */
export function setNextTaskFair(rq: Rq, task: Task): void {
  if (task.onRq) rq.tasks.moveFirst(task);
  setNextEntity(rq, task);
}

/** task_tick_fair() and entity_tick() */
export function taskTickFair(machine: Machine, rq: Rq, curr: Task): void {
  updateCurr(rq);
  updateLoadAvg(rq, curr, 0);
  if (rq.cfs.nrRunning > 1) checkPreemptTick(machine, rq, curr);
}

/** yield_task_fair() */
export function yieldTaskFair(machine: Machine, rq: Rq, curr: Task): void {
  if (rq.nrTasks === 1) return;
  const cfs = rq.cfs;
  clearBuddies(cfs, curr);
  if (curr.policy !== SCHED_BATCH) {
    updateRqClock(machine, rq);
    updateCurr(rq);
  }
  cfs.skip = curr;
}

/** task_fork_fair(): a child of what runs on `rq` gets its place in virtual time, relative to the queue. */
export function taskForkFair(machine: Machine, rq: Rq, child: Task): void {
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
