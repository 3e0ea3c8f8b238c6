import type { Metric } from "./metrics.ts";

/** Equal parts of its time into which a recording is cut that has no second one to differ from. Fixed before anything was compared with it. */
export const BLOCKS = 10;

/** Which block of so long a time that moment is in. */
export const blockOf = (time: number, lengthNs: number): number =>
  Math.max(0, Math.min(BLOCKS - 1, Math.floor((time * BLOCKS) / lengthNs)));

/**
 * The standard error of a value that was computed anew without each of k blocks in turn, by the jackknife: sqrt((k - 1) / k * sum of squared distances from
 * their mean). Of a mean over equal blocks it is the standard deviation between blocks divided by sqrt(k). (Efron and Stein, The Jackknife Estimate of Variance,
 * Annals of Statistics 9, 1981.)
 */
export function jackknifeError(without: readonly number[]): number {
  const k = without.length;
  const mean = without.reduce((sum, x) => sum + x, 0) / k;
  return Math.sqrt(((k - 1) / k) * without.reduce((sum, x) => sum + (x - mean) ** 2, 0));
}

/** The metrics of a run with their standard errors. `of` computes them, all in the same order, of the whole run or without one of its blocks. */
export function withErrors(of: (without?: number) => readonly Metric[]): Metric[] {
  const parts = Array.from({ length: BLOCKS }, (_, block) => of(block));
  return of().map((metric, i) => ({
    ...metric,
    error: jackknifeError(parts.map((part) => part[i]!.value)),
  }));
}
