/**
 * Statistics of paired differences. No distribution is assumed: the test flips signs, the interval resamples.
 *
 * Sources: sign-flip test: R. A. Fisher, The Design of Experiments, 1935, section 21; percentile bootstrap: Efron & Tibshirani, An
 * Introduction to the Bootstrap, 1993, chapter 13; several tests: S. Holm, Scandinavian Journal of Statistics 6, 1979.
 */

/** Up to this many pairs all sign flips are counted, beyond it `FLIPS` random ones. */
const EXACT = 12;
const FLIPS = 10_000;

/**
 * The chance, were it a matter of luck which of a pair is which, of a mean at least as far from 0: two-sided p.
 * @param differences One per pair.
 */
export function signFlipP(differences: readonly number[], random: () => number): number {
  const there = differences.filter((d) => d !== 0);
  const n = there.length;
  if (n === 0) return 1;
  const size = there.reduce((sum, d) => sum + Math.abs(d), 0);
  const seen = Math.abs(there.reduce((sum, d) => sum + d, 0));
  const isAsFar = (sum: number) => Math.abs(sum) >= seen - 1e-12 * size;
  if (n <= EXACT) {
    let far = 0;
    for (let signs = 0; signs < 2 ** n; signs++)
      if (isAsFar(there.reduce((sum, d, i) => sum + ((signs >> i) & 1 ? -d : d), 0))) far++;
    return far / 2 ** n;
  }
  let far = 1; // what was seen is one of the flips
  for (let k = 0; k < FLIPS; k++) {
    let sum = 0;
    for (const d of there) sum += random() < 0.5 ? -d : d;
    if (isAsFar(sum)) far++;
  }
  return far / (FLIPS + 1);
}

/** The least p that so many pairs can have. */
export const leastP = (pairs: number): number => (pairs <= EXACT ? 2 / 2 ** pairs : 1 / (FLIPS + 1));

/** Holm's correction: p values that hold for all of them together, in their order. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a] - ps[b]);
  const corrected = new Array<number>(ps.length);
  let highest = 0;
  order.forEach((i, rank) => {
    highest = Math.max(highest, Math.min(1, (ps.length - rank) * ps[i]));
    corrected[i] = highest;
  });
  return corrected;
}

/** An interval. */
export type Range = [low: number, high: number];

/**
 * Percentile bootstrap of a statistic.
 * @param strata Numbers of elements: each draw takes as many from each stratum as it has, with replacement.
 * @param statistic Of the elements drawn, as their numbers.
 * @param level Such as 0.95.
 */
export function bootstrapRange(
  strata: readonly (readonly number[])[],
  statistic: (drawn: readonly number[]) => number,
  level: number,
  resamples: number,
  random: () => number,
): Range {
  const values = new Float64Array(resamples);
  for (let k = 0; k < resamples; k++)
    values[k] = statistic(strata.flatMap((of) => of.map(() => of[Math.floor(random() * of.length)])));
  values.sort();
  const at = (share: number) => values[Math.min(resamples - 1, Math.max(0, Math.floor(share * resamples)))];
  const tail = (1 - level) / 2;
  return [at(tail), at(1 - tail)];
}

/**
 * The inverse of the standard normal distribution function for 0 < p < 1, to 1.15e-9 (P. J. Acklam's rational approximation).
 */
export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  ];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const poly = (coefficients: readonly number[], x: number) =>
    coefficients.reduce((sum, k) => sum * x + k, 0);
  const tail = (q: number) => poly(c, q) / poly([...d, 1], q);
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  return (poly(a, q * q) * q) / poly([...b, 1], q * q);
}

/**
 * Pairs that find a difference of `effect` in four of five tries, at this level (two-sided), where differences spread by `sd`.
 */
export function pairsNeeded(sd: number, effect: number, alpha: number, power = 0.8): number {
  if (sd === 0) return 1;
  if (effect === 0) return Number.POSITIVE_INFINITY;
  return Math.ceil(((normalQuantile(1 - alpha / 2) + normalQuantile(power)) * (sd / effect)) ** 2);
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, x) => sum + x, 0) / values.length;

/** Standard deviation of a sample; 0 of fewer than two. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (values.length - 1));
}
