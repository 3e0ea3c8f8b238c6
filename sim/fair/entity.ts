import { DO_ATTACH, DO_DETACH, updateLoadAvg } from "../pelt/load-avg.ts";
import type { CfsRq } from "../state/cfs-rq.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import {
  DEQUEUE_MOVE,
  DEQUEUE_SAVE,
  DEQUEUE_SLEEP,
  ENQUEUE_MIGRATED,
  ENQUEUE_WAKEUP,
} from "../state/sched-class.ts";
import { SCHED_IDLE, TASK_MIGRATING, type Task } from "../state/task.ts";
import { calcDeltaFair, schedSlice } from "./slice.ts";
import { wakeupPreempt } from "./wakeup-preempt.ts";

/**
 * Tasks entering, leaving and crossing a fair queue: update_curr(), enqueue_entity(), dequeue_entity(), place_entity(),
 * set_next_entity(), put_prev_entity() and pick_next_entity() of Linux 6.1. No task groups, no bandwidth control.
 */

/** A sleep longer than this may overflow the comparison of vruntimes: (1 << 63) / 1024 ns. */
const LONG_SLEEP = 2 ** 53;

/** update_curr(): accounts what the current task ran since the last time. */
export function updateCurr(rq: Rq): void {
  const cfs = rq.cfs;
  const curr = cfs.curr;
  if (curr === null || rq.clock <= curr.execStart) return;
  charge(rq, curr);
  updateMinVruntime(cfs);
}

/** The time since the last accounting, to the task's run time and virtual run time. */
function charge(rq: Rq, curr: Task): void {
  const delta = rq.clock - curr.execStart;
  curr.execStart = rq.clock;
  curr.sumExecRuntime += delta;
  curr.vruntime += calcDeltaFair(delta, curr);
}

/** update_min_vruntime(): follows the smallest vruntime of the queue, never back (F3). */
export function updateMinVruntime(cfs: CfsRq): void {
  const left = cfs.tree.leftmost;
  const curr = cfs.curr;
  let vruntime = cfs.minVruntime;
  if (curr?.onRq) {
    vruntime = curr.vruntime;
    if (left !== null && left.vruntime < vruntime) vruntime = left.vruntime;
  } else if (left !== null) {
    vruntime = left.vruntime;
  }
  if (vruntime > cfs.minVruntime) cfs.minVruntime = vruntime;
}

/** place_entity(): where a new task (`initial`) or a woken one enters the timeline. */
export function placeEntity(machine: Machine, rq: Rq, task: Task, initial: boolean): void {
  const cfs = rq.cfs;
  const tunables = machine.tunables;
  let vruntime = cfs.minVruntime;
  if (initial) {
    // START_DEBIT: the current period is promised to the others
    vruntime += calcDeltaFair(schedSlice(machine, cfs, task), task);
  } else {
    // GENTLE_FAIR_SLEEPERS: half of one latency of sleep counts
    const threshold = task.policy === SCHED_IDLE ? tunables.minGranularityNs : tunables.latencyNs;
    vruntime -= Math.floor(threshold / 2);
  }
  if (isLongSleeper(rq, task) || task.vruntime < vruntime) task.vruntime = vruntime;
}

/** entity_is_long_sleeper() */
function isLongSleeper(rq: Rq, task: Task): boolean {
  return task.execStart !== 0 && rq.clock > task.execStart && rq.clock - task.execStart > LONG_SLEEP;
}

/** enqueue_entity() */
export function enqueueEntity(machine: Machine, rq: Rq, task: Task, flags: number): void {
  const cfs = rq.cfs;
  const renormalise = (flags & ENQUEUE_WAKEUP) === 0 || (flags & ENQUEUE_MIGRATED) !== 0;
  const isCurr = cfs.curr === task;
  if (renormalise && isCurr) task.vruntime += cfs.minVruntime;
  updateCurr(rq);
  // after update_curr(): placed at the present, not at some moment of the past
  if (renormalise && !isCurr) task.vruntime += cfs.minVruntime;
  updateLoadAvg(rq, task, DO_ATTACH);
  cfs.weight += task.weight;
  rq.tasks.addFirst(task);
  if (++cfs.nrRunning === 1) cfs.onLeafList = true; // list_add_leaf_cfs_rq()
  if (task.policy === SCHED_IDLE) cfs.idleNrRunning++;
  if ((flags & ENQUEUE_WAKEUP) !== 0) placeEntity(machine, rq, task, false);
  if ((flags & ENQUEUE_MIGRATED) !== 0) task.execStart = 0; // no longer hot
  if (!isCurr) cfs.tree.insert(task);
  task.onRq = true;
}

/** dequeue_entity() */
export function dequeueEntity(rq: Rq, task: Task, flags: number): void {
  const cfs = rq.cfs;
  updateCurr(rq);
  updateLoadAvg(rq, task, task.state === TASK_MIGRATING ? DO_DETACH : 0);
  clearBuddies(cfs, task);
  if (cfs.curr !== task) cfs.tree.remove(task);
  task.onRq = false;
  cfs.weight -= task.weight;
  rq.tasks.remove(task);
  cfs.nrRunning--;
  if (task.policy === SCHED_IDLE) cfs.idleNrRunning--;
  // relative while away; before min_vruntime forgets the task
  if ((flags & DEQUEUE_SLEEP) === 0) task.vruntime -= cfs.minVruntime;
  if ((flags & (DEQUEUE_SAVE | DEQUEUE_MOVE)) !== DEQUEUE_SAVE) updateMinVruntime(cfs);
}

/** clear_buddies() */
export function clearBuddies(cfs: CfsRq, task: Task): void {
  if (cfs.last === task) cfs.last = null;
  if (cfs.next === task) cfs.next = null;
  if (cfs.skip === task) cfs.skip = null;
}

/** set_next_entity(): `task` gets the CPU. */
export function setNextEntity(rq: Rq, task: Task): void {
  const cfs = rq.cfs;
  clearBuddies(cfs, task);
  if (task.onRq) {
    cfs.tree.remove(task);
    updateLoadAvg(rq, task, 0);
  }
  task.execStart = rq.clock;
  cfs.curr = task;
  task.prevSumExecRuntime = task.sumExecRuntime;
}

/** put_prev_entity(): `prev` leaves the CPU, to the tree if it is still runnable. */
export function putPrevEntity(rq: Rq, prev: Task): void {
  const cfs = rq.cfs;
  if (prev.onRq) {
    updateCurr(rq);
    cfs.tree.insert(prev);
    updateLoadAvg(rq, prev, 0);
  }
  cfs.curr = null;
}

/** pick_next_entity(): the leftmost, unless a buddy can go first (or a skipped one last) without getting unfair. */
export function pickNextEntity(machine: Machine, cfs: CfsRq, curr: Task | null): Task {
  let left = cfs.tree.leftmost;
  if (left === null || (curr !== null && curr.vruntime < left.vruntime)) left = curr;
  let pick = left!;
  if (cfs.skip !== null && cfs.skip === pick) {
    let second: Task | null;
    if (pick === curr) {
      second = cfs.tree.leftmost;
    } else {
      second = cfs.tree.next(pick);
      if (second === null || (curr !== null && curr.vruntime < second.vruntime)) second = curr;
    }
    if (second !== null && wakeupPreempt(machine, second, left!) < 1) pick = second;
  }
  if (cfs.next !== null && wakeupPreempt(machine, cfs.next, left!) < 1) return cfs.next;
  if (cfs.last !== null && wakeupPreempt(machine, cfs.last, left!) < 1) return cfs.last;
  return pick;
}
