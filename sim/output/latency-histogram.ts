/** Buckets per octave: 1024, so that the middle of a bucket is within 0.05 % of all that lies in it. */
const SUB_BITS = 10;
const SUB = 1 << SUB_BITS;
/** Up to 2^42 ns, longer than the longest simulation. */
const MAX_BITS = 42;
const BUCKETS = (MAX_BITS - SUB_BITS + 1) * SUB;
/** So many values of a histogram are kept as they are; beyond, only how many lie in each bucket. */
const EXACT = 8192;
/** Values that wait to be sorted in. */
const PENDING = 1024;

/**
 * Durations and their percentiles, many distributions side by side. Memory is bounded by the number of values, by 132 KiB
 * per distribution at most; adding one is O(1).
 *
 * Invariants:
 *  H1. Values below 1024 have a bucket each; above, an octave is cut into 1024 buckets of equal width.
 *  H2. Count, sum, least and largest value are exact. Up to EXACT values percentiles are exact too; beyond, a percentile is
 *      the middle of its bucket, but never below the least nor above the largest value.
 *  H3. What is added lies in `pending` first: sorting it in touches memory that nothing else has touched lately, and many
 *      such accesses at once overlap where each by itself would be waited for. Whoever asks has it sorted in before.
 */
export class LatencyHistograms {
  /** Of each distribution: its values while they are few; then null. */
  private readonly values: (Float64Array | null)[] = [];
  private readonly buckets: (Uint32Array | null)[] = [];
  /** Count, sum, least and largest value of each. */
  private totals = new Float64Array(4);
  /** Distributions and values (H3). */
  private readonly pendingIds = new Int32Array(PENDING);
  private readonly pending = new Float64Array(PENDING);
  private nrPending = 0;

  /** A new distribution, empty; returns its number. */
  allocate(): number {
    const id = this.values.push(NONE) - 1;
    this.buckets.push(null);
    if (4 * id >= this.totals.length) {
      const larger = new Float64Array(2 * this.totals.length);
      larger.set(this.totals);
      this.totals = larger;
    }
    this.totals[4 * id + 2] = Number.POSITIVE_INFINITY;
    return id;
  }

  add(id: number, ns: number): void {
    const at = this.nrPending++;
    this.pendingIds[at] = id;
    this.pending[at] = ns;
    if (at === PENDING - 1) this.sortIn();
  }

  private sortIn(): void {
    const { pendingIds, pending, nrPending } = this;
    this.nrPending = 0;
    for (let i = 0; i < nrPending; i++) this.sortInOne(pendingIds[i], pending[i]);
  }

  private sortInOne(id: number, ns: number): void {
    const { totals } = this;
    const at = 4 * id;
    const count = totals[at]++;
    totals[at + 1] += ns;
    if (ns < totals[at + 2]) totals[at + 2] = ns;
    if (ns > totals[at + 3]) totals[at + 3] = ns;
    const buckets = this.buckets[id];
    if (buckets !== null) buckets[bucketOf(ns)]++;
    else if (count < EXACT) this.room(id, count)[count] = ns;
    else this.fill(id)[bucketOf(ns)]++;
  }

  summary(id: number): LatencySummary {
    this.sortIn();
    return summaryOf(this.distribution(id));
  }

  /** The summary of all values, whichever distribution they are in. */
  whole(): LatencySummary {
    this.sortIn();
    return summaryOf(merged(this.values.map((_, id) => this.distribution(id))));
  }

  /** The value at or below which `permille`/1000 of all lie (H2); 0 for an empty distribution. */
  percentile(id: number, permille: number): number {
    this.sortIn();
    return ranks(this.distribution(id))(permille);
  }

  private distribution(id: number): Distribution {
    const [count, sum, min, max] = this.totals.subarray(4 * id);
    return { count, sum, min, max, values: this.values[id]?.subarray(0, count), buckets: this.buckets[id] };
  }

