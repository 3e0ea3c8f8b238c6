import { POLICY_COLOURS, scaleOf } from "./palette.ts";
import { drawPlot, Plot } from "./plot.ts";

/** A measure of a policy relative to stock CFS on the same seed: 1 means no difference. */
export interface Ratio {
  workload: string;
  policy: string;
  value: number;
}

/** Ratios to stock CFS on a log scale around 1, one dot per seed. */
export function drawRatios(ratios: readonly Ratio[], label: string): string {
  const policies = [...new Set(ratios.map((r) => r.policy))];
  const workloads = [...new Set(ratios.map((r) => r.workload))];
  return drawPlot({
    width: 820,
    height: 86 + 26 * workloads.length,
    marginLeft: 190,
    grid: true,
    x: {
      label: `${label}, relative to stock CFS →`,
      type: "log",
      tickFormat: (v: number) => String(v),
      ticks: 6,
    },
    y: { label: null, domain: workloads },
    color: { legend: true, ...scaleOf(policies, POLICY_COLOURS) },
    marks: [
      Plot.ruleX([1], { stroke: "#57606a", strokeDasharray: "3,3" }),
      Plot.dot(ratios, { x: "value", y: "workload", stroke: "policy", strokeWidth: 2, r: 4 }),
    ],
  });
}
