/** What /proc/schedstat counts about load balancing, summed over CPUs and domain levels. */
export interface BalanceCounts {
  /** Tasks that load_balance() took, active balance aside (lb_gained, all idle types). */
  gained: number;
  /** Of these, cache-hot ones: forced migrations carried out (lb_hot_gained). */
  hotGained: number;
  /** Tasks pushed by active balance (alb_pushed). */
  pushed: number;
}

/** Version 15, Linux 6.1: after the CPU mask come eight counters for each of three idle types, then three for alb. */
const PER_IDLE_TYPE = 8;
const GAINED = 4;
const HOT_GAINED = 5;

/**
 * Reads the balance counters. Documentation/scheduler/sched-stats.rst, version 15; undefined for other versions.
 *
 * `lb_gained` counts what detach_tasks() took and what active balance took: detach_one_task() adds to it as well.
 */
export function balanceCounts(schedstat: string): BalanceCounts | undefined {
  if (!/^version 15$/m.test(schedstat)) return undefined;
  const sum: BalanceCounts = { gained: 0, hotGained: 0, pushed: 0 };
  for (const line of schedstat.split("\n")) {
    if (!line.startsWith("domain")) continue;
    const numbers = line.split(" ").slice(2).map(Number);
    for (let type = 0; type < 3; type++) {
      sum.gained += numbers[type * PER_IDLE_TYPE + GAINED];
      sum.hotGained += numbers[type * PER_IDLE_TYPE + HOT_GAINED];
    }
    sum.pushed += numbers[3 * PER_IDLE_TYPE + 2];
  }
  sum.gained -= sum.pushed;
  return sum;
}

/** What was counted between two readings; undefined when the version is not known. */
export function balanceBetween(before: string, after: string): BalanceCounts | undefined {
  const a = balanceCounts(before);
  const b = balanceCounts(after);
  if (!a || !b) return undefined;
  return { gained: b.gained - a.gained, hotGained: b.hotGained - a.hotGained, pushed: b.pushed - a.pushed };
}
