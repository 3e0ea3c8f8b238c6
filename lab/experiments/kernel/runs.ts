/** Runs of fixed work under several contenders, compared round by round. */
import type { Random } from "../../../sim/engine/random.ts";
import type { MeasuredRuns } from "../../../traces/measured.ts";
import { bootstrapRange, mean } from "../../compare/statistics.ts";
import type { Cell } from "../table.ts";

const RESAMPLES = 4000;

/**
 * Median over pairs of `b` in percent of `a`, with a 95 % interval; null where a is nothing but 0. A request to the host stops the guest's
 * instructions and not its timers, so that a round now and then is long for that alone: no mean could be trusted.
 */
export function pairedPercent(a: readonly number[], b: readonly number[], random: Random): Cell {
  if (a.every((x) => x === 0)) return null;
  const ratios = a.map((x, i) => (100 * b[i]) / x);
  const pairs = a.map((_, i) => i);
  const middle = (drawn: readonly number[]) => median(drawn.map((i) => ratios[i]));
  const [low, high] = bootstrapRange([pairs], middle, 0.95, RESAMPLES, random);
  return [middle(pairs), low, high];
}

/** The middle one, or the mean of both in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

export const RUN_COLUMNS = [
  { name: "run time, s", digits: 3 },
  { name: "stock = 100 % (95 %)", digits: 2 },
  { name: "waiting, % (95 %)", digits: 1 },
  { name: "tasks moved", digits: 1 },
  { name: "forced", digits: 2 },
];

/** What one contender did, beside stock. */
export function runCells(stock: MeasuredRuns, runs: MeasuredRuns, random: Random): Cell[] {
  const ratio = (of: "seconds" | "waited"): Cell =>
    runs === stock ? 100 : pairedPercent(stock[of], runs[of], random);
  return [median(runs.seconds), ratio("seconds"), ratio("waited"), mean(runs.gained), mean(runs.hotGained)];
}
