/** Buckets per octave: percentiles are exact to 1/8, that is 12.5 %. */
const SUB_BITS = 3;
const SUB = 1 << SUB_BITS;
/** Up to 2^41 ns, 36 minutes; what is longer counts there. */
const OCTAVES = 41;

/**
 * A histogram of durations with logarithmic buckets, in constant memory.
 *
 * Invariants:
 *  H1. Values below 8 have a bucket each; above, an octave is cut into 8 buckets of equal width.
 *  H2. `count`, `sum` and `max` are exact; a percentile is the upper end of its bucket, but never above `max`.
 */
export class LatencyHistogram {
  count = 0;
  sum = 0;
  max = 0;
  private readonly buckets = new Uint32Array(OCTAVES * SUB);

  add(ns: number, bucket: number = bucketOf(ns)): void {
    this.count++;
    this.sum += ns;
    if (ns > this.max) this.max = ns;
    this.buckets[bucket]++;
  }

  merge(other: LatencyHistogram): void {
    this.count += other.count;
    this.sum += other.sum;
    this.max = Math.max(this.max, other.max);
    for (let i = 0; i < this.buckets.length; i++) this.buckets[i] += other.buckets[i];
  }

  /** The value below or at which `permille`/1000 of all lie (H2); 0 for an empty histogram. */
  percentile(permille: number): number {
    const rank = Math.max(1, Math.ceil((this.count * permille) / 1000));
    let seen = 0;
    for (let i = 0; i < this.buckets.length; i++) {
      seen += this.buckets[i];
      if (seen >= rank) return Math.min(this.max, upperEnd(i));
    }
    return this.max;
  }

  summary(): LatencySummary {
    return {
      count: this.count,
      meanNs: this.count === 0 ? 0 : Math.floor(this.sum / this.count),
      p50Ns: this.percentile(500),
      p95Ns: this.percentile(950),
      p99Ns: this.percentile(990),
      maxNs: this.max,
    };
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

/** The bucket of a value: compute it once to add the value to several histograms. */
export function bucketOf(ns: number): number {
  if (ns < SUB) return ns;
  if (ns < 2 ** 31) {
    const shift = 31 - SUB_BITS - Math.clz32(ns);
    return (shift << SUB_BITS) + (ns >>> shift);
  }
  const high = ns >= 2 ** 32 ? 63 - Math.clz32(Math.floor(ns / 2 ** 32)) : 31 - Math.clz32(ns);
  if (high >= OCTAVES + SUB_BITS - 1) return OCTAVES * SUB - 1;
  const within = Math.floor(ns / 2 ** (high - SUB_BITS)) - SUB;
  return (high - SUB_BITS + 1) * SUB + within;
}

function upperEnd(bucket: number): number {
  if (bucket < SUB) return bucket;
  const shift = Math.floor(bucket / SUB) - 1;
  return (SUB + (bucket % SUB) + 1) * 2 ** shift - 1;
}
