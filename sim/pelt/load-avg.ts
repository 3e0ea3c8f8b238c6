import { divide, scaleLoadDown, subPositive, u32 } from "../lib/arithmetic.ts";
import type { CfsRq } from "../state/cfs-rq.ts";
import type { SchedEntity } from "../state/entity.ts";
import type { Machine } from "../state/machine.ts";
import type { SchedAvg } from "../state/sched-avg.ts";
import type { Task } from "../state/task.ts";
import { advanceSums, atLeast, peltDivider, peltNow, updateLoadAverages } from "./pelt.ts";
import { addPropagate, propagateEntity, updateTgLoadAvg } from "./propagate.ts";

/**
 * How load tracking of tasks and queues moves together: update_load_avg() and its relatives in kernel/sched/fair.c of
 * Linux 6.1. The CPU's clock for load tracking equals its clock: no lost capacity is modelled, so clock_pelt never lags.
 */

/** cfs_rq_clock_pelt(): the queue's clock for load tracking, which stands still while the queue is throttled. */
export function clockPelt(cfs: CfsRq): number {
  return (cfs.throttleCount === 0 ? cfs.rq.clock : cfs.throttledClockPelt) - cfs.throttledClockPeltTime;
}

/** update_idle_cfs_rq_clock_pelt(): for those that leave the queue while it is idle. */
export function noteIdleClock(cfs: CfsRq): void {
  cfs.throttledPeltIdle = cfs.throttleCount === 0 ? cfs.throttledClockPeltTime : Number.POSITIVE_INFINITY;
}

/** Flags of updateLoadAvg(): the group is told of a changed load; a new entity is attached, one that migrates detached. */
export const UPDATE_TG = 1;
export const DO_ATTACH = 4;
export const DO_DETACH = 8;

/** __update_load_avg_se(): an entity on its queue. */
function updateEntityAvg(cfs: CfsRq, se: SchedEntity): void {
  const avg = se.avg;
  const load = se.onRq ? 1 : 0;
  peltNow[0] = clockPelt(cfs);
  if (advanceSums(avg, load, se.myQ === null ? load : se.runnableWeight, cfs.curr === se ? 1 : 0)) {
    updateLoadAverages(avg, se.weight);
    avg.utilEstUnchanged = false; // cfs_se_util_change()
  }
}

/** __update_load_avg_blocked_se(): a task that sleeps, up to peltNow[0]. */
function updateBlockedEntity(se: SchedEntity): void {
  if (advanceSums(se.avg, 0, 0, 0)) updateLoadAverages(se.avg, se.weight);
}

/** update_cfs_rq_load_avg(): the queue's averages brought to its clock, sleepers that have left taken off. */
export function updateQueueAvg(cfs: CfsRq): boolean {
  const avg = cfs.avg;
  if (cfs.entity === null) cfs.rq.snapshot.mark(cfs.rq.cpu);
  let changed = false;
  if (cfs.removedNr !== 0) {
    takeOffRemoved(cfs);
    changed = true;
  }
  peltNow[0] = clockPelt(cfs);
  if (advanceSums(avg, scaleLoadDown(cfs.load), cfs.hNrRunning, cfs.curr !== null ? 1 : 0)) {
    updateLoadAverages(avg, 1);
    changed = true;
  }
  return changed;
}

function takeOffRemoved(cfs: CfsRq): void {
  const avg = cfs.avg;
  const divider = peltDivider(avg);
  const load = cfs.removedLoadAvg;
  const util = cfs.removedUtilAvg;
  const runnable = cfs.removedRunnableAvg;
  cfs.removedNr = 0;
  cfs.removedLoadAvg = 0;
  cfs.removedUtilAvg = 0;
  cfs.removedRunnableAvg = 0;
  avg.loadAvg = subPositive(avg.loadAvg, load);
  avg.loadSum = atLeast(subPositive(avg.loadSum, load * divider), avg.loadAvg);
  avg.utilAvg = subPositive(avg.utilAvg, util);
  avg.utilSum = atLeast(subPositive(avg.utilSum, util * divider), avg.utilAvg);
  avg.runnableAvg = subPositive(avg.runnableAvg, runnable);
  avg.runnableSum = atLeast(subPositive(avg.runnableSum, runnable * divider), avg.runnableAvg);
  addPropagate(cfs, Math.floor((-runnable * divider) / 1024));
}

/** enqueue_load_avg() */
function addLoad(avg: SchedAvg, se: SchedEntity): void {
  avg.loadAvg += se.avg.loadAvg;
  avg.loadSum += se.weight * se.avg.loadSum;
}

/** dequeue_load_avg() */
function removeLoad(avg: SchedAvg, se: SchedEntity): void {
  avg.loadAvg = subPositive(avg.loadAvg, se.avg.loadAvg);
  avg.loadSum = atLeast(subPositive(avg.loadSum, se.weight * se.avg.loadSum), avg.loadAvg);
}

/**
 * post_init_entity_util_avg(): a new task is expected to use what its weight gives it of the queue's utilisation, at
 * most half of what is left of the CPU.
 */
export function initUtilAvg(cfs: CfsRq, se: SchedEntity): void {
  const queue = cfs.avg;
  const avg = se.avg;
  const cap = Math.trunc((cfs.rq.capacityOrig - queue.utilAvg) / 2);
  if (cap > 0) {
    if (queue.utilAvg !== 0) {
      avg.utilAvg = Math.min(divide(queue.utilAvg * se.load, queue.loadAvg + 1), cap);
    } else {
      avg.utilAvg = cap;
    }
  }
  avg.runnableAvg = avg.utilAvg;
}

