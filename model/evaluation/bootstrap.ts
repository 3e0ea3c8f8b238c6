/**
 * 95 % intervals by a block bootstrap: rows next to each other in a trace are near-copies, so whole blocks of
 * consecutive rows are drawn with replacement (Kuensch, Annals of Statistics 1989). Single rows would give intervals
 * that are far too narrow.
 *
 * Balanced accuracy and MCC ask about both classes, PR-AUC about positives. Where these are few, some draws hold none of
 * them; such a draw says nothing about the metric and is skipped, for every judge alike.
 */
import {
  accuracy,
  averagePrecision,
  balancedAccuracy,
  type Confusion,
  confusionOf,
  type Interval,
  type Metrics,
  mcc,
  rankByScore,
} from "./metrics.ts";

export interface BootstrapOptions {
  resamples: number;
  random: () => number;
  /** Number of blocks, at most the number of rows. */
  blocks?: number;
}

/** PR-AUC costs a pass over all rows per resample: above this many rows x resamples it uses fewer resamples. */
const PR_AUC_BUDGET = 6_000_000;

export function bootstrapIntervals(
  scores: ArrayLike<number>,
  labels: Uint8Array,
  threshold: number,
  options: BootstrapOptions,
): NonNullable<Metrics["intervals"]> {
  const drawn = bootstrapDraws(scores, labels, threshold, options);
  return {
    accuracy: middle(drawn.accuracy),
    balancedAccuracy: middleOrNull(drawn.balancedAccuracy),
    mcc: middleOrNull(drawn.mcc),
    prAuc: middleOrNull(drawn.prAuc),
  };
}

/** Metrics of resampled rows. */
export type Draws = Record<"accuracy" | "balancedAccuracy" | "mcc" | "prAuc", number[]>;

/**
 * The metrics in each resample. With equal labels and equal random numbers, draw by draw the same rows: the differences of two judges
 * are paired.
 */
export function bootstrapDraws(
  scores: ArrayLike<number>,
  labels: Uint8Array,
  threshold: number,
  { resamples, random, blocks = 200 }: BootstrapOptions,
): Draws {
  const rows = labels.length;
  const count = Math.max(1, Math.min(blocks, rows));
  const edge = (b: number) => Math.floor((b * rows) / count);
  const perBlock: Confusion[] = [];
  for (let b = 0; b < count; b++) {
    const [from, to] = [edge(b), edge(b + 1)];
    perBlock.push(confusionOf(slice(scores, from, to), labels.subarray(from, to), threshold));
  }
  const ranked = rankByScore(scores);
  const areas = Math.min(resamples, Math.max(50, Math.floor(PR_AUC_BUDGET / rows)));
  const weights = new Float64Array(rows);
  const drawn: Draws = { accuracy: [], balancedAccuracy: [], mcc: [], prAuc: [] };
  for (let n = 0; n < resamples; n++) {
    const times = new Uint32Array(count);
    for (let k = 0; k < count; k++) times[Math.floor(random() * count)]++;
    const sum = { tp: 0, fp: 0, tn: 0, fn: 0 };
    perBlock.forEach((c, b) => {
      for (const key of ["tp", "fp", "tn", "fn"] as const) sum[key] += c[key] * times[b];
    });
    drawn.accuracy.push(accuracy(sum));
    if (sum.tp + sum.fn > 0 && sum.tn + sum.fp > 0) {
      drawn.balancedAccuracy.push(balancedAccuracy(sum));
      drawn.mcc.push(mcc(sum));
    }
    if (n < areas) {
      for (let b = 0; b < count; b++) weights.fill(times[b], edge(b), edge(b + 1));
      const area = averagePrecision(scores, labels, ranked, weights);
      if (area !== null) drawn.prAuc.push(area);
    }
  }
  return drawn;
}

/** The interval of a difference, from paired draws; null where there are none. */
export function differenceInterval(a: readonly number[], b: readonly number[]): Interval | null {
  return middleOrNull(b.map((value, n) => value - a[n]));
}

function slice(scores: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  if (ArrayBuffer.isView(scores)) return (scores as Float64Array).subarray(from, to);
  return Array.prototype.slice.call(scores, from, to);
}

const middleOrNull = (values: number[]) => (values.length > 0 ? middle(values) : null);

/** From the 2.5th to the 97.5th percentile. */
function middle(values: number[]): Interval {
  const sorted = Float64Array.from(values).sort();
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  return [at(0.025), at(0.975)];
}
