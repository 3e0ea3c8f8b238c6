/** Scores of a binary decision. */

export interface Confusion {
  tp: number;
  fp: number;
  tn: number;
  fn: number;
}

/** [low, high] of a 95 % interval. */
export type Interval = [number, number];

/** Scores of one judge. */
export interface Metrics {
  /** Share of right decisions among the rows as they are. */
  accuracy: number;
  /** Mean of the recalls of the classes that occur: what a 50/50 test set would show. */
  balancedAccuracy: number;
  /** Matthews correlation coefficient; 0 when decisions or labels are all alike. */
  mcc: number;
  /** Area under precision-recall as average precision; null without positives. */
  prAuc: number | null;
  confusion: Confusion;
  /** null for a metric that no resample could tell: all rows are of one class. */
  intervals?: { accuracy: Interval } & Record<"balancedAccuracy" | "mcc" | "prAuc", Interval | null>;
}

/** A row is decided positive iff its score is above the threshold. */
export function confusionOf(scores: ArrayLike<number>, labels: Uint8Array, threshold: number): Confusion {
  const c = { tp: 0, fp: 0, tn: 0, fn: 0 };
  for (let r = 0; r < labels.length; r++) {
    const positive = scores[r] > threshold;
    if (labels[r] === 1) {
      if (positive) c.tp++;
      else c.fn++;
    } else if (positive) c.fp++;
    else c.tn++;
  }
  return c;
}

export function accuracy({ tp, fp, tn, fn }: Confusion): number {
  return (tp + tn) / (tp + fp + tn + fn);
}

export function balancedAccuracy({ tp, fp, tn, fn }: Confusion): number {
  if (tp + fn === 0) return tn / (tn + fp);
  if (tn + fp === 0) return tp / (tp + fn);
  return (tp / (tp + fn) + tn / (tn + fp)) / 2;
}

/** Harmonic mean of precision and recall; 0 when no positive is found. */
export function f1({ tp, fp, fn }: Confusion): number {
  return tp === 0 ? 0 : (2 * tp) / (2 * tp + fp + fn);
}

export function mcc({ tp, fp, tn, fn }: Confusion): number {
  const spread = Math.sqrt(tp + fp) * Math.sqrt(tp + fn) * Math.sqrt(tn + fp) * Math.sqrt(tn + fn);
  return spread === 0 ? 0 : (tp * tn - fp * fn) / spread;
}

/**
 * Row indices by falling score, equal scores in row order. A radix sort over the bits of the doubles: a comparison sort
 * of a million rows takes seconds.
 */
export function rankByScore(scores: ArrayLike<number>): Uint32Array {
  const rows = scores.length;
  const keys = fallingKeys(scores);
  let order = Uint32Array.from({ length: rows }, (_, r) => r);
  let spare = new Uint32Array(rows);
  // Four digits of 16 bits, the lowest first; each pass is stable.
  for (const [word, shift] of [
    [0, 0],
    [0, 16],
    [1, 0],
    [1, 16],
  ] as const) {
    const ends = new Uint32Array(65537);
    for (let r = 0; r < rows; r++) ends[((keys[2 * r + word] >>> shift) & 0xffff) + 1]++;
    for (let d = 0; d < 65536; d++) ends[d + 1] += ends[d];
    for (let k = 0; k < rows; k++) {
      const r = order[k];
      spare[ends[(keys[2 * r + word] >>> shift) & 0xffff]++] = r;
    }
    [order, spare] = [spare, order];
  }
  return order;
}

/**
 * Two words (low, high) per score whose unsigned order is the falling order of the scores: the bits of a positive
 * double, all inverted; those of a negative one without its sign. -0 counts as 0; NaN comes last.
 */
function fallingKeys(scores: ArrayLike<number>): Uint32Array {
  const keys = new Uint32Array(2 * scores.length);
  const double = new Float64Array(1);
  const words = new Uint32Array(double.buffer);
  for (let r = 0; r < scores.length; r++) {
    const score = scores[r];
    double[0] = Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score + 0;
    const negative = words[1] >>> 31 === 1;
    keys[2 * r] = negative ? words[0] : ~words[0];
    keys[2 * r + 1] = negative ? words[1] : ~words[1] & 0x7fffffff;
  }
  return keys;
}

/**
 * Average precision: SUM over the distinct scores, from the highest down, of (rise of recall) x precision. Rows with
 * equal scores enter together, so the order of rows does not matter. `weights` counts each row that many times.
 */
export function averagePrecision(
  scores: ArrayLike<number>,
  labels: Uint8Array,
  ranked: Uint32Array = rankByScore(scores),
  weights?: ArrayLike<number>,
): number | null {
  let positives = 0;
  for (let r = 0; r < labels.length; r++) positives += labels[r] * (weights ? weights[r] : 1);
  if (positives === 0) return null;
  let tp = 0;
  let seen = 0;
  let area = 0;
  for (let k = 0; k < ranked.length; ) {
    const score = scores[ranked[k]];
    let gained = 0;
    for (; k < ranked.length && scores[ranked[k]] === score; k++) {
      const weight = weights ? weights[ranked[k]] : 1;
      seen += weight;
      gained += labels[ranked[k]] * weight;
    }
    tp += gained;
    if (gained > 0) area += (gained / positives) * (tp / seen);
  }
  return area;
}

export function metricsOf(scores: ArrayLike<number>, labels: Uint8Array, threshold: number): Metrics {
  const confusion = confusionOf(scores, labels, threshold);
  return {
    accuracy: accuracy(confusion),
    balancedAccuracy: balancedAccuracy(confusion),
    mcc: mcc(confusion),
    prAuc: averagePrecision(scores, labels),
    confusion,
  };
}
