import { POLICY_COLOURS, scaleOf } from "./palette.ts";
import { drawPlot, type Form, NARROW, Plot } from "./plot.ts";

/** A measure of a policy relative to stock CFS on the same seed: 1 means no difference. */
export interface Ratio {
  workload: string;
  policy: string;
  value: number;
}

/** A mean of such ratios, with its interval. */
export interface MeanRatio extends Ratio {
  low: number;
  high: number;
}

/**
 * Ratios to stock CFS as differences in per cent: a band per workload, in it a line per policy with a ring for each seed, and a bar
 * with a tick where there is a mean and its interval.
 */
export function drawRatios(
  ratios: readonly Ratio[],
  label: string,
  means: readonly MeanRatio[] = [],
  form: Form = "wide",
): string {
  const all = [...ratios, ...means];
  const policies = [...new Set(all.map((r) => r.policy))];
  const workloads = [...new Set(all.map((r) => r.workload))];
  const farthest = Math.max(
    0.01,
    ...ratios.map(({ value }) => Math.abs(Math.log(value))),
    ...means.flatMap(({ low, high }) => [Math.abs(Math.log(low)), Math.abs(Math.log(high))]),
  );
  const isNarrow = form === "narrow";
  const names = isNarrow
    ? [
        Plot.text(workloads, {
          fy: (name) => name,
          text: (name) => name,
          frameAnchor: "top-left",
          dx: 3,
          dy: 3,
        }),
      ]
    : [];
  return drawPlot({
    ...(isNarrow
      ? { width: NARROW, height: 76 + workloads.length * (22 + 14 * policies.length), marginLeft: 16 }
      : { width: 820, height: 86 + workloads.length * (14 + 12 * policies.length), marginLeft: 190 }),
    ...(isNarrow ? { marginTop: 6 } : {}),
    x: {
      label: isNarrow ? `${label} →` : `${label}, beside stock CFS →`,
      // around no difference, as far to either side as anything lies
      type: farthest < 0.5 ? "linear" : "log",
      domain: [Math.exp(-1.1 * farthest), Math.exp(1.1 * farthest)],
      grid: true,
      tickFormat: (v: number) =>
        v >= 2 || v <= 0.5 ? `× ${v}` : `${v > 1 ? "+" : ""}${Number((100 * (v - 1)).toPrecision(3))} %`,
      ticks: isNarrow ? 4 : 6,
    },
    y: { axis: null, domain: policies, padding: 0.2, ...(isNarrow ? { insetTop: 16 } : {}) },
    fy: { label: null, axis: isNarrow ? null : "left", domain: workloads, padding: 0.15 },
    color: { legend: true, ...scaleOf(policies, POLICY_COLOURS) },
    marks: [
      Plot.frame({ stroke: "#eaeef2" }),
      Plot.ruleX([1], { stroke: "#57606a", strokeDasharray: "3,3" }),
      Plot.ruleY(means, {
        fy: "workload",
        y: "policy",
        x1: "low",
        x2: "high",
        stroke: "policy",
        strokeWidth: 4,
        strokeOpacity: 0.45,
      }),
      Plot.tickX(means, { fy: "workload", y: "policy", x: "value", stroke: "policy", strokeWidth: 2.5 }),
      Plot.dot(ratios, {
        fy: "workload",
        x: "value",
        y: "policy",
        stroke: "policy",
        strokeWidth: 1.5,
        r: 3,
      }),
      ...names,
    ],
  });
}
