import { addLeaf } from "../pelt/leaf-list.ts";
import { DO_ATTACH, DO_DETACH, noteIdleClock, UPDATE_TG, updateLoadAvg } from "../pelt/load-avg.ts";
import type { CfsRq } from "../state/cfs-rq.ts";
import type { SchedEntity } from "../state/entity.ts";
import type { Machine } from "../state/machine.ts";
import {
  DEQUEUE_MOVE,
  DEQUEUE_SAVE,
  DEQUEUE_SLEEP,
  ENQUEUE_MIGRATED,
  ENQUEUE_WAKEUP,
} from "../state/sched-class.ts";
import { TASK_MIGRATING } from "../state/task.ts";
import { accountRuntime, returnRuntime } from "./group/runtime.ts";
import { updateCfsGroup } from "./group/shares.ts";
import { calcDeltaFair, isIdleEntity, schedSlice } from "./slice.ts";
import { updateCurr, updateMinVruntime } from "./update-curr.ts";
import { wakeupPreempt } from "./wakeup-preempt.ts";

/**
 * Entities entering, leaving and crossing a fair queue: enqueue_entity(), dequeue_entity(), place_entity(),
 * set_next_entity(), put_prev_entity() and pick_next_entity() of Linux 6.1.
 */

/** A sleep longer than this may overflow the comparison of vruntimes: (1 << 63) / 1024 ns. */
const LONG_SLEEP = 2 ** 53;

/** place_entity(): where a new entity (`initial`) or a woken one enters the timeline. */
export function placeEntity(machine: Machine, cfs: CfsRq, se: SchedEntity, initial: boolean): void {
  const tunables = machine.tunables;
  let vruntime = cfs.minVruntime;
  if (initial) {
    // START_DEBIT: the current period is promised to the others
    vruntime += calcDeltaFair(schedSlice(machine, cfs, se), se);
  } else {
    // GENTLE_FAIR_SLEEPERS: half of one latency of sleep counts
    const threshold = isIdleEntity(se) ? tunables.minGranularityNs : tunables.latencyNs;
    vruntime -= Math.floor(threshold / 2);
  }
  if (isLongSleeper(cfs, se) || se.vruntime < vruntime) se.vruntime = vruntime;
}

/** entity_is_long_sleeper() */
function isLongSleeper({ rq }: CfsRq, se: SchedEntity): boolean {
  return se.execStart !== 0 && rq.clock > se.execStart && rq.clock - se.execStart > LONG_SLEEP;
}

/** enqueue_entity() */
export function enqueueEntity(machine: Machine, cfs: CfsRq, se: SchedEntity, flags: number): void {
  const renormalise = (flags & ENQUEUE_WAKEUP) === 0 || (flags & ENQUEUE_MIGRATED) !== 0;
  const isCurr = cfs.curr === se;
  if (renormalise && isCurr) se.vruntime += cfs.minVruntime;
  updateCurr(machine, cfs);
  // after update_curr(): placed at the present, not at some moment of the past
  if (renormalise && !isCurr) se.vruntime += cfs.minVruntime;
  updateLoadAvg(cfs, se, UPDATE_TG | DO_ATTACH);
  updateRunnable(se);
  updateCfsGroup(machine, se);
  // account_entity_enqueue()
  cfs.load += se.load;
  if (se.task !== null) cfs.rq.tasks.addFirst(se.task);
  cfs.nrRunning++;
  if (isIdleEntity(se)) cfs.idleNrRunning++;
  if ((flags & ENQUEUE_WAKEUP) !== 0) placeEntity(machine, cfs, se, false);
  if ((flags & ENQUEUE_MIGRATED) !== 0) se.execStart = 0; // no longer hot
  if (!isCurr) cfs.tree.insert(se);
  se.onRq = true;
  if (cfs.nrRunning === 1) {
    checkEnqueueThrottle(machine, cfs);
    if (cfs.throttleCount === 0) addLeaf(cfs);
  }
}

