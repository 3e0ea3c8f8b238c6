import { JUDGE_COLOURS, scaleOf } from "./palette.ts";
import { drawPlot, Plot } from "./plot.ts";

/** One point of a learning curve: a network is called by its preset. */
export interface CurvePoint {
  target: string;
  judge: string;
  epoch: number;
  loss: number;
}

/** Loss by epoch: a panel per target, a line per network. */
export function drawCurves(points: readonly CurvePoint[], label = "validation loss"): string {
  const judges = [...new Set(points.map((p) => p.judge))];
  return drawPlot({
    width: 820,
    height: 300,
    marginLeft: 60,
    grid: true,
    fx: { label: null, domain: [...new Set(points.map((p) => p.target))] },
    x: { label: "epoch →", ticks: 4, tickFormat: (v: number) => (Number.isInteger(v) ? String(v) : "") },
    y: { label: `↑ ${label}`, zero: true },
    color: { legend: true, ...scaleOf(judges, JUDGE_COLOURS) },
    marks: [
      Plot.frame({ stroke: "#eaeef2" }),
      Plot.lineY(points, { fx: "target", x: "epoch", y: "loss", stroke: "judge", strokeWidth: 1.8 }),
    ],
  });
}
