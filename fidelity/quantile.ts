/** A quantile of samples, and between which of them the true one lies, 95 times of 100. */
export interface SampledQuantile {
  value: number;
  sure: readonly [low: number, high: number];
  /** The interval ends within the samples; where it does not, nobody knows how far it goes on. */
  isBounded: boolean;
}

/** Of the normal distribution, two-sided, 95 %. */
const Z = 1.96;

/**
 * The quantile at `percent` of sorted samples. How many of n samples lie below the true quantile is binomial, with mean n p and variance n p (1 - p): the
 * samples that far from the quantile's own rank bound it. Samples are taken to be independent, so the interval is rather too narrow. 0 for no samples.
 */
export function sampledQuantile(sorted: ArrayLike<number>, percent: number): SampledQuantile {
  const n = sorted.length;
  if (n === 0) return { value: 0, sure: [0, 0], isBounded: true };
  const p = percent / 100;
  const reach = Z * Math.sqrt(n * p * (1 - p));
  const low = Math.floor(n * p - reach);
  const high = Math.ceil(n * p + reach);
  return {
    value: sorted[Math.floor(n * p)]!,
    sure: [sorted[Math.max(0, low)]!, sorted[Math.min(n - 1, high)]!],
    isBounded: low >= 0 && high < n,
  };
}
