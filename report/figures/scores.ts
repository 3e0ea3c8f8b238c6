import { JUDGE_COLOURS, scaleOf } from "./palette.ts";
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
    color: { legend: true, ...scaleOf(judges, JUDGE_COLOURS) },
    r: { type: "identity" },
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
      // the rule larger and below, so that it covers nobody who is as good
      Plot.dot(scores, {
        x: "value",
        y: "data",
        fill: "judge",
        r: (s: Score) => (s.judge === "rule" ? 7 : 4.5),
      }),
    ],
  });
}
