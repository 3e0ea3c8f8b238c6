import { divide, INV_POW2, mulShift32, u32 } from "../lib/arithmetic.ts";
import type { SchedAvg } from "../state/sched-avg.ts";
import { DECAY_INVERSE, LOAD_AVG_MAX, LOAD_AVG_PERIOD } from "./pelt-tables.ts";

/**
 * Per-entity load tracking: kernel/sched/pelt.c of Linux 6.1, bit for bit.
 *
 * Time is cut into periods of 1024 us (us here are 1024 ns). u_i being the share of period i in which an entity was
 * runnable (or running), its sum is u_0 + u_1 y + u_2 y^2 + ..., with y^32 = 1/2. A step that ends p periods multiplies
 * the old sum by y^p and adds d1 y^p + 1024 (y + ... + y^(p-1)) + d3: the rest of the first period, the full ones, the
 * beginning of the current one.
 */

const INVERSE_HIGH = Float64Array.from(DECAY_INVERSE, (x) => Math.floor(x / 65536));
const INVERSE_LOW = Float64Array.from(DECAY_INVERSE, (x) => x % 65536);

/** LOAD_AVG_MAX * y: what the sums of an always running entity are at the start of a period. */
export const PELT_MIN_DIVIDER = LOAD_AVG_MAX - 1024;

/** get_pelt_divider(): the largest sum possible at this point of the period. */
export function peltDivider(avg: SchedAvg): number {
  return PELT_MIN_DIVIDER + avg.periodContrib;
}

/** decay_load(): value * y^periods. */
export function decayLoad(value: number, periods: number): number {
  if (value === 0 || periods > LOAD_AVG_PERIOD * 63) return 0;
  let rest = periods;
  let halved = value;
  if (rest >= LOAD_AVG_PERIOD) {
    halved = Math.floor(value * INV_POW2[rest >> 5]);
    rest &= 31;
  }
  return mulShift32(halved, INVERSE_HIGH[rest], INVERSE_LOW[rest]);
}

/**
 * The clock up to which advanceSums() goes, ns. Not a parameter: V8 would allocate a box for a double handed to a function
 * that it does not inline, several times per scheduler event.
 */
export const peltNow = new Float64Array(1);

/**
 * ___update_load_sum() and accumulate_sum(): brings the sums to peltNow[0], during which time the entity had `load`,
 * `runnable` and `running` (0 or 1) constantly. Returns true when a period ended, so that the averages are due.
 */
export function advanceSums(avg: SchedAvg, load: number, runnable: number, running: number): boolean {
  const now = peltNow[0];
  const elapsed = now - avg.lastUpdateTime;
  if (elapsed < 1024) {
    if (elapsed < 0) avg.lastUpdateTime = now;
    return false;
  }
  const delta = Math.floor(elapsed / 1024);
  avg.lastUpdateTime += delta * 1024;

  const first = avg.periodContrib;
  const total = delta + first;
  if (total < 1024) {
    avg.periodContrib = total;
    if (load !== 0) {
      avg.loadSum += load * delta;
      if (runnable !== 0) avg.runnableSum += runnable * delta * 1024;
      if (running !== 0) avg.utilSum = u32(avg.utilSum + delta * 1024);
    }
    return false;
  }

  const periods = Math.floor(total / 1024);
  const last = total - periods * 1024;
  avg.loadSum = decayLoad(avg.loadSum, periods);
  avg.runnableSum = decayLoad(avg.runnableSum, periods);
  avg.utilSum = decayLoad(avg.utilSum, periods);
  avg.periodContrib = last;
  if (load !== 0) {
    // d1 y^p + 1024 (y + ... + y^(p-1)) + d3; the middle as LOAD_AVG_MAX - LOAD_AVG_MAX y^p - 1024
    const contribution =
      decayLoad(1024 - first, periods) + (LOAD_AVG_MAX - decayLoad(LOAD_AVG_MAX, periods) - 1024) + last;
    avg.loadSum += load * contribution;
    if (runnable !== 0) avg.runnableSum += runnable * contribution * 1024;
    if (running !== 0) avg.utilSum = u32(avg.utilSum + contribution * 1024);
  }
  return true;
}

/** ___update_load_avg(): the averages from the sums. `weight` is a task's unscaled weight, 1 for a queue. */
export function updateLoadAverages(avg: SchedAvg, weight: number): void {
  const divider = peltDivider(avg);
  avg.loadAvg = divide(weight * avg.loadSum, divider);
  avg.runnableAvg = divide(avg.runnableSum, divider);
  avg.utilAvg = divide(avg.utilSum, divider);
}

/**
 * A sum must not fall below what its average needs at the start of a period. The kernel compares as u32
 * (max_t(u32, ...)), which also cuts a load_sum of 2^32 and more; so does this.
 */
export function atLeast(sum: number, average: number): number {
  const a = u32(sum);
  const b = u32(average * PELT_MIN_DIVIDER);
  return Math.max(a, b);
}
