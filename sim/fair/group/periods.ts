import { CfsBandwidth } from "../../state/cfs-bandwidth.ts";
import { CoreTimer } from "../../state/core-timers.ts";
import type { Machine } from "../../state/machine.ts";
import { NEAR_REFRESH, refill, refreshWithin, SLICE } from "./runtime.ts";
import { distribute } from "./throttle.ts";

/** A group's pool of run time and its two timers: a new quota each period, returned run time between. */

/** init_cfs_bandwidth() */
export function newBandwidth(): CfsBandwidth {
  const pool: CfsBandwidth = new CfsBandwidth(
    new CoreTimer((machine) => periodTimer(machine, pool)),
    new CoreTimer((machine) => slackTimer(machine, pool)),
  );
  return pool;
}

/** sched_cfs_period_timer(). The kernel's way out for periods shorter than their own handling is never needed. */
function periodTimer(machine: Machine, pool: CfsBandwidth): boolean {
  pool.refreshing = true;
  const periods = pool.periodTimer.forward(machine.clock, pool.period);
  const goesOn = newPeriod(machine, pool, periods);
  pool.refreshing = false;
  pool.periodActive = goesOn;
  return goesOn;
}

/** do_sched_cfs_period_timer(): false where nobody has drawn from the pool for a period. */
function newPeriod(machine: Machine, pool: CfsBandwidth, periods: number): boolean {
  if (pool.quota === Number.POSITIVE_INFINITY) return false;
  const throttled = pool.throttledQueues.length > 0;
  pool.nrPeriods += periods;
  refill(pool);
  if (!throttled) {
    if (pool.idle) return false;
    pool.idle = true;
    return true;
  }
  pool.nrThrottled += periods;
  while (pool.throttledQueues.length > 0 && pool.runtime > 0) distribute(machine, pool);
  pool.idle = false;
  return true;
}

/** do_sched_cfs_slack_timer() */
function slackTimer(machine: Machine, pool: CfsBandwidth): boolean {
  pool.slackStarted = false;
  if (
    !refreshWithin(machine, pool, NEAR_REFRESH) &&
    pool.quota !== Number.POSITIVE_INFINITY &&
    pool.runtime > SLICE
  )
    distribute(machine, pool);
  return false;
}
