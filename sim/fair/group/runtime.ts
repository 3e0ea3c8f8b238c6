import { reschedCurr } from "../../sched/resched.ts";
import type { CfsBandwidth } from "../../state/cfs-bandwidth.ts";
import type { CfsRq } from "../../state/cfs-rq.ts";
import type { CoreTimer } from "../../state/core-timers.ts";
import type { Machine } from "../../state/machine.ts";
import { idleCpu } from "../../state/occupancy.ts";

/** Run time of groups with a quota: from the pool to a queue in slices, and what is left back to the pool. */

/** sysctl_sched_cfs_bandwidth_slice, ns */
export const SLICE = 5_000_000;
/** min_cfs_rq_runtime: what an idle queue keeps. */
const KEPT_RUNTIME = 1_000_000;
/** cfs_bandwidth_slack_period: how long returned run time is gathered. */
const SLACK_PERIOD = 5_000_000;
/** min_bandwidth_expiration: nearer to the end of the period handing out run time is not worth while. */
export const NEAR_REFRESH = 2_000_000;

/** __refill_cfs_bandwidth_runtime() */
export function refill(pool: CfsBandwidth): void {
  if (pool.quota === Number.POSITIVE_INFINITY) return;
  pool.runtime += pool.quota;
  const burst = pool.runtimeSnap - pool.runtime;
  if (burst > 0) {
    pool.burstTime += burst;
    pool.nrBurst++;
  }
  pool.runtime = Math.min(pool.runtime, pool.quota + pool.burst);
  pool.runtimeSnap = pool.runtime;
}

/** start_cfs_bandwidth(): the first period ends where one would have that had never stopped. */
export function startPeriods(machine: Machine, pool: CfsBandwidth): void {
  if (pool.periodActive) return;
  pool.periodActive = true;
  pool.periodTimer.forward(machine.clock, pool.period);
  machine.timers.start(pool.periodTimer, machine.thisCpu);
}

/** __assign_cfs_rq_runtime(): up to `target` of it; false: none was to be had. */
export function assignRuntime(machine: Machine, cfs: CfsRq, target: number): boolean {
  const pool = cfs.tg.bandwidth!;
  const wanted = target - cfs.runtimeRemaining;
  let amount = wanted;
  if (pool.quota !== Number.POSITIVE_INFINITY) {
    startPeriods(machine, pool);
    amount = 0;
    if (pool.runtime > 0) {
      amount = Math.min(pool.runtime, wanted);
      pool.runtime -= amount;
      pool.idle = false;
    }
  }
  cfs.runtimeRemaining += amount;
  return cfs.runtimeRemaining > 0;
}

/** account_cfs_rq_runtime(): `delta` has been run; where no more is to be had, what runs there gives way and is throttled. */
export function accountRuntime(machine: Machine, cfs: CfsRq, delta: number): void {
  if (!cfs.runtimeEnabled) return;
  cfs.runtimeRemaining -= delta;
  if (cfs.runtimeRemaining > 0 || cfs.throttled) return;
  if (!assignRuntime(machine, cfs, SLICE) && cfs.curr !== null) reschedCurr(machine, cfs.rq);
}

/** return_cfs_rq_runtime(): the queue is empty. */
export function returnRuntime(machine: Machine, cfs: CfsRq): void {
  if (!cfs.runtimeEnabled || cfs.nrRunning !== 0) return;
  const slack = cfs.runtimeRemaining - KEPT_RUNTIME;
  if (slack <= 0) return;
  const pool = cfs.tg.bandwidth!;
  if (pool.quota !== Number.POSITIVE_INFINITY) {
    pool.runtime += slack;
    if (pool.runtime > SLICE && pool.throttledQueues.length > 0) startSlack(machine, pool);
  }
  cfs.runtimeRemaining -= slack;
}

/** runtime_refresh_within() */
export function refreshWithin(
  { clock }: Machine,
  { refreshing, periodTimer }: CfsBandwidth,
  ns: number,
): boolean {
  return refreshing || periodTimer.expires - clock < ns;
}

/** start_cfs_slack_bandwidth() */
function startSlack(machine: Machine, pool: CfsBandwidth): void {
  if (refreshWithin(machine, pool, SLACK_PERIOD + NEAR_REFRESH) || pool.slackStarted) return;
  pool.slackStarted = true;
  const timer: CoreTimer = pool.slackTimer;
  timer.expires = machine.clock + SLACK_PERIOD;
  machine.timers.start(timer, slackCpu(machine));
}

/** get_nohz_timer_target(): a timer that is not pinned does not go to an idle CPU, where ticks stop. */
function slackCpu({ thisCpu, cpus, tunables }: Machine): number {
  if (thisCpu < 0 || !tunables.nohz || !idleCpu(cpus[thisCpu])) return thisCpu;
  for (let sd = cpus[thisCpu].sd; sd !== null; sd = sd.parent)
    for (let cpu = sd.span.first(); cpu >= 0; cpu = sd.span.next(cpu + 1))
      if (cpu !== thisCpu && !idleCpu(cpus[cpu])) return cpu;
  return thisCpu;
}
