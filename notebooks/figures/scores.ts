import { drawPlot, Plot } from "./plot.ts";

/** A score of one judge (a model, the rule, the majority) on one data set, with a confidence interval where known. */
export interface Score {
  data: string;
  judge: string;
  value: number;
  low?: number;
  high?: number;
}

/** Dots with intervals: one row per data set, one colour per judge. `domain` is the range of the score. */
export function drawScores(
  scores: readonly Score[],
  label: string,
  judges: readonly string[],
  domain: readonly [number, number],
): string {
  const sets = [...new Set(scores.map((s) => s.data))];
  const intervals = scores.filter((s) => s.low !== undefined && s.high !== undefined);
  return drawPlot({
    width: 820,
    height: 86 + 26 * sets.length,
    marginLeft: 230,
    grid: true,
    x: { label: `${label} →`, domain: [...domain] },
    y: { label: null, domain: sets },
    color: {
      legend: true,
      domain: [...judges],
      range: ["#0b62a8", "#2da44e", "#8c959f", "#bf8700", "#8250df", "#cf222e"].slice(0, judges.length),
    },
    marks: [
      Plot.ruleY(sets, { stroke: "#eaeef2" }),
      Plot.ruleY(intervals, {
        y: "data",
        x1: "low",
        x2: "high",
        stroke: "judge",
        strokeWidth: 3,
        strokeOpacity: 0.35,
      }),
      Plot.dot(scores, { x: "value", y: "data", fill: "judge", r: 4.5 }),
    ],
  });
}
