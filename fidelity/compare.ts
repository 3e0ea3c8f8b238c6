import { type Family, type Metric, metricsOf, RUN_TIME } from "./metrics.ts";
import type { Observation } from "./observation.ts";
import { TOLERANCES } from "./tolerances.ts";

export type Verdict = "agrees" | "differs" | "cannot tell";
export type Range = readonly [low: number, high: number];

/** One metric of both sides: the ranges over seeds and over boots, and what follows from them. */
export interface ComparedMetric {
  name: string;
  simulated: Range;
  real: Range;
  /** The most events that a run of either side had. */
  events: readonly [simulated: number, real: number];
  verdict: Verdict;
  /** Of "cannot tell"; missing in files of older versions. */
  why?: Why;
}

/** Why a verdict is "cannot tell": both sides rest on chance; the samples leave the end of a quantile's interval open; a range is so wide that anything would agree; the run time differs. */
export type Why = "few events" | "few samples" | "wide range" | "other work";

/** Both sides rest on fewer events than that: chance. */
const FEWEST_EVENTS = 10;

/**
 * The verdict on two ranges. `differs`: they lie farther apart than the tolerance allows. `cannot tell`: they do not, but one of them is so
 * wide that anything would agree.
 */
export function verdictOf(metric: Pick<Metric, "family">, simulated: Range, real: Range): Verdict {
  const allowed = toleranceOf(metric, real);
  const gap = Math.max(simulated[0] - real[1], real[0] - simulated[1]);
  if (gap > allowed) return "differs";
  const width = Math.max(simulated[1] - simulated[0], real[1] - real[0]);
  return width > 2 * allowed ? "cannot tell" : "agrees";
}

/** How far a simulated range may lie from the real one. */
export function toleranceOf({ family }: Pick<Metric, "family">, real: Range): number {
  const { percent, floor } = TOLERANCES[family];
  return Math.max(floor, (percent / 100) * Math.abs((real[0] + real[1]) / 2));
}

/** One metric over all runs of a side. */
export interface SideMetric {
  name: string;
  range: Range;
  events: number;
  /** Each run has too few samples of it. */
  few?: boolean;
}

/** @throws RangeError for no runs */
export const sideOf = (runs: readonly Observation[]): Side => sideOfMetrics(runs.map(metricsOf));

export type Side = (SideMetric & Pick<Metric, "family">)[];

/** The same of the metrics of each run, which are the same ones. @throws RangeError for no runs */
export function sideOfMetrics([first, ...others]: readonly (readonly Metric[])[]): Side {
  if (!first) throw new RangeError("a comparison needs a run of each side");
  return first.map(({ name, family, value, events }, i) => {
    const values = [value, ...others.map((run) => run[i]!.value)];
    return {
      name,
      family,
      range: [Math.min(...values), Math.max(...values)],
      events: Math.max(events, ...others.map((run) => run[i]!.events)),
    };
  });
}

/**
 * The real side of the metrics of each run: a quantile may lie anywhere where the run's samples leave it (Metric.sure), which is no fault of the simulated side;
 * other metrics of a single run within its standard error (Metric.error), for want of a second run to differ from.
 * @throws RangeError for no runs
 */
export function recordedSideOf(runs: readonly (readonly Metric[])[]): Side {
  return sideOfMetrics(runs).map((metric, i) => {
    const known = runs.map((run) => run[i]!);
    const error = runs.length === 1 ? (known[0]!.error ?? 0) : 0;
    const most = IN_PERCENT.includes(metric.family) ? 100 : Number.POSITIVE_INFINITY;
    const low = Math.min(...known.map(({ sure, value }) => sure?.[0] ?? less(value, error)));
    const high = Math.max(...known.map(({ sure, value }) => sure?.[1] ?? Math.min(most, value + error)));
    return {
      ...metric,
      range: [Math.min(metric.range[0], low), Math.max(metric.range[1], high)],
      few: known.every(({ few }) => few === true),
    };
  });
}

/** So much less than the value, but not less than nothing, nor the rounding error of nothing. */
const less = (value: number, error: number): number => (value - error < 1e-9 * value ? 0 : value - error);

/** Families of which no value is above 100. */
const IN_PERCENT: readonly Family[] = ["share", "cpuTime", "load"];

/** The real side of a comparison that was made before. */
export const realSide = (metrics: readonly ComparedMetric[]): SideMetric[] =>
  metrics.map(({ name, real, events }) => ({ name, range: real, events: events[1] }));

/**
 * Metric by metric over several runs of each side, metrics that both have. Where the work itself differs (run time), or both sides have
 * too few events, no other metric tells anything.
 * @throws RangeError for no simulation
 */
export const compare = (simulated: readonly Observation[], real: readonly SideMetric[]): ComparedMetric[] =>
  compareSides(sideOf(simulated), real);

export function compareSides(simulated: Side, real: readonly SideMetric[]): ComparedMetric[] {
  const rows = eachByItself(simulated, real);
  const run = rows.find(({ name }) => name === RUN_TIME);
  if (run?.verdict !== "differs") return rows;
  return rows.map((row) => (row === run ? row : { ...row, verdict: "cannot tell", why: "other work" }));
}

/** Names of the metrics that differ, also where the work itself does. */
export const differing = (simulated: Side, real: readonly SideMetric[]): string[] =>
  eachByItself(simulated, real).flatMap(({ name, verdict }) => (verdict === "differs" ? [name] : []));

function eachByItself(simulated: Side, real: readonly SideMetric[]): ComparedMetric[] {
  const theirs = new Map(real.map((metric) => [metric.name, metric]));
  return simulated.flatMap((metric) => {
    const matched = theirs.get(metric.name);
    if (!matched) return [];
    const events = [metric.events, matched.events] as const;
    const most = Math.max(...events);
    const seldom = most > 0 && most < FEWEST_EVENTS;
    const { name, range } = metric;
    const known = seldom ? "few events" : matched.few ? "few samples" : undefined;
    const verdict = known === undefined ? verdictOf(metric, range, matched.range) : "cannot tell";
    const why = known ?? (verdict === "cannot tell" ? "wide range" : undefined);
    const row: ComparedMetric = { name, simulated: range, real: matched.range, events, verdict };
    return [why === undefined ? row : { ...row, why }];
  });
}

/** How many of the metrics have each verdict. */
export function verdictCounts(metrics: readonly Pick<ComparedMetric, "verdict">[]): Record<Verdict, number> {
  const counts = { agrees: 0, differs: 0, "cannot tell": 0 };
  for (const { verdict } of metrics) counts[verdict]++;
  return counts;
}
