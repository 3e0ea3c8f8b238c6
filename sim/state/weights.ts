import { SCHED_IDLE } from "./task.ts";

/**
 * Load weights by nice value, -20 first (sched_prio_to_weight of Linux 6.1): one nice level is about 10 % of CPU time
 * against an equal competitor, a factor of 1.25 in weight. The numbers are the kernel's, rounded by hand there; the test
 * checks them against 1024 / 1.25^nice within the rounding.
 */
export const PRIO_TO_WEIGHT: readonly number[] = [
  88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904, 3906, 3121,
  2501, 1991, 1586, 1277, 1024, 820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23,
  18, 15,
];

/** Weight of a SCHED_IDLE task, whatever its nice value (WEIGHT_IDLEPRIO). */
export const IDLE_WEIGHT = 3;

/** Weight of nice 0, unscaled. */
export const NICE_0_WEIGHT = 1024;

/** The same scaled (scale_load()), as entities and queues have their load weights: shares of groups are no whole weights. */
export const NICE_0_LOAD = NICE_0_WEIGHT * 1024;

/**
 * 2^32 / weight by nice value (sched_prio_to_wmult of Linux 6.1). Not reproducible by one rounding rule, so the kernel's
 * numbers stand here; the test checks that each is within 1 of the true quotient.
 */
export const PRIO_TO_INVERSE: readonly number[] = [
  48388, 59856, 76040, 92818, 118348, 147320, 184698, 229616, 287308, 360437, 449829, 563644, 704093, 875809,
  1099582, 1376151, 1717300, 2157191, 2708050, 3363326, 4194304, 5237765, 6557202, 8165337, 10153587,
  12820798, 15790321, 19976592, 24970740, 31350126, 39045157, 49367440, 61356676, 76695844, 95443717,
  119304647, 148102320, 186737708, 238609294, 286331153,
];

/** WMULT_IDLEPRIO */
export const IDLE_INVERSE = 1431655765;

export function weightOf(nice: number, policy: number): number {
  return policy === SCHED_IDLE ? IDLE_WEIGHT : PRIO_TO_WEIGHT[nice + 20];
}

export function inverseOf(nice: number, policy: number): number {
  return policy === SCHED_IDLE ? IDLE_INVERSE : PRIO_TO_INVERSE[nice + 20];
}
