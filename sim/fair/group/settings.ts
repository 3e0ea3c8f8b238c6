import { UPDATE_TG, updateLoadAvg } from "../../pelt/load-avg.ts";
import { updateRqClock } from "../../sched/resched.ts";
import type { SchedEntity } from "../../state/entity.ts";
import type { Machine } from "../../state/machine.ts";
import { noteOccupancy } from "../../state/occupancy.ts";
import type { TaskGroup } from "../../state/task-group.ts";
import { IDLE_WEIGHT, NICE_0_LOAD } from "../../state/weights.ts";
import { refill, startPeriods } from "./runtime.ts";
import { updateCfsGroup } from "./shares.ts";
import { unthrottleQueue } from "./throttle.ts";

/** What can be set of a group. */

/** MIN_SHARES and MAX_SHARES, scaled */
const LEAST_SHARES = 2 * 1024;
const MOST_SHARES = 2 ** 18 * 1024;

/** Bounds of quota and period (min_cfs_quota_period, max_cfs_quota_period, max_cfs_runtime), ns. */
export const MIN_QUOTA = 1_000_000;
export const MAX_PERIOD = 1_000_000_000;
export const MAX_RUNTIME = (2 ** 44 - 1) * 1000;

/** sched_group_set_shares(): false for an idle group. `shares` are scaled. */
export function setShares(machine: Machine, group: TaskGroup, shares: number): boolean {
  if (group.idle) return false;
  changeShares(machine, group, shares);
  return true;
}

/** __sched_group_set_shares() */
function changeShares(machine: Machine, group: TaskGroup, wanted: number): void {
  const shares = Math.min(Math.max(wanted, LEAST_SHARES), MOST_SHARES);
  if (group.shares === shares) return;
  group.shares = shares;
  for (const rq of machine.cpus) {
    updateRqClock(machine, rq);
    for (let se: SchedEntity | null = group.entities[rq.cpu]; se !== null; se = se.parent) {
      updateLoadAvg(se.cfsRq, se, UPDATE_TG);
      updateCfsGroup(machine, se);
    }
  }
}

/** sched_group_set_idle() */
export function setIdle(machine: Machine, group: TaskGroup, idle: boolean): void {
  if (group.idle === idle) return;
  group.idle = idle;
  for (const rq of machine.cpus) {
    const cfs = group.queues[rq.cpu];
    const entity = group.entities[rq.cpu];
    cfs.idle = idle;
    if (entity.onRq) entity.cfsRq.idleNrRunning += idle ? 1 : -1;
    const others = cfs.hNrRunning - cfs.idleHNrRunning;
    for (let se: SchedEntity | null = entity; se?.onRq; se = se.parent) {
      const above = se.cfsRq;
      above.idleHNrRunning += idle ? others : -others;
      if (above.idle) break; // counts as idle further up anyway
    }
    noteOccupancy(rq);
  }
  changeShares(machine, group, idle ? IDLE_WEIGHT * 1024 : NICE_0_LOAD);
}

/**
 * tg_set_cfs_bandwidth(), all in ns; quota Infinity: none. False where the kernel refuses. As in cgroup v2 a quota may be
 * larger than the parent's.
 */
export function setBandwidth(
  machine: Machine,
  group: TaskGroup,
  period: number,
  quota: number,
  burst: number,
): boolean {
  const enabled = quota !== Number.POSITIVE_INFINITY;
  if (quota < MIN_QUOTA || period < MIN_QUOTA || period > MAX_PERIOD) return false;
  if (enabled && (burst > quota || burst + quota > MAX_RUNTIME)) return false;
  const pool = group.bandwidth!;
  pool.period = period;
  pool.quota = quota;
  pool.burst = burst;
  refill(pool);
  if (enabled) startPeriods(machine, pool);
  for (const cfs of group.queues) {
    cfs.runtimeEnabled = enabled;
    cfs.runtimeRemaining = 0;
    if (cfs.throttled) unthrottleQueue(machine, cfs);
  }
  return true;
}
