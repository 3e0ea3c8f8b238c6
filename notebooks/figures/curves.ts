import { drawPlot, Plot } from "./plot.ts";

/** One point of a learning curve. */
export interface CurvePoint {
  model: string;
  epoch: number;
  loss: number;
}

/** Validation loss by epoch, one line per model. */
export function drawCurves(points: readonly CurvePoint[], label = "validation loss"): string {
  return drawPlot({
    width: 820,
    height: 300,
    marginLeft: 60,
    grid: true,
    x: { label: "epoch →", interval: 1, tickFormat: (v: number) => String(v) },
    y: { label: `↑ ${label}`, zero: true },
    color: { legend: true, scheme: "observable10" },
    marks: [Plot.lineY(points, { x: "epoch", y: "loss", stroke: "model", strokeWidth: 1.8 })],
  });
}
