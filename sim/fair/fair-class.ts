import { catchUpIdleLag, removeLoadAvg, UPDATE_TG, updateLoadAvg } from "../pelt/load-avg.ts";
import { utilEstDequeue, utilEstEnqueue, utilEstUpdate } from "../pelt/util-est.ts";
import { selectTaskRqFair } from "../place/select-cpu.ts";
import { checkPreemptCurr } from "../sched/preempt.ts";
import { addNrRunning, reschedCurr, subNrRunning, updateRqClock } from "../sched/resched.ts";
import type { CfsRq } from "../state/cfs-rq.ts";
import type { SchedEntity } from "../state/entity.ts";
import type { Machine } from "../state/machine.ts";
import { schedIdleCpu } from "../state/occupancy.ts";
import type { Rq } from "../state/rq.ts";
import { DEQUEUE_SLEEP, ENQUEUE_WAKEUP, type FairClass, RETRY_TASK } from "../state/sched-class.ts";
import { SCHED_BATCH, SCHED_IDLE, TASK_MIGRATING, TASK_WAKING, type Task } from "../state/task.ts";
import {
  checkRuntime,
  clearBuddies,
  dequeueEntity,
  enqueueEntity,
  pickNextEntity,
  placeEntity,
  putPrevEntity,
  setNextBuddy,
  setNextEntity,
  updateRunnable,
} from "./entity.ts";
import { attachTask, detachTask } from "./group/attach.ts";
import { changeGroupFair } from "./group/change-group.ts";
import { accountRuntime } from "./group/runtime.ts";
import { updateCfsGroup } from "./group/shares.ts";
import { checkPreemptTick, checkPreemptWakeup } from "./preempt.ts";
import { updateCurr } from "./update-curr.ts";

/** The fair class: the methods of fair_sched_class in Linux 6.1. */

/** enqueue_task_fair(): its entity and those above that were not queued; further up there is only more to count. */
function enqueueTaskFair(machine: Machine, rq: Rq, task: Task, flags: number): void {
  utilEstEnqueue(rq.cfs, task);
  let idle = task.policy === SCHED_IDLE ? 1 : 0;
  let how = flags;
  let se: SchedEntity | null = task.se;
  for (; se !== null && !se.onRq; se = se.parent) {
    const cfs = se.cfsRq;
    enqueueEntity(machine, cfs, se, how);
    cfs.hNrRunning++;
    cfs.idleHNrRunning += idle;
    if (cfs.idle) idle = 1;
    if (cfs.throttled) return;
    how = ENQUEUE_WAKEUP;
  }
  for (; se !== null; se = se.parent) {
    const cfs = se.cfsRq;
    updateLoadAvg(cfs, se, UPDATE_TG);
    updateRunnable(se);
    updateCfsGroup(machine, se);
    cfs.hNrRunning++;
    cfs.idleHNrRunning += idle;
    if (cfs.idle) idle = 1;
    if (cfs.throttled) return;
  }
  addNrRunning(machine, rq);
}

/** dequeue_task_fair(): its entity and those above whose queues are empty then. */
function dequeueTaskFair(machine: Machine, rq: Rq, task: Task, flags: number): void {
  const wasSchedIdle = schedIdleCpu(rq);
  utilEstDequeue(rq.cfs, task);
  if (takeOff(machine, task, flags)) {
    subNrRunning(rq);
    // only SCHED_IDLE tasks are left: look early for something better
    if (!wasSchedIdle && schedIdleCpu(rq)) rq.nextBalance = machine.jiffies;
  }
  if ((flags & DEQUEUE_SLEEP) !== 0) utilEstUpdate(rq, task);
}

/** Takes the task's entities off and the task off the counts above; false where it met a throttled queue. */
function takeOff(machine: Machine, task: Task, flags: number): boolean {
  let idle = task.policy === SCHED_IDLE ? 1 : 0;
  let how = flags;
  let se: SchedEntity | null = task.se;
  while (se !== null) {
    const cfs = se.cfsRq;
    dequeueEntity(machine, cfs, se, how);
    cfs.hNrRunning--;
    cfs.idleHNrRunning -= idle;
    if (cfs.idle) idle = 1;
    if (cfs.throttled) return false;
    se = se.parent;
    if (cfs.load !== 0) {
      // the rest of the group is to run next, as the task has left part of its slice
      if (se !== null && (flags & DEQUEUE_SLEEP) !== 0 && cfs.throttleCount === 0) setNextBuddy(se);
      break;
    }
    how |= DEQUEUE_SLEEP;
  }
  for (; se !== null; se = se.parent) {
    const cfs = se.cfsRq;
    updateLoadAvg(cfs, se, UPDATE_TG);
    updateRunnable(se);
    updateCfsGroup(machine, se);
    cfs.hNrRunning--;
    cfs.idleHNrRunning -= idle;
    if (cfs.idle) idle = 1;
    if (cfs.throttled) return false;
  }
  return true;
}

/** pick_next_task_fair() */
function pickNextTaskFair(machine: Machine, rq: Rq, prev: Task): Task | null | typeof RETRY_TASK {
  for (;;) {
    if (rq.cfs.nrRunning > 0) {
      if (prev === rq.idle) return pickQueuedTaskFair(machine, rq);
      const next = pickBesides(machine, rq);
      if (next !== null) {
        const task = next.task!;
        if (task !== prev) exchange(machine, prev.se, next);
        rq.tasks.moveFirst(task);
        return task;
      }
      // a queue of the task that ran has been throttled
      if (rq.cfs.nrRunning > 0) {
        putPrevTaskFair(machine, rq, prev);
        return pickQueuedTaskFair(machine, rq);
      }
    }
    const pulled = machine.balancer.newidleBalance(machine, rq);
    if (pulled < 0) return RETRY_TASK;
    if (pulled === 0) return null;
  }
}

