import { D0 } from "../lib/arithmetic.ts";
import type { CfsRq } from "./cfs-rq.ts";
import type { CoreTimer } from "./core-timers.ts";

/** Default period of a quota, ns (default_cfs_period()). */
export const DEFAULT_PERIOD = 100_000_000;

/**
 * How much a group may run (struct cfs_bandwidth of Linux 6.1): in each `period` of time its queues together get `quota` of
 * run time from a common pool, which they draw in slices. All times in ns.
 *
 * Invariants:
 *  W1. `throttledQueues` holds the queues that have run out and are throttled, in the order in which they were.
 *  W2. Without a quota (Infinity) no queue of the group has `runtimeEnabled`, and none is throttled by it.
 *  W3. The period timer is armed exactly while `periodActive`, its callback apart.
 */
export class CfsBandwidth {
  quota = Number.POSITIVE_INFINITY;
  period = DEFAULT_PERIOD;
  /** What may be saved up of unused quota. */
  burst = D0;
  /** What is left in the pool, and what was there when it was last filled. */
  runtime = D0;
  runtimeSnap = D0;
  /** Nobody has drawn from the pool in this period. */
  idle = false;
  periodActive = false;
  slackStarted = false;
  /** The callback of the period timer is under way. */
  refreshing = false;
  readonly throttledQueues: CfsRq[] = [];
  readonly periodTimer: CoreTimer;
  readonly slackTimer: CoreTimer;
  // cpu.stat
  nrPeriods = 0;
  nrThrottled = 0;
  throttledTime = D0;
  nrBurst = 0;
  burstTime = D0;

  constructor(periodTimer: CoreTimer, slackTimer: CoreTimer) {
    this.periodTimer = periodTimer;
    this.slackTimer = slackTimer;
  }
}