/** dequeue_entity() */
export function dequeueEntity(machine: Machine, cfs: CfsRq, se: SchedEntity, flags: number): void {
  updateCurr(machine, cfs);
  updateLoadAvg(cfs, se, se.task?.state === TASK_MIGRATING ? UPDATE_TG | DO_DETACH : UPDATE_TG);
  updateRunnable(se);
  clearBuddies(cfs, se);
  if (cfs.curr !== se) cfs.tree.remove(se);
  se.onRq = false;
  // account_entity_dequeue()
  cfs.load -= se.load;
  if (se.task !== null) cfs.rq.tasks.remove(se.task);
  cfs.nrRunning--;
  if (isIdleEntity(se)) cfs.idleNrRunning--;
  // relative while away; before min_vruntime forgets the entity
  if ((flags & DEQUEUE_SLEEP) === 0) se.vruntime -= cfs.minVruntime;
  returnRuntime(machine, cfs);
  updateCfsGroup(machine, se);
  if ((flags & (DEQUEUE_SAVE | DEQUEUE_MOVE)) !== DEQUEUE_SAVE) updateMinVruntime(cfs);
  if (cfs.nrRunning === 0) noteIdleClock(cfs);
}

/** se_update_runnable() */
export function updateRunnable(se: SchedEntity): void {
  if (se.myQ !== null) se.runnableWeight = se.myQ.hNrRunning;
}

/** check_enqueue_throttle(): a group that wakes must have run time, as what runs there does not see to it yet. */
function checkEnqueueThrottle(machine: Machine, cfs: CfsRq): void {
  if (!cfs.runtimeEnabled || cfs.curr !== null || cfs.throttled) return;
  accountRuntime(machine, cfs, 0);
  if (cfs.runtimeRemaining <= 0) machine.throttle(machine, cfs);
}

/** check_cfs_rq_runtime(): throttles a queue without run time; true where it is throttled. */
export function checkRuntime(machine: Machine, cfs: CfsRq): boolean {
  if (!cfs.runtimeEnabled || cfs.runtimeRemaining > 0) return false;
  return cfs.throttled || machine.throttle(machine, cfs);
}

/** clear_buddies(): with the entities above that are buddies for its sake. */
export function clearBuddies(cfs: CfsRq, se: SchedEntity): void {
  if (cfs.last === se)
    for (let e: SchedEntity | null = se; e !== null && e.cfsRq.last === e; e = e.parent) e.cfsRq.last = null;
  if (cfs.next === se)
    for (let e: SchedEntity | null = se; e !== null && e.cfsRq.next === e; e = e.parent) e.cfsRq.next = null;
  if (cfs.skip === se)
    for (let e: SchedEntity | null = se; e !== null && e.cfsRq.skip === e; e = e.parent) e.cfsRq.skip = null;
}

/** set_last_buddy(): at each level, up to an idle entity. */
export function setLastBuddy(start: SchedEntity): void {
  for (let se: SchedEntity | null = start; se?.onRq && !isIdleEntity(se); se = se.parent) se.cfsRq.last = se;
}

/** set_next_buddy() */
export function setNextBuddy(start: SchedEntity): void {
  for (let se: SchedEntity | null = start; se?.onRq && !isIdleEntity(se); se = se.parent) se.cfsRq.next = se;
}

/** set_next_entity(): `se` gets the CPU. */
export function setNextEntity(cfs: CfsRq, se: SchedEntity): void {
  clearBuddies(cfs, se);
  if (se.onRq) {
    cfs.tree.remove(se);
    updateLoadAvg(cfs, se, UPDATE_TG);
  }
  se.execStart = cfs.rq.clock;
  cfs.curr = se;
  se.prevSumExecRuntime = se.sumExecRuntime;
}

/** put_prev_entity(): `prev` leaves the CPU, to the tree if it is still runnable. */
export function putPrevEntity(machine: Machine, cfs: CfsRq, prev: SchedEntity): void {
  if (prev.onRq) updateCurr(machine, cfs);
  checkRuntime(machine, cfs);
  if (prev.onRq) {
    cfs.tree.insert(prev);
    updateLoadAvg(cfs, prev, 0);
  }
  cfs.curr = null;
}

/** pick_next_entity(): the leftmost, unless a buddy can go first (or a skipped one last) without getting unfair. */
export function pickNextEntity(machine: Machine, cfs: CfsRq, curr: SchedEntity | null): SchedEntity {
  let left = cfs.tree.leftmost;
  if (left === null || (curr !== null && curr.vruntime < left.vruntime)) left = curr;
  let pick = left!;
  if (cfs.skip !== null && cfs.skip === pick) {
    let second: SchedEntity | null;
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
