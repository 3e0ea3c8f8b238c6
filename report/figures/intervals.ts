import { drawPlot, Plot } from "./plot.ts";

/** A value with its interval, in a line of its own within a group. */
export interface Interval {
  group: string;
  label: string;
  value: number;
  low?: number;
  high?: number;
}

/** Dots with intervals: a band for each group, in it a line for each label. `reference` is drawn as a line across. */
export function drawIntervals(
  intervals: readonly Interval[],
  label: string,
  options: {
    domain?: readonly [number, number];
    log?: boolean;
    reference?: number;
    marginLeft?: number;
  } = {},
): string {
  const groups = [...new Set(intervals.map(({ group }) => group))];
  const labels = [...new Set(intervals.map((each) => each.label))];
  const { domain, log = false, reference, marginLeft = 220 } = options;
  return drawPlot({
    width: 820,
    height: 60 + groups.length * (16 + 15 * labels.length),
    marginLeft,
    marginRight: 170,
    x: {
      label: `${label} →`,
      grid: true,
      type: log ? "log" : "linear",
      ...(domain ? { domain: [...domain] } : {}),
    },
    y: { label: null, domain: labels, padding: 0.3 },
    fy: { label: null, domain: groups, padding: 0.12 },
    marks: [
      Plot.frame({ stroke: "#eaeef2" }),
      ...(reference === undefined
        ? []
        : [Plot.ruleX([reference], { stroke: "#8c959f", strokeDasharray: "3,3" })]),
      Plot.ruleY(
        intervals.filter(({ low, high }) => low !== undefined && high !== undefined),
        {
          fy: "group",
          y: "label",
          x1: "low",
          x2: "high",
          stroke: "#0072b2",
          strokeWidth: 3,
          strokeOpacity: 0.35,
        },
      ),
      Plot.dot(intervals, { fy: "group", y: "label", x: "value", fill: "#0072b2", r: 4 }),
    ],
  });
}
