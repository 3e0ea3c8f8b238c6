/**
 * Mutual information of a column and the label, in bits: how much knowing the column's bin tells of the label. Unlike
 * ANOVA's F it also sees what is not a difference of means. Columns with at most `bins` distinct values keep them;
 * others are cut at quantiles, so that heavy tails do not empty the bins.
 */
export function mutualInformation(
  column: ArrayLike<number>,
  labels: Uint8Array,
  rows: Uint32Array,
  bins = 32,
): number {
  const known = rows.filter((r) => !Number.isNaN(column[r]));
  if (known.length === 0) return 0;
  const sorted = Float64Array.from(known, (r) => column[r]).sort();
  const edges = distinctUpTo(sorted, bins) ?? quantiles(sorted, bins);
  const counts = new Float64Array(2 * (edges.length + 1));
  for (const r of known) counts[2 * binOf(edges, column[r]) + labels[r]]++;
  return information(counts, known.length);
}

/** All distinct values but the last as upper edges, or null when there are more than `most`. */
function distinctUpTo(sorted: Float64Array, most: number): number[] | null {
  const values: number[] = [];
  for (const x of sorted) {
    if (values.at(-1) === x) continue;
    values.push(x);
    if (values.length > most) return null;
  }
  return values.slice(0, -1);
}

function quantiles(sorted: Float64Array, bins: number): number[] {
  const edges: number[] = [];
  for (let b = 1; b < bins; b++) {
    const x = sorted[Math.floor((b * sorted.length) / bins) - 1];
    if (edges.at(-1) !== x) edges.push(x);
  }
  return edges;
}

/** The number of edges below x: bin b holds edges[b-1] < x <= edges[b]. */
function binOf(edges: readonly number[], x: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x <= edges[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** SUM p(b,y) log2(p(b,y) / (p(b) p(y))) over counts[2 b + y]. */
function information(counts: Float64Array, n: number): number {
  const byLabel = [0, 0];
  counts.forEach((c, k) => {
    byLabel[k % 2] += c;
  });
  let bits = 0;
  for (let k = 0; k < counts.length; k++) {
    const joint = counts[k];
    if (joint === 0) continue;
    const bin = counts[k] + counts[k ^ 1];
    bits += (joint / n) * Math.log2((joint * n) / (bin * byLabel[k % 2]));
  }
  return Math.max(0, bits);
}