  /** Where the exact values lie, with room for one more. */
  private room(id: number, count: number): Float64Array {
    const values = this.values[id]!;
    if (count < values.length) return values;
    const larger = new Float64Array(count === 0 ? 4 : 2 * count);
    larger.set(values);
    this.values[id] = larger;
    return larger;
  }

  /** Too many to keep them: from here on buckets. */
  private fill(id: number): Uint32Array {
    const buckets = new Uint32Array(BUCKETS);
    for (const ns of this.values[id]!) buckets[bucketOf(ns)]++;
    this.values[id] = null;
    this.buckets[id] = buckets;
    return buckets;
  }
}

const NONE = new Float64Array(0);

/** One distribution as it is now: either its values or how many lie in each bucket. */
interface Distribution {
  count: number;
  sum: number;
  min: number;
  max: number;
  values: Float64Array | undefined;
  buckets: Uint32Array | null;
}

/** All values of the parts as one distribution: as if they had been added to it. */
function merged(parts: readonly Distribution[]): Distribution {
  const all: Distribution = {
    count: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: 0,
    values: undefined,
    buckets: null,
  };
  for (const { count, sum, min, max } of parts) {
    all.count += count;
    all.sum += sum;
    all.min = Math.min(all.min, min);
    all.max = Math.max(all.max, max);
  }
  if (all.count <= EXACT) {
    all.values = Float64Array.from(parts.flatMap(({ values }) => [...values!]));
    return all;
  }
  const counts = new Uint32Array(BUCKETS);
  for (const { values = NONE, buckets } of parts) {
    for (let i = 0; i < values.length; i++) counts[bucketOf(values[i])]++;
    if (buckets !== null) for (let i = 0; i < BUCKETS; i++) counts[i] += buckets[i];
  }
  all.buckets = counts;
  return all;
}

function summaryOf(distribution: Distribution): LatencySummary {
  const { count, sum, max } = distribution;
  const at = ranks(distribution);
  return {
    count,
    meanNs: count === 0 ? 0 : Math.floor(sum / count),
    p50Ns: at(500),
    p95Ns: at(950),
    p99Ns: at(990),
    maxNs: max,
  };
}

/** Gives percentiles of a distribution. */
function ranks({ count, min, max, values, buckets }: Distribution): (permille: number) => number {
  if (count === 0) return () => 0;
  const rank = (permille: number) => Math.max(1, Math.ceil((count * permille) / 1000));
  if (buckets !== null) return (p) => Math.min(max, Math.max(min, middleOf(bucketAt(buckets, rank(p)))));
  const sorted = values!.slice().sort();
  return (p) => sorted[rank(p) - 1];
}

/** Latencies by their quantiles, ns. */
export interface LatencySummary {
  count: number;
  meanNs: number;
  p50Ns: number;
  p95Ns: number;
  p99Ns: number;
  maxNs: number;
}

/** The bucket that holds the value of that rank, counted from 1. */
function bucketAt(counts: Uint32Array, rank: number): number {
  let seen = 0;
  for (let i = 0; i < counts.length; i++) {
    seen += counts[i];
    if (seen >= rank) return i;
  }
  return counts.length - 1;
}

export function bucketOf(ns: number): number {
  if (ns < SUB) return ns;
  if (ns < 2 ** 31) {
    const shift = 31 - SUB_BITS - Math.clz32(ns);
    return (shift << SUB_BITS) + (ns >>> shift);
  }
  if (ns >= 2 ** MAX_BITS) return BUCKETS - 1;
  const high = ns < 2 ** 32 ? 31 : 63 - Math.clz32(Math.floor(ns / 2 ** 32));
  const shift = high - SUB_BITS;
  return shift * SUB + Math.floor(ns / 2 ** shift);
}

function middleOf(bucket: number): number {
  if (bucket < SUB) return bucket;
  const shift = (bucket >> SUB_BITS) - 1;
  const width = 2 ** shift;
  return (SUB + (bucket % SUB)) * width + Math.floor((width - 1) / 2);
}
