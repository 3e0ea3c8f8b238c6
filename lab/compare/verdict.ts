/**
 * What can be said of a difference, metric by metric.
 *
 *  V1. `better` and `worse` (`different` where neither way is better): a sign-flip test has p of at most ALPHA after Holm's correction for all
 *      metrics of the comparison. So one comparison of equal things says either with a chance of at most ALPHA. What is flipped, and drawn by the bootstrap,
 *      are worlds (worldsOf): pairs of one world are no independent witnesses, and their mean counts once.
 *  V2. `too few seeds`: V1 did not hold, and a difference of `relevant` would not have been found in four of five tries, or no result of so few pairs
 *      could have been enough.
 *  V3. `no difference seen`: neither. It does not say that there is none.
 */
import { METRIC_NAMES, METRICS } from "../sweep/metrics.ts";
import { type Pair, worldsOf } from "./pairs.ts";
import {
  bootstrapRange,
  deviation,
  holm,
  leastP,
  mean,
  pairsNeeded,
  type Range,
  signFlipP,
} from "./statistics.ts";

/** What can be said of B (V1 to V3). */
export type Verdict = "better" | "worse" | "different" | "no difference seen" | "too few seeds";

/** One metric of both sides. */
export interface MetricComparison {
  name: string;
  unit: string;
  /** Means over the worlds. Of several cells: in parts of A's mean in each. */
  a: number;
  b: number;
  /** b - a, with an interval that holds for all metrics together with 95 %. */
  difference: number;
  low: number;
  high: number;
  /** b / a, with an interval of the same kind; null where a is 0. */
  ratio: number | null;
  ratioRange: Range | null;
  /** After correction. */
  p: number;
  verdict: Verdict;
  /** Worlds that would find a difference of `relevant`, about; null where no number would. */
  needed: number | null;
}

export const ALPHA = 0.05;
const RESAMPLES = 4000;

/** How pairs are compared. */
export interface CompareOptions {
  /** Of sign flips and bootstrap: numbers from 0 up to 1. */
  random: () => number;
  /** Of the bootstrap. */
  resamples?: number;
  /** The least difference that matters, as a part of A's mean. */
  relevant?: number;
  metrics?: readonly string[];
}

/** Compares B with A. */
export function comparePairs(
  pairs: readonly Pair[],
  { random, resamples = RESAMPLES, relevant = 0.01, metrics = METRIC_NAMES }: CompareOptions,
): MetricComparison[] {
  const groups = <T>(all: readonly T[], keyOf: (one: T) => string | undefined): number[][] =>
    [...new Set(all.map(keyOf))].map((key) => [...all.keys()].filter((i) => keyOf(all[i]) === key));
  const cells = groups(pairs, ({ stratum }) => stratum);
  const worlds = worldsOf(pairs);
  /** Worlds by their workload. */
  const strata = groups(worlds, ([first]) => pairs[first].a.cell.workload);
  const level = 1 - ALPHA / metrics.length;
  const measured = metrics.map((name) => {
    const all = scaled(pairs, cells, name);
    const [as, bs] = [all.as, all.bs].map((values) => worlds.map((of) => mean(of.map((i) => values[i]))));
    const differences = bs.map((b, i) => b - as[i]);
    return { name, as, bs, differences, p: signFlipP(differences, random) };
  });
  const corrected = holm(measured.map(({ p }) => p));
  return measured.map(({ name, as, bs, differences }, m): MetricComparison => {
    const [a, b] = [mean(as), mean(bs)];
    const isEqual = differences.every((d) => d === 0);
    const range = (statistic: (drawn: readonly number[]) => number): Range =>
      bootstrapRange(strata, statistic, level, resamples, random);
    const over = (values: readonly number[]) => (drawn: readonly number[]) =>
      drawn.reduce((sum, i) => sum + values[i], 0) / drawn.length;
    const [low, high] = isEqual ? [0, 0] : range(over(differences));
    const p = corrected[m];
    const needed = pairsNeeded(deviation(differences), relevant * Math.abs(a), ALPHA / metrics.length);
    const couldBe = leastP(worlds.length) * metrics.length <= ALPHA;
    return {
      name,
      unit: cells.length > 1 ? "of A" : METRICS[name].unit,
      a,
      b,
      difference: b - a,
      low,
      high,
      ratio: a === 0 ? null : b / a,
      ratioRange:
        a === 0
          ? null
          : isEqual
            ? [1, 1]
            : range((drawn) => over(bs)(drawn) / Math.max(over(as)(drawn), Number.MIN_VALUE)),
      p,
      verdict:
        p <= ALPHA
          ? direction(name, b - a)
          : isEqual || (couldBe && needed <= worlds.length)
            ? "no difference seen"
            : "too few seeds",
      needed: Number.isFinite(needed) ? Math.max(needed, leastPairs(metrics.length)) : null,
    };
  });
}

function direction(name: string, difference: number): Verdict {
  const { better } = METRICS[name];
  if (better === null) return "different";
  return difference > 0 === (better === "higher") ? "better" : "worse";
}

/** As few pairs can have a p that is enough for so many metrics. */
function leastPairs(metrics: number): number {
  let pairs = 1;
  while (leastP(pairs) * metrics > ALPHA) pairs++;
  return pairs;
}

/** Values of both sides; of several cells, in parts of A's mean there, so that none outweighs the others by its unit. */
function scaled(
  pairs: readonly Pair[],
  cells: readonly (readonly number[])[],
  name: string,
): { as: number[]; bs: number[] } {
  const as = pairs.map(({ a }) => a.metrics[name]);
  const bs = pairs.map(({ b }) => b.metrics[name]);
  if (cells.length > 1)
    for (const of of cells) {
      const scale = mean(of.map((i) => as[i])) || mean(of.map((i) => bs[i])) || 1;
      for (const i of of) {
        as[i] /= scale;
        bs[i] /= scale;
      }
    }
  return { as, bs };
}