/** The entity to run next, the one that runs being one of them; null where a queue on the way has been throttled. */
function pickBesides(machine: Machine, rq: Rq): SchedEntity | null {
  let cfs: CfsRq | null = rq.cfs;
  let next: SchedEntity;
  do {
    let curr: SchedEntity | null = cfs.curr;
    if (curr !== null) {
      if (curr.onRq) updateCurr(machine, cfs);
      else curr = null;
      if (checkRuntime(machine, cfs)) return null;
    }
    next = pickNextEntity(machine, cfs, curr);
    cfs = next.myQ;
  } while (cfs !== null);
  return next;
}

/** `next` instead of `prev`, with those entities above them that differ. */
function exchange(machine: Machine, prev: SchedEntity, next: SchedEntity): void {
  let from = prev;
  let to = next;
  while (from.cfsRq !== to.cfsRq) {
    const { depth } = to;
    const below = from.depth;
    if (depth <= below) {
      putPrevEntity(machine, from.cfsRq, from);
      from = from.parent!;
    }
    if (depth >= below) {
      setNextEntity(to.cfsRq, to);
      to = to.parent!;
    }
  }
  putPrevEntity(machine, from.cfsRq, from);
  setNextEntity(to.cfsRq, to);
}

/** balance_fair() */
function balanceFair(machine: Machine, rq: Rq): boolean {
  return rq.nrTasks > 0 || machine.balancer.newidleBalance(machine, rq) !== 0;
}

/** pick_next_task_fair() without balancing, after put_prev_task(). */
function pickQueuedTaskFair(machine: Machine, rq: Rq): Task | null {
  let cfs: CfsRq | null = rq.cfs;
  if (cfs.nrRunning === 0) return null;
  let next: SchedEntity;
  do {
    next = pickNextEntity(machine, cfs, null);
    setNextEntity(cfs, next);
    cfs = next.myQ;
  } while (cfs !== null);
  rq.tasks.moveFirst(next.task!);
  return next.task;
}

/** put_prev_task_fair() */
function putPrevTaskFair(machine: Machine, _rq: Rq, task: Task): void {
  for (let se: SchedEntity | null = task.se; se !== null; se = se.parent)
    putPrevEntity(machine, se.cfsRq, se);
}

/** set_next_task_fair() */
function setNextTaskFair(machine: Machine, rq: Rq, task: Task): void {
  if (task.onRq) rq.tasks.moveFirst(task);
  for (let se: SchedEntity | null = task.se; se !== null; se = se.parent) {
    setNextEntity(se.cfsRq, se);
    accountRuntime(machine, se.cfsRq, 0); // there must be some in its new queue
  }
}

/** task_tick_fair() and entity_tick() */
function taskTickFair(machine: Machine, _rq: Rq, task: Task): void {
  for (let se: SchedEntity | null = task.se; se !== null; se = se.parent) {
    const cfs = se.cfsRq;
    updateCurr(machine, cfs);
    updateLoadAvg(cfs, se, UPDATE_TG);
    updateCfsGroup(machine, se);
    if (cfs.nrRunning > 1) checkPreemptTick(machine, cfs, se);
  }
}

/** yield_task_fair() */
function yieldTaskFair(machine: Machine, rq: Rq): void {
  const { se, policy } = rq.running;
  if (rq.nrTasks === 1) return;
  clearBuddies(se.cfsRq, se);
  if (policy !== SCHED_BATCH) {
    updateRqClock(machine, rq);
    updateCurr(machine, se.cfsRq);
  }
  // set_skip_buddy()
  for (let e: SchedEntity | null = se; e !== null; e = e.parent) e.cfsRq.skip = e;
}

/** task_fork_fair(): the child gets its place in virtual time, relative to the queue. */
function taskForkFair(machine: Machine, rq: Rq, { se }: Task): void {
  updateRqClock(machine, rq);
  const cfs = rq.running.se.cfsRq;
  const { curr } = cfs;
  if (curr !== null) {
    updateCurr(machine, cfs);
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
function migrateTaskFair(machine: Machine, { se, state }: Task): void {
  if (state === TASK_WAKING) se.vruntime -= se.cfsRq.minVruntime;
  if (state !== TASK_MIGRATING) {
    removeLoadAvg(se.cfsRq, se);
    catchUpIdleLag(machine, se);
  }
  se.avg.lastUpdateTime = 0; // attached to no queue (L3)
}

/** prio_changed_fair() */
function prioChangedFair(machine: Machine, rq: Rq, task: Task, before: number): void {
  if (!task.onRq || rq.cfs.nrRunning === 1) return;
  if (rq.running === task) {
    if (task.prio > before) reschedCurr(machine, rq);
  } else {
    checkPreemptCurr(machine, rq, task);
  }
}

/** switched_to_fair(): its averages, as they were when it left, age by the time it was away. */
function switchedToFair(machine: Machine, rq: Rq, task: Task): void {
  attachTask(task);
  if (!task.onRq) return;
  if (rq.running === task) reschedCurr(machine, rq);
  else checkPreemptCurr(machine, rq, task);
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
  putPrev: putPrevTaskFair,
  setNext: setNextTaskFair,
  selectCpu: selectTaskRqFair,
  migrate: migrateTaskFair,
  changeGroup: changeGroupFair,
  tick: taskTickFair,
  fork: taskForkFair,
  dead: (_machine, _rq, { se }) => removeLoadAvg(se.cfsRq, se),
  switchedFrom: (machine, _rq, task) => detachTask(machine, task),
  switchedTo: switchedToFair,
  prioChanged: prioChangedFair,
};
