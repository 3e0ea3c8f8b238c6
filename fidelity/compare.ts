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

/**
 * Metric by metric over several runs of each side. Where the work itself differs (run time), or both sides have too few events, no other
 * metric tells anything.
 * @throws RangeError for no runs, and for runs on machines with other domains
 */
export function compare(simulated: readonly Observation[], real: readonly Observation[]): ComparedMetric[] {
  const [ours, theirs] = [simulated.map(metricsOf), real.map(metricsOf)];
  if (!ours[0] || !theirs[0]) throw new RangeError("a comparison needs a run of each side");
  const matched = new Map(theirs[0].map((metric, i) => [metric.name, i]));
  const rows = ours[0].flatMap((metric, i) => {
    const at = matched.get(metric.name);
    if (at === undefined) return [];
    const both = [...ours.map((run) => run[i]!), ...theirs.map((run) => run[at]!)];
    const range = (runs: Metric[][], of: number): Range => {
      const values = runs.map((run) => run[of]!.value);
      return [Math.min(...values), Math.max(...values)];
    };
    const compared = { simulated: range(ours, i), real: range(theirs, at) };
    const seldom =
      both.every(({ events }) => events < FEWEST_EVENTS) && both.some(({ events }) => events > 0);
    const verdict = seldom ? "cannot tell" : verdictOf(metric, compared.simulated, compared.real);
    return [{ name: metric.name, ...compared, verdict } satisfies ComparedMetric];
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
