import type { GuestClock } from "../guest/clock.ts";

/** Latencies of can_migrate_task() as the patched kernel counted them, for one kind of decision in one context. */
export interface Latency {
  what: "stock" | "shadow" | "fixed" | "float";
  context: "newly_idle" | "softirq" | "nohz" | "active";
  calls: number;
  cycles: number;
  /** 16 buckets an octave (see bucketRange). */
  buckets: number[];
}

/** Parses the debugfs file `latency`: "what context calls cycles b0 b1 ...". */
export function parseLatency(text: string): Latency[] {
  return text
    .split("\n")
    .filter((line) => /^\w+ \w+ \d+ \d+/.test(line))
    .map((line) => {
      const [what, context, ...numbers] = line.split(" ");
      const [calls, cycles, ...buckets] = numbers.map(Number);
      return { what, context, calls, cycles, buckets } as Latency;
    });
}

/** Buckets of an octave: what they tell is exact to a sixteenth. */
const PER_OCTAVE = 16;

/** Cycles [low, high) that a bucket counts: the inverse of ml_fair_bucket() in kernel/sched/ml_fair.h. */
export function bucketRange(bucket: number): { low: number; high: number } {
  if (bucket < PER_OCTAVE) return { low: bucket, high: bucket + 1 };
  const unit = 2 ** (Math.floor(bucket / PER_OCTAVE) - 1);
  const low = (PER_OCTAVE + (bucket % PER_OCTAVE)) * unit;
  return { low, high: low + unit };
}

/** Adds up histograms, all contexts together. */
export function addBuckets(latencies: readonly Latency[]): number[] {
  const sum: number[] = [];
  for (const { buckets } of latencies)
    buckets.forEach((count, i) => {
      sum[i] = (sum[i] ?? 0) + count;
    });
  return Array.from(sum, (count) => count ?? 0);
}

/**
 * The p-quantile (0..1) of a histogram in cycles, by linear interpolation within its bucket; NaN when it is empty.
 * The error is at most a bucket's width, a sixteenth of its value.
 */
export function quantile(buckets: readonly number[], p: number): number {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return Number.NaN;
  let before = 0;
  for (const [i, count] of buckets.entries()) {
    if (count > 0 && before + count >= p * total) {
      const { low, high } = bucketRange(i);
      return low + ((p * total - before) / count) * (high - low);
    }
    before += count;
  }
  return bucketRange(buckets.length - 1).high;
}

/**
 * Mean over the lower `keep` share of the calls. An emulated processor that the host takes away in the middle of a
 * call shows up as a call of a million cycles; the few of these would be the whole mean.
 */
export function trimmedMean(buckets: readonly number[], keep = 0.95): number {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  let left = keep * total;
  let sum = 0;
  for (const [i, count] of buckets.entries()) {
    const used = Math.min(count, left);
    const { low, high } = bucketRange(i);
    sum += (used * (low + high - 1)) / 2;
    left -= used;
    if (left <= 0) break;
  }
  return total === 0 ? Number.NaN : sum / (keep * total);
}

export interface Estimate {
  value: number;
  /** 95 % interval. */
  low: number;
  high: number;
}

/**
 * Ratio of two means of paired measurements, with a percentile bootstrap over the pairs (rounds): what varies is the
 * round, not the single call. `random` gives numbers in [0, 1).
 */
export function pairedRatio(
  above: readonly number[],
  below: readonly number[],
  random: () => number,
  resamples = 2000,
): Estimate {
  const n = Math.min(above.length, below.length);
  const ratio = (rows: readonly number[]) => {
    let a = 0;
    let b = 0;
    for (const i of rows) {
      a += above[i];
      b += below[i];
    }
    return a / b;
  };
  const all = Array.from({ length: n }, (_, i) => i);
  const values = Array.from({ length: resamples }, () => ratio(all.map(() => Math.floor(random() * n)))).sort(
    (x, y) => x - y,
  );
  const at = (p: number) => values[Math.min(resamples - 1, Math.floor(p * resamples))];
  return { value: ratio(all), low: at(0.025), high: at(0.975) };
}

/** Instructions that a count of the processor's counter stands for: it runs with the guest's time, 2^shift for one; 1 under the host's clock. */
export const instructionsPerTick = (clock?: GuestClock): number =>
  1 / 2 ** (clock?.name === "virtual" ? clock.shift : 0);
