import { addLeaf, isDecayed, removeLeaf } from "../../pelt/leaf-list.ts";
import { UPDATE_TG, updateLoadAvg } from "../../pelt/load-avg.ts";
import { addNrRunning, reschedCurr, subNrRunning, updateRqClock } from "../../sched/resched.ts";
import type { CfsBandwidth } from "../../state/cfs-bandwidth.ts";
import type { CfsRq } from "../../state/cfs-rq.ts";
import type { SchedEntity } from "../../state/entity.ts";
import type { Machine } from "../../state/machine.ts";
import type { Rq } from "../../state/rq.ts";
import { DEQUEUE_SLEEP, ENQUEUE_WAKEUP } from "../../state/sched-class.ts";
import type { TaskGroup } from "../../state/task-group.ts";
import { dequeueEntity, enqueueEntity, updateRunnable } from "../entity.ts";
import { assignRuntime } from "./runtime.ts";

/** Queues without run time, off the queues above them and back: throttle_cfs_rq(), unthrottle_cfs_rq() of Linux 6.1. */

/** throttle_cfs_rq(): false where run time has come meanwhile. */
export function throttleQueue(machine: Machine, cfs: CfsRq): boolean {
  if (assignRuntime(machine, cfs, 1)) return false;
  const { rq, tg } = cfs;
  tg.bandwidth!.throttledQueues.push(cfs);
  stopClocks(tg, rq);
  if (takeOff(machine, cfs)) subNrRunning(rq, cfs.hNrRunning);
  cfs.throttled = true;
  cfs.throttledClock = rq.clock;
  machine.listener.onThrottle?.(tg.id, rq.cpu, true);
  return true;
}

/**
 * Takes the entities that have nothing else in them out of their queues, and the tasks off the counts above; true when it got to
 * the root, so that the CPU has lost the tasks: no queue on the way was throttled already.
 */
function takeOff(machine: Machine, cfs: CfsRq): boolean {
  const tasks = cfs.hNrRunning;
  let idleTasks = cfs.idleHNrRunning;
  let dequeue = true;
  for (let se = cfs.entity; se !== null; se = se.parent) {
    const above = se.cfsRq;
    if (!se.onRq) return false;
    if (dequeue) {
      dequeueEntity(machine, above, se, DEQUEUE_SLEEP);
    } else {
      updateLoadAvg(above, se, 0);
      updateRunnable(se);
    }
    if (se.myQ!.idle) idleTasks = tasks;
    above.hNrRunning -= tasks;
    above.idleHNrRunning -= idleTasks;
    if (above.load !== 0) dequeue = false;
  }
  return true;
}

/** unthrottle_cfs_rq() */
export function unthrottleQueue(machine: Machine, cfs: CfsRq): void {
  const { rq, tg } = cfs;
  const pool = tg.bandwidth!;
  cfs.throttled = false;
  updateRqClock(machine, rq);
  pool.throttledTime += rq.clock - cfs.throttledClock;
  pool.throttledQueues.splice(pool.throttledQueues.indexOf(cfs), 1);
  startClocks(tg, rq);
  machine.listener.onThrottle?.(tg.id, rq.cpu, false);
  if (cfs.load !== 0) {
    if (putBack(machine, cfs)) addNrRunning(machine, rq, cfs.hNrRunning);
  } else {
    // nothing to run; where there is something to decay, its way up must be on the list
    if (!cfs.onLeafList) return;
    for (let se = cfs.entity; se !== null && !addLeaf(se.cfsRq); se = se.parent);
  }
  if (rq.running === rq.idle && rq.cfs.nrRunning > 0) reschedCurr(machine, rq);
}

/** The reverse of takeOff(). */
function putBack(machine: Machine, cfs: CfsRq): boolean {
  const tasks = cfs.hNrRunning;
  let idleTasks = cfs.idleHNrRunning;
  let enqueue = true;
  for (let se: SchedEntity | null = cfs.entity; se !== null; se = se.parent) {
    const above = se.cfsRq;
    if (se.onRq) enqueue = false;
    if (enqueue) {
      enqueueEntity(machine, above, se, ENQUEUE_WAKEUP);
    } else {
      updateLoadAvg(above, se, UPDATE_TG);
      updateRunnable(se);
    }
    if (se.myQ!.idle) idleTasks = tasks;
    above.hNrRunning += tasks;
    above.idleHNrRunning += idleTasks;
    if (above.throttled) return false;
  }
  return true;
}

/** distribute_cfs_runtime(): from the pool to throttled queues, first come first served, until it is empty. */
export function distribute(machine: Machine, pool: CfsBandwidth): void {
  for (const cfs of [...pool.throttledQueues]) {
    if (!cfs.throttled) continue;
    const runtime = Math.min(1 - cfs.runtimeRemaining, pool.runtime);
    pool.runtime -= runtime;
    const empty = pool.runtime === 0;
    cfs.runtimeRemaining += runtime;
    if (cfs.runtimeRemaining > 0) unthrottleQueue(machine, cfs);
    if (empty) return;
  }
}

/** tg_throttle_down(), for the group and all below it. */
function stopClocks(tg: TaskGroup, rq: Rq): void {
  const cfs = tg.queues[rq.cpu];
  if (cfs.throttleCount === 0) {
    cfs.throttledClockPelt = rq.clock;
    removeLeaf(cfs);
  }
  cfs.throttleCount++;
  for (const child of tg.children) stopClocks(child, rq);
}

/** tg_unthrottle_up(), for all below the group, then the group. */
function startClocks(tg: TaskGroup, rq: Rq): void {
  for (const child of tg.children) startClocks(child, rq);
  const cfs = tg.queues[rq.cpu];
  if (--cfs.throttleCount > 0) return;
  cfs.throttledClockPeltTime += rq.clock - cfs.throttledClockPelt;
  if (!isDecayed(cfs)) addLeaf(cfs);
}
