import { bootstrapRange, mean } from "../../lab/compare/statistics.ts";
import type { PolicyResult, RunResults } from "../../lab/run/results.ts";
import { drawRatios, type MeanRatio, type Ratio } from "../../report/figures/ratios.ts";
import { commands, figure, figureInForms, type Html, html, htmlTable } from "../../report/html.ts";
import { randomStream } from "../../sim/engine/random.ts";

/** A measure of a policy. */
interface Measure {
  of: (result: PolicyResult) => number;
  label: string;
  caption: string;
}

const WORK: Measure = {
  of: ({ workNs }) => workNs,
  label: "work done",
  caption: "Work done in the same simulated time; right is better.",
};
const LATENCY: Measure = {
  of: ({ wakeupP99Ns }) => wakeupP99Ns,
  label: "99th percentile of wake-up latency",
  caption: "Wake-up latency; left is better.",
};

/** What all workloads together are called in figures. */
const ALL = "all, mean";

/** Each simulation of another policy beside that of stock CFS with the same workload and seed. */
function ratiosOf(run: RunResults, { of }: Measure): Ratio[] {
  const stock = new Map(
    run.policies.filter((p) => p.policy === "cfs").map((p) => [`${p.workload}|${p.seed}`, p] as const),
  );
  return run.policies.flatMap((p) => {
    const base = stock.get(`${p.workload}|${p.seed}`);
    if (p.policy === "cfs" || !base || of(base) <= 0 || of(p) <= 0) return [];
    return [{ workload: p.workload, policy: p.policy, value: of(p) / of(base) }];
  });
}

/**
 * Geometric means over workloads and seeds, by policy, with 95 % intervals by a bootstrap; none of fewer than three ratios.
 */
export function meansOf(ratios: readonly Ratio[]): MeanRatio[] {
  const random = randomStream("1", "report");
  return [...new Set(ratios.map(({ policy }) => policy))].flatMap((policy): MeanRatio[] => {
    const own = ratios.filter((r) => r.policy === policy).map(({ value }) => Math.log(value));
    if (own.length < 3) return [];
    const middle = (drawn: readonly number[]) => mean(drawn.map((i) => own[i]));
    const [low, high] = bootstrapRange([[...own.keys()]], middle, 0.95, 2000, random);
    return [{ workload: ALL, policy, value: Math.exp(mean(own)), low: Math.exp(low), high: Math.exp(high) }];
  });
}

/** Work done under each policy, all workloads together. */
export const workMeans = (run: RunResults): MeanRatio[] => meansOf(ratiosOf(run, WORK));

/** The means alone, for the first screen. */
export function workFigure(run: RunResults): Html {
  const means = workMeans(run);
  if (means.length === 0) return html``;
  return figure(
    drawRatios([], WORK.label, means, "narrow"),
    "3. What a policy gained: work done beside stock CFS, mean and 95 % interval. Right is better.",
  );
}

/** Policies beside stock CFS, workload by workload. */
export function policies(run: RunResults): Html {
  const all = (measure: Measure) => {
    const ratios = ratiosOf(run, measure);
    if (ratios.length === 0) return html``;
    return figureInForms((form) => drawRatios(ratios, measure.label, meansOf(ratios), form), measure.caption);
  };
  return html`<h2 id="policies">A learned policy beside stock CFS</h2>
<p>The same workload and seed run again with another judge in <code>can_migrate_task</code>. Throttled, pinned and running
tasks stay with CFS. A ring is one seed; a bar with a tick is the geometric mean of all, with its 95 % interval by a bootstrap. An interval
that holds 0 % shows no difference.</p>
${all(WORK)}
${all(LATENCY)}
<details><summary>All figures, by workload, seed and policy</summary>
${htmlTable(
  "Absolute figures.",
  [
    ...["workload", "seed", "policy", "units of work / s", "work, CPU s", "migrations", "forced"],
    ...["cache refill, ms", "wake-up p99, µs"],
  ],
  run.policies.map((p) => [
    p.workload,
    p.seed,
    p.policy,
    p.unitsPerSecond.toLocaleString("en-US", { maximumSignificantDigits: 4 }),
    (p.workNs / 1e9).toFixed(3),
    p.migrations,
    p.forced,
    (p.refillNs / 1e6).toFixed(2),
    (p.wakeupP99Ns / 1e3).toFixed(1),
  ]),
)}
${commands(run.policies.map((p) => p.command))}</details>`;
}
