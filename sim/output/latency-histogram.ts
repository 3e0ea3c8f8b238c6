/** Buckets per octave: percentiles are exact to 1/8, that is 12.5 %. */
const SUB_BITS = 3;
const SUB = 1 << SUB_BITS;
/** Up to 2^41 ns, 36 minutes; what is longer counts there. */
const OCTAVES = 39;
const BUCKETS = OCTAVES * SUB;

/**
 * Histograms of durations with logarithmic buckets, many of them in one array: adding a value touches one cache line of
 * its own.
 *
 * Invariants:
 *  H1. Values below 8 have a bucket each; above, an octave is cut into 8 buckets of equal width.
 *  H2. `count`, `sum` and `max` of a histogram are exact; a percentile is the upper end of its bucket, but never above
 *      `max`.
 */
export class LatencyHistograms {
  private buckets = new Uint32Array(BUCKETS);
  /** sum and max of each histogram. */
  private totals = new Float64Array(2);
  private used = 0;

  /** A new histogram, empty; returns its number. */
  allocate(): number {
    const id = this.used++;
    if (this.used * BUCKETS > this.buckets.length) {
      const larger = new Uint32Array(2 * this.buckets.length);
      larger.set(this.buckets);
      this.buckets = larger;
      const totals = new Float64Array(2 * this.totals.length);
      totals.set(this.totals);
      this.totals = totals;
    }
    return id;
  }

  /** Adds a value; `bucket` is bucketOf(ns). */
  add(id: number, ns: number, bucket: number = bucketOf(ns)): void {
    this.buckets[id * BUCKETS + bucket]++;
    this.totals[2 * id] += ns;
    if (ns > this.totals[2 * id + 1]) this.totals[2 * id + 1] = ns;
  }

  summary(id: number): LatencySummary {
    const counts = this.buckets.subarray(id * BUCKETS, (id + 1) * BUCKETS);
    const count = counts.reduce((a, b) => a + b, 0);
    const [sum, max] = this.totals.subarray(2 * id);
    return {
      count,
      meanNs: count === 0 ? 0 : Math.floor(sum / count),
      p50Ns: percentile(counts, count, max, 500),
      p95Ns: percentile(counts, count, max, 950),
      p99Ns: percentile(counts, count, max, 990),
      maxNs: max,
    };
  }

  /** The value below or at which `permille`/1000 of all lie (H2); 0 for an empty histogram. */
  percentile(id: number, permille: number): number {
    const counts = this.buckets.subarray(id * BUCKETS, (id + 1) * BUCKETS);
    const count = counts.reduce((a, b) => a + b, 0);
    return percentile(counts, count, this.totals[2 * id + 1], permille);
  }
}

export interface LatencySummary {
  count: number;
  meanNs: number;
  p50Ns: number;
  p95Ns: number;
  p99Ns: number;
  maxNs: number;
}

function percentile(counts: Uint32Array, count: number, max: number, permille: number): number {
  const rank = Math.max(1, Math.ceil((count * permille) / 1000));
  let seen = 0;
  for (let i = 0; i < counts.length; i++) {
    seen += counts[i];
    if (seen >= rank) return Math.min(max, upperEnd(i));
  }
  return max;
}

/** The bucket of a value: compute it once to add the value to several histograms. */
export function bucketOf(ns: number): number {
  if (ns < SUB) return ns;
  if (ns < 2 ** 31) {
    const shift = 31 - SUB_BITS - Math.clz32(ns);
    return (shift << SUB_BITS) + (ns >>> shift);
  }
  if (ns >= 2 ** 41) return BUCKETS - 1;
  const high = ns < 2 ** 32 ? 31 : 63 - Math.clz32(Math.floor(ns / 2 ** 32));
  const shift = high - SUB_BITS;
  return shift * SUB + Math.floor(ns / 2 ** shift);
}

function upperEnd(bucket: number): number {
  if (bucket < SUB) return bucket;
  const shift = (bucket >> SUB_BITS) - 1;
  return (SUB + (bucket % SUB) + 1) * 2 ** shift - 1;
}
