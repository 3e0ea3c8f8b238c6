import { catchUpIdleLag, removeLoadAvg, updateLoadAvg } from "../pelt/load-avg.ts";
import { utilEstDequeue, utilEstEnqueue, utilEstUpdate } from "../pelt/util-est.ts";
import { selectTaskRqFair } from "../place/select-cpu.ts";
import { checkPreemptCurr } from "../sched/preempt.ts";
import { addNrRunning, reschedCurr, subNrRunning, updateRqClock } from "../sched/resched.ts";
import type { Machine } from "../state/machine.ts";
import { schedIdleCpu } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import { DEQUEUE_SLEEP, type FairClass, RETRY_TASK } from "../state/sched-class.ts";
import { SCHED_BATCH, SCHED_IDLE, TASK_MIGRATING, TASK_WAKING, type Task } from "../state/task.ts";
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
  const { cfs } = rq;
  utilEstEnqueue(cfs, task);
  enqueueEntity(machine, cfs, task.se, flags);
  cfs.hNrRunning++;
  if (task.policy === SCHED_IDLE) cfs.idleHNrRunning++;
  addNrRunning(machine, rq);
}

/** dequeue_task_fair() */
function dequeueTaskFair(machine: Machine, rq: Rq, task: Task, flags: number): void {
  const { cfs } = rq;
  const wasSchedIdle = schedIdleCpu(rq);
  utilEstDequeue(cfs, task);
  dequeueEntity(cfs, task.se, flags);
  cfs.hNrRunning--;
  if (task.policy === SCHED_IDLE) cfs.idleHNrRunning--;
  subNrRunning(rq);
  // only SCHED_IDLE tasks are left: look early for something better
  if (!wasSchedIdle && schedIdleCpu(rq)) rq.nextBalance = machine.jiffies;
  if ((flags & DEQUEUE_SLEEP) !== 0) utilEstUpdate(rq, task);
}

/** pick_next_task_fair() */
function pickNextTaskFair(machine: Machine, rq: Rq, prev: Task): Task | null | typeof RETRY_TASK {
  const { cfs } = rq;
  while (cfs.nrRunning === 0) {
    const pulled = machine.balancer.newidleBalance(machine, rq);
    if (pulled < 0) return RETRY_TASK;
    if (pulled === 0) return null;
  }
  if (prev === rq.idle) return pickQueuedTaskFair(machine, rq);
  let curr = cfs.curr;
  if (curr !== null) {
    if (curr.onRq) updateCurr(cfs);
    else curr = null;
  }
  const next = pickNextEntity(machine, cfs, curr);
  if (next !== prev.se) {
    putPrevEntity(cfs, prev.se);
    setNextEntity(cfs, next);
  }
  rq.tasks.moveFirst(next.task);
  return next.task;
}

/** balance_fair() */
function balanceFair(machine: Machine, rq: Rq): boolean {
  return rq.nrTasks > 0 || machine.balancer.newidleBalance(machine, rq) !== 0;
}

/** pick_next_task_fair() without balancing, after put_prev_task(). */
function pickQueuedTaskFair(machine: Machine, rq: Rq): Task | null {
  const { cfs } = rq;
  if (cfs.nrRunning === 0) return null;
  const next = pickNextEntity(machine, cfs, null);
  setNextEntity(cfs, next);
  rq.tasks.moveFirst(next.task);
  return next.task;
}

/** set_next_task_fair() */
function setNextTaskFair(_machine: Machine, rq: Rq, task: Task): void {
  if (task.onRq) rq.tasks.moveFirst(task);
  setNextEntity(rq.cfs, task.se);
}

/** task_tick_fair() and entity_tick() */
function taskTickFair(machine: Machine, { cfs }: Rq, { se }: Task): void {
  updateCurr(cfs);
  updateLoadAvg(cfs, se, 0);
  if (cfs.nrRunning > 1) checkPreemptTick(machine, cfs, se);
}

/** yield_task_fair() */
function yieldTaskFair(machine: Machine, rq: Rq): void {
  const { se, policy } = rq.running;
  if (rq.nrTasks === 1) return;
  const { cfs } = rq;
  clearBuddies(cfs, se);
  if (policy !== SCHED_BATCH) {
    updateRqClock(machine, rq);
    updateCurr(cfs);
  }
  cfs.skip = se;
}

/** task_fork_fair(): the child gets its place in virtual time, relative to the queue. */
function taskForkFair(machine: Machine, rq: Rq, { se }: Task): void {
  updateRqClock(machine, rq);
  const { cfs } = rq;
  const { curr } = cfs;
  if (curr !== null) {
    updateCurr(cfs);
    se.vruntime = curr.vruntime;
  }
  placeEntity(machine, cfs, se, true);
  if (machine.tunables.childRunsFirst && curr !== null && curr.vruntime < se.vruntime) {
    const vruntime = curr.vruntime;
    curr.vruntime = se.vruntime;
    se.vruntime = vruntime;
    reschedCurr(machine, rq);
  }
  se.vruntime -= cfs.minVruntime;
}

/** migrate_task_rq_fair() */
function migrateTaskFair(machine: Machine, { se, cpu, state }: Task): void {
  const rq = machine.cpus[cpu];
  if (state === TASK_WAKING) se.vruntime -= rq.cfs.minVruntime;
  if (state !== TASK_MIGRATING) {
    removeLoadAvg(rq.cfs, se);
    catchUpIdleLag(machine, rq, se);
  }
  se.avg.lastUpdateTime = 0; // attached to no queue (L3)
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
  putPrev: (_machine, rq, task) => putPrevEntity(rq.cfs, task.se),
  setNext: setNextTaskFair,
  selectCpu: selectTaskRqFair,
  migrate: migrateTaskFair,
  tick: taskTickFair,
  fork: taskForkFair,
  dead: (_machine, rq, task) => removeLoadAvg(rq.cfs, task.se),
  prioChanged: prioChangedFair,
};
