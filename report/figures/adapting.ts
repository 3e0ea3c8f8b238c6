import { ADAPT_COLOURS } from "./palette.ts";
import { drawPlot, Plot } from "./plot.ts";

/** The share of the hard cases of a span in which somebody was right, over all seeds, with an interval. */
export interface AdaptPoint {
  where: string;
  who: string;
  /** Middle of the span, seconds from the change of the workload on. */
  second: number;
  percent: number;
  low: number;
  high: number;
}

/** When another model came into force, seconds from the change on. */
export interface AdaptSwap {
  where: string;
  second: number;
}

/** Agreement by time, a panel for each place; swaps are ticks at the lower edge. */
export function drawAdapting(points: readonly AdaptPoint[], swaps: readonly AdaptSwap[]): string {
  const by = { fx: "where", x: "second" } as const;
  return drawPlot({
    width: 860,
    height: 300,
    marginLeft: 52,
    grid: true,
    fx: { label: null, domain: [...new Set(points.map(({ where }) => where))] },
    x: { label: "seconds since the workload has changed →" },
    y: { label: "↑ % right", domain: [0, 100] },
    color: { domain: Object.keys(ADAPT_COLOURS), range: Object.values(ADAPT_COLOURS) },
    marks: [
      Plot.frame({ stroke: "#eaeef2" }),
      Plot.ruleX([0], { stroke: "#57606a", strokeDasharray: "3,3" }),
      Plot.areaY(points, { ...by, y1: "low", y2: "high", fill: "who", fillOpacity: 0.18 }),
      Plot.lineY(points, { ...by, y: "percent", stroke: "who", strokeWidth: 1.8 }),
      Plot.ruleX(swaps, { ...by, y1: 0, y2: 6, stroke: "#8c0d1a", strokeWidth: 1.6 }),
    ],
  });
}