/** attach_entity_load_avg(): the task's averages join the queue's; its sums are rebuilt for the queue's period. */
export function attachLoadAvg(cfs: CfsRq, se: SchedEntity): void {
  const queue = cfs.avg;
  const avg = se.avg;
  const divider = peltDivider(queue);
  avg.lastUpdateTime = queue.lastUpdateTime;
  avg.periodContrib = queue.periodContrib;
  avg.utilSum = u32(avg.utilAvg * divider);
  avg.runnableSum = avg.runnableAvg * divider;
  const loadSum = avg.loadAvg * divider;
  avg.loadSum = se.weight < loadSum ? divide(loadSum, se.weight) : 1;
  addLoad(queue, se);
  queue.utilAvg += avg.utilAvg;
  queue.utilSum = u32(queue.utilSum + avg.utilSum);
  queue.runnableAvg += avg.runnableAvg;
  queue.runnableSum += avg.runnableSum;
  addPropagate(cfs, avg.loadSum);
}

/** detach_entity_load_avg() */
export function detachLoadAvg(cfs: CfsRq, se: SchedEntity): void {
  const queue = cfs.avg;
  const avg = se.avg;
  removeLoad(queue, se);
  queue.utilAvg = subPositive(queue.utilAvg, avg.utilAvg);
  queue.utilSum = atLeast(subPositive(queue.utilSum, avg.utilSum), queue.utilAvg);
  queue.runnableAvg = subPositive(queue.runnableAvg, avg.runnableAvg);
  queue.runnableSum = atLeast(subPositive(queue.runnableSum, avg.runnableSum), queue.runnableAvg);
  addPropagate(cfs, -avg.loadSum);
}

/** update_load_avg(): entity and queue brought to the queue's clock; attaches or detaches the entity. */
export function updateLoadAvg(cfs: CfsRq, se: SchedEntity, flags: number): void {
  const attached = se.avg.lastUpdateTime !== 0;
  if (attached) updateEntityAvg(cfs, se);
  let changed = updateQueueAvg(cfs);
  if (propagateEntity(se)) changed = true;
  if (!attached && (flags & DO_ATTACH) !== 0) attachLoadAvg(cfs, se);
  else if ((flags & DO_DETACH) !== 0) detachLoadAvg(cfs, se);
  else if (!changed || (flags & UPDATE_TG) === 0) return;
  updateTgLoadAvg(cfs);
}

/** sync_entity_load_avg(): a sleeping task catches up with its queue, without the queue's lock. */
export function syncLoadAvg(cfs: CfsRq, se: SchedEntity): void {
  peltNow[0] = cfs.avg.lastUpdateTime;
  updateBlockedEntity(se);
}

/**
 * set_task_rq(): the queue of its group on `cpu` is the one it will stand in. A task that takes averages along (one of another
 * class: a fair one has left its queue's before) ages up to where the queue that it leaves has come.
 */
export function setTaskRq(task: Task, cpu: number): void {
  const { se } = task;
  if (se.avg.lastUpdateTime === 0) {
    task.setQueue(cpu);
    return;
  }
  syncLoadAvg(se.cfsRq, se);
  task.setQueue(cpu);
  se.avg.lastUpdateTime = se.cfsRq.avg.lastUpdateTime;
}

/** remove_entity_load_avg(): a sleeping task leaves; the queue takes its averages off when it next looks. */
export function removeLoadAvg(cfs: CfsRq, se: SchedEntity): void {
  syncLoadAvg(cfs, se);
  cfs.removedNr++;
  cfs.removedUtilAvg += se.avg.utilAvg;
  cfs.removedLoadAvg += se.avg.loadAvg;
  cfs.removedRunnableAvg += se.avg.runnableAvg;
}

/**
 * migrate_se_pelt_lag(): the queue of an idle CPU has not been updated for a while; the sleeper that leaves it decays up
 * to the present, or it would seem busier on its new CPU than it was.
 */
export function catchUpIdleLag(machine: Machine, se: SchedEntity): void {
  const { avg, cfsRq } = se;
  const { rq } = cfsRq;
  if (avg.loadSum === 0 && avg.utilSum === 0 && avg.runnableSum === 0) return;
  if (rq.running !== rq.idle) return;
  const stood = cfsRq.throttledPeltIdle;
  if (stood === Number.POSITIVE_INFINITY) return;
  // The idle CPU's clocks (clock_idle, clock_pelt_idle) stand at its last update, so the estimate is: now.
  const queueLast = cfsRq.avg.lastUpdateTime;
  peltNow[0] = rq.clock - stood < queueLast ? queueLast : machine.clock - stood;
  updateBlockedEntity(se);
}

/** reweight_entity(): a new weight, with load average and queue following. What its queue's current one has run is accounted. */
export function reweightEntity(cfs: CfsRq, se: SchedEntity, load: number, inverse?: number): void {
  const queue = cfs.avg;
  if (cfs.entity === null) cfs.rq.snapshot.mark(cfs.rq.cpu);
  if (se.onRq) cfs.load += load - se.load;
  removeLoad(queue, se);
  se.setLoad(load, inverse);
  se.avg.loadAvg = divide(se.weight * se.avg.loadSum, peltDivider(se.avg));
  addLoad(queue, se);
}
