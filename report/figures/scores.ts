import { JUDGE_COLOURS, scaleOf } from "./palette.ts";
import { drawPlot, type Form, NARROW, Plot } from "./plot.ts";

/** A score of one judge (a model, the rule, the majority) on one data set, with a confidence interval where known. */
export interface Score {
  data: string;
  judge: string;
  value: number;
  low?: number;
  high?: number;
}

/** Dots with intervals: a band per data set, in it a line per judge, so that nobody covers another. `domain` is the range of the score. */
export function drawScores(
  scores: readonly Score[],
  label: string,
  judges: readonly string[],
  domain: readonly [number, number],
  form: Form = "wide",
): string {
  const sets = [...new Set(scores.map((s) => s.data))];
  const intervals = scores.filter((s) => s.low !== undefined && s.high !== undefined);
  const isNarrow = form === "narrow";
  const names = isNarrow
    ? [Plot.text(sets, { fy: (set) => set, text: (set) => set, frameAnchor: "top-left", dx: 3, dy: 3 })]
    : [];
  return drawPlot({
    ...(isNarrow
      ? { width: NARROW, height: 76 + sets.length * (22 + 13 * judges.length), marginLeft: 16, marginTop: 6 }
      : { width: 820, height: 86 + sets.length * (14 + 11 * judges.length), marginLeft: 230 }),
    x: {
      ...(isNarrow ? { ticks: 5 } : {}),
      label: `${label} →`,
      domain: [...domain],
      grid: true,
      tickFormat: (v: number) => `${Math.round(100 * v)} %`,
    },
    y: { axis: null, domain: [...judges], padding: 0.2, ...(isNarrow ? { insetTop: 16 } : {}) },
    fy: { label: null, axis: isNarrow ? null : "left", domain: sets, padding: 0.15 },
    color: { legend: true, ...scaleOf(judges, JUDGE_COLOURS) },
    marks: [
      Plot.frame({ stroke: "#eaeef2" }),
      Plot.ruleY(intervals, {
        fy: "data",
        y: "judge",
        x1: "low",
        x2: "high",
        stroke: "judge",
        strokeWidth: 3,
        strokeOpacity: 0.35,
      }),
      Plot.dot(scores, { fy: "data", x: "value", y: "judge", fill: "judge", r: 4 }),
      ...names,
    ],
  });
}
