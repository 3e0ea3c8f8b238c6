import { divide, scaleLoadDown, u32 } from "../lib/arithmetic.ts";
import type { CfsRq } from "../state/cfs-rq.ts";
import type { SchedEntity } from "../state/entity.ts";
import { atLeast, peltDivider } from "./pelt.ts";

/**
 * What comes to or leaves a group's queue, handed on to the entity above it and so to the queue above: the three
 * update_tg_cfs_*() of Linux 6.1. In pure time the entity's averages are those of its queue; its load is the time times
 * its weight, which is not to be had from the queue's, where each task brings its own weight.
 */

/** add_tg_cfs_propagate(); nobody asks the root queue for the sum. */
export function addPropagate(cfs: CfsRq, runnableSum: number): void {
  cfs.propagate = true;
  if (cfs.entity !== null) cfs.propRunnableSum += runnableSum;
}

/** propagate_entity_load_avg(): true when there was something. */
export function propagateEntity(se: SchedEntity): boolean {
  return se.myQ !== null && propagateQueue(se, se.myQ);
}

function propagateQueue(se: SchedEntity, queue: CfsRq): boolean {
  if (!queue.propagate) return false;
  queue.propagate = false;
  const above = se.cfsRq;
  addPropagate(above, queue.propRunnableSum);
  propagateUtil(above, se, queue);
  propagateRunnable(above, se, queue);
  propagateLoad(above, se, queue);
  return true;
}

/** skip_blocked_update(): there is nothing to decay or to hand on. */
export function isSettled({ avg, myQ }: SchedEntity): boolean {
  return avg.loadAvg === 0 && avg.utilAvg === 0 && !myQ!.propagate;
}

/** update_tg_load_avg(): tells the group of its queue's load, where that has changed by more than 1/64. */
export function updateTgLoadAvg(cfs: CfsRq): void {
  if (cfs.entity !== null) tellGroup(cfs);
}

function tellGroup(cfs: CfsRq): void {
  const delta = cfs.avg.loadAvg - cfs.tgLoadAvgContrib;
  if (Math.abs(delta) <= Math.floor(cfs.tgLoadAvgContrib / 64)) return;
  cfs.tg.loadAvg += delta;
  cfs.tgLoadAvgContrib = cfs.avg.loadAvg;
}

/** update_tg_cfs_util() */
function propagateUtil(above: CfsRq, { avg }: SchedEntity, queue: CfsRq): void {
  const delta = queue.avg.utilAvg - avg.utilAvg;
  if (delta === 0) return;
  const sum = u32(queue.avg.utilAvg * peltDivider(above.avg));
  const deltaSum = sum - avg.utilSum;
  avg.utilAvg = queue.avg.utilAvg;
  avg.utilSum = sum;
  const to = above.avg;
  to.utilAvg = addPositive(to.utilAvg, delta);
  to.utilSum = u32(addPositive(to.utilSum, deltaSum));
  to.utilSum = atLeast(to.utilSum, to.utilAvg);
}

/** update_tg_cfs_runnable() */
function propagateRunnable(above: CfsRq, { avg }: SchedEntity, queue: CfsRq): void {
  const delta = queue.avg.runnableAvg - avg.runnableAvg;
  if (delta === 0) return;
  const sum = queue.avg.runnableAvg * peltDivider(above.avg);
  const deltaSum = sum - avg.runnableSum;
  avg.runnableAvg = queue.avg.runnableAvg;
  avg.runnableSum = sum;
  const to = above.avg;
  to.runnableAvg = addPositive(to.runnableAvg, delta);
  to.runnableSum = atLeast(addPositive(to.runnableSum, deltaSum), to.runnableAvg);
}

/** update_tg_cfs_load() */
function propagateLoad(above: CfsRq, se: SchedEntity, queue: CfsRq): void {
  const { avg, weight } = se;
  const change = queue.propRunnableSum;
  if (change === 0) return;
  queue.propRunnableSum = 0;
  const divider = peltDivider(above.avg);
  let runnable: number;
  if (change > 0) {
    // added time overlaps as little as possible with what there is, up to all of it
    runnable = Math.min(change + avg.loadSum, divider);
  } else {
    // what is left is taken as equally runnable, and no more than there was
    const queueWeight = scaleLoadDown(queue.load);
    runnable = queueWeight === 0 ? 0 : Math.min(avg.loadSum, divide(queue.avg.loadSum, queueWeight));
  }
  runnable = Math.max(runnable, Math.floor(avg.utilSum / 1024)); // what runs is runnable
  const loadSum = weight * runnable;
  const loadAvg = divide(loadSum, divider);
  const delta = loadAvg - avg.loadAvg;
  if (delta === 0) return;
  const deltaSum = loadSum - weight * avg.loadSum;
  avg.loadSum = runnable;
  avg.loadAvg = loadAvg;
  const to = above.avg;
  to.loadAvg = addPositive(to.loadAvg, delta);
  to.loadSum = atLeast(addPositive(to.loadSum, deltaSum), to.loadAvg);
}

/** add_positive(): a + b, or 0 where that would be negative. */
function addPositive(a: number, b: number): number {
  return Math.max(a + b, 0);
}
