import { BALANCE_KINDS, parseSchedstat } from "../../traces/schedstat.ts";

/** What /proc/schedstat counts about load balancing, summed over CPUs and domain levels. */
export interface BalanceCounts {
  /** Tasks that load_balance() took, active balance aside (lb_gained, all idle types). */
  gained: number;
  /** Of these, cache-hot ones: forced migrations carried out (lb_hot_gained). */
  hotGained: number;
  /** Tasks pushed by active balance (alb_pushed). */
  pushed: number;
}

/**
 * The sums of a reading; undefined for versions of the file that are not known. `lb_gained` counts what detach_tasks() took and what
 * active balance took: detach_one_task() adds to it as well.
 */
export function balanceCounts(schedstat: string): BalanceCounts | undefined {
  const read = parseSchedstat(schedstat);
  if (!read) return undefined;
  const sum: BalanceCounts = { gained: 0, hotGained: 0, pushed: 0 };
  for (const { passes, pushed } of read.domains) {
    for (const kind of BALANCE_KINDS) {
      sum.gained += passes[kind].gained;
      sum.hotGained += passes[kind].hotGained;
    }
    sum.gained -= pushed;
    sum.pushed += pushed;
  }
  return sum;
}

/** What was counted between two readings; undefined when the version is not known. */
export function balanceBetween(before: string, after: string): BalanceCounts | undefined {
  const a = balanceCounts(before);
  const b = balanceCounts(after);
  if (!a || !b) return undefined;
  return { gained: b.gained - a.gained, hotGained: b.hotGained - a.hotGained, pushed: b.pushed - a.pushed };
}
