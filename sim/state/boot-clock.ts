/**
 * sched_clock() at the start, ns: a machine has been up for a while when something begins on it, and the kernel uses 0
 * as "never" in exec_start, idle_stamp and last_update_time. A multiple of 2^20, so that load tracking periods start
 * with the run.
 */
export const BOOT_CLOCK = 2 ** 40;
