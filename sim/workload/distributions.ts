import type { TaskRandom } from "./task-random.ts";

/** Draws one duration (integer ns) or size (integer bytes). */
export type Distribution = (random: TaskRandom) => number;

/** Always the same. */
export const constant =
  (value: number): Distribution =>
  () =>
    value;

/** Uniform integers low..high. */
export const uniform =
  (low: number, high: number): Distribution =>
  (random) =>
    low + Math.floor(random.unit() * (high - low + 1));

/** Exponential with the given mean, cut at 20 means so that one draw never dominates a run. */
export const exponential =
  (mean: number): Distribution =>
  (random) =>
    Math.min(20 * mean, Math.floor(-naturalLog(random.unit()) * mean));

/** `mean` with a relative spread: uniform in mean x (1000 - permille .. 1000 + permille) / 1000. */
export const spread = (mean: number, permille: number): Distribution =>
  uniform(Math.floor((mean * (1000 - permille)) / 1000), Math.floor((mean * (1000 + permille)) / 1000));

/** Pareto with shape 2 (heavy tail), smallest value `least`, cut at `most`. */
export const heavyTail =
  (least: number, most: number): Distribution =>
  (random) =>
    Math.min(most, Math.floor(least / Math.sqrt(random.unit())));

/**
 * ln(x) for 0 < x <= 1 from +, -, x and / alone, so that every machine draws the same bits (the precision of Math.log
 * is left to the engine by ECMAScript). x = m 2^-k with m in (1/√2, √2]; ln m = 2 artanh((m - 1) / (m + 1)), whose
 * series in z^2 < 0.0295 is below 1e-17 after 11 terms.
 */
export function naturalLog(x: number): number {
  let m = x;
  let k = 0;
  while (m <= Math.SQRT1_2) {
    m *= 2;
    k++;
  }
  const z = (m - 1) / (m + 1);
  let sum = 0;
  const square = z * z;
  for (let i = 0; i < INVERSE_ODD.length; i++) sum = sum * square + INVERSE_ODD[i];
  return 2 * z * sum - k * LN2;
}

/** 1/21, 1/19 … 1: coefficients of artanh from the smallest on. */
const INVERSE_ODD = Float64Array.from({ length: 11 }, (_, i) => 1 / (21 - 2 * i));

const LN2 = Math.LN2;
