import { type Metric, metricsOf, RUN_TIME } from "./metrics.ts";
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
}

/** Both sides rest on fewer events than that: chance. */
const FEWEST_EVENTS = 10;

/**
 * The verdict on two ranges. `differs`: they lie farther apart than the tolerance allows. `cannot tell`: they do not, but one of them is so
 * wide that anything would agree.
 */
export function verdictOf({ family }: Pick<Metric, "family">, simulated: Range, real: Range): Verdict {
  const { percent, floor } = TOLERANCES[family];
  const allowed = Math.max(floor, (percent / 100) * Math.abs((real[0] + real[1]) / 2));
  const gap = Math.max(simulated[0] - real[1], real[0] - simulated[1]);
  if (gap > allowed) return "differs";
  const width = Math.max(simulated[1] - simulated[0], real[1] - real[0]);
  return width > 2 * allowed ? "cannot tell" : "agrees";
}

/** One metric over all runs of a side. */
export interface SideMetric {
  name: string;
  range: Range;
  events: number;
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
  const theirs = new Map(real.map((metric) => [metric.name, metric]));
  const rows = simulated.flatMap((metric) => {
    const matched = theirs.get(metric.name);
    if (!matched) return [];
    const events = [metric.events, matched.events] as const;
    const most = Math.max(...events);
    const seldom = most > 0 && most < FEWEST_EVENTS;
    const verdict = seldom ? "cannot tell" : verdictOf(metric, metric.range, matched.range);
    const { name, range } = metric;
    return [{ name, simulated: range, real: matched.range, events, verdict } satisfies ComparedMetric];
  });
  const run = rows.find(({ name }) => name === RUN_TIME);
  if (run?.verdict !== "differs") return rows;
  return rows.map((row) => (row === run ? row : { ...row, verdict: "cannot tell" }));
}

/** How many of the metrics have each verdict. */
export function verdictCounts(metrics: readonly Pick<ComparedMetric, "verdict">[]): Record<Verdict, number> {
  const counts = { agrees: 0, differs: 0, "cannot tell": 0 };
  for (const { verdict } of metrics) counts[verdict]++;
  return counts;
}
