import { JUDGE_COLOURS, scaleOf } from "./palette.ts";
import { drawPlot, type Form, NARROW, Plot } from "./plot.ts";

/** One point of a learning curve: a network is called by its preset. */
export interface CurvePoint {
  target: string;
  judge: string;
  epoch: number;
  loss: number;
}

/**
 * Loss by epoch, as a part of what it was after the first one: a panel per target, a line per network. Losses themselves are measured
 * differently from target to target and from preset to preset, and cannot be compared.
 */
export function drawCurves(
  points: readonly CurvePoint[],
  label = "validation loss",
  form: Form = "wide",
): string {
  const judges = [...new Set(points.map((p) => p.judge))];
  const first = new Map<string, CurvePoint>();
  const lineOf = ({ target, judge }: CurvePoint) => `${target} ${judge}`;
  for (const point of points)
    if (point.epoch < (first.get(lineOf(point))?.epoch ?? Number.POSITIVE_INFINITY))
      first.set(lineOf(point), point);
  const relative = points.map((point) => ({ ...point, loss: point.loss / first.get(lineOf(point))!.loss }));
  const targets = [...new Set(points.map((p) => p.target))];
  // panels beside each other, or where there is no room one below the other
  const panel = form === "narrow" ? "fy" : "fx";
  return drawPlot({
    ...(form === "narrow"
      ? { width: NARROW, height: 70 + 130 * targets.length, marginLeft: 50 }
      : { width: 820, height: 300, marginLeft: 60 }),
    grid: true,
    [panel]: { label: null, domain: targets, ...(form === "narrow" ? { axis: null } : {}) },
    x: { label: "epoch →", ticks: 4, tickFormat: (v: number) => (Number.isInteger(v) ? String(v) : "") },
    y: {
      label: `↑ ${label}, of the first epoch's`,
      zero: true,
      tickFormat: (v: number) => `${Math.round(100 * v)} %`,
    },
    color: { legend: true, ...scaleOf(judges, JUDGE_COLOURS) },
    marks: [
      Plot.frame({ stroke: "#eaeef2" }),
      ...(form === "narrow"
        ? [Plot.text(targets, { fy: (t) => t, text: (t) => t, frameAnchor: "top-right", dx: -4, dy: 4 })]
        : []),
      Plot.lineY(relative, { [panel]: "target", x: "epoch", y: "loss", stroke: "judge", strokeWidth: 1.8 }),
    ],
  });
}
