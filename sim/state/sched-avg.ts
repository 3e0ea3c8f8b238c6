import { D0 } from "../lib/arithmetic.ts";

/**
 * Load tracking state of a task or of a queue (struct sched_avg, Linux 6.1).
 *
 * Invariants:
 *  L1. `*Avg` are the sums divided by the divider of the time of their last computation; they change only when a period
 *      of 1024 us ends.
 *  L2. A queue's averages are the sums of the averages of all tasks attached to it, runnable or asleep.
 *  L3. lastUpdateTime 0 of a task means: not attached to any queue.
 */
export class SchedAvg {
  /** ns on the queue's clock, in steps of 1024; 0 = not attached (L3). */
  lastUpdateTime = D0;
  /** Task: time runnable, us decayed. Queue: the same weighted by the tasks' weights. */
  loadSum = D0;
  /** Time runnable (queue: times the number of tasks) x 1024. */
  runnableSum = D0;
  /** Time running x 1024. u32 in the kernel. */
  utilSum = 0;
  /** Part of the current period already in the sums, us, 0..1023. */
  periodContrib = 0;
  loadAvg = 0;
  runnableAvg = 0;
  utilAvg = 0;
  /** util_est.enqueued without its flag. Queue: sum over the runnable tasks. */
  utilEstEnqueued = 0;
  utilEstEwma = 0;
  /** UTIL_AVG_UNCHANGED, bit 31 of util_est.enqueued: utilAvg has not changed since the last estimate. */
  utilEstUnchanged = false;
}
