import { drawPlot, Plot } from "./plot.ts";

/** A metric's ratio B / A with its interval. */
export interface RatioInterval {
  metric: string;
  value: number;
  low: number;
  high: number;
  verdict: string;
}

const VERDICT_COLOURS = {
  better: "#009e73",
  worse: "#d55e00",
  different: "#0072b2",
  "no difference seen": "#57606a",
  "too few seeds": "#b1b1b1",
};
const SIDE_COLOURS = { A: "#24292f", B: "#0072b2" };

/** Ratios around 1, a line per metric; those of a metric that A has none of are left out. */
export function drawRatioIntervals(ratios: readonly RatioInterval[]): string {
  return drawPlot({
    width: 820,
    height: 86 + 26 * ratios.length,
    marginLeft: 140,
    grid: true,
    x: { label: "B / A →", nice: true },
    y: { label: null, domain: ratios.map(({ metric }) => metric) },
    color: { legend: true, domain: Object.keys(VERDICT_COLOURS), range: Object.values(VERDICT_COLOURS) },
    marks: [
      Plot.ruleX([1], { stroke: "#57606a", strokeDasharray: "3,3" }),
      Plot.ruleY(ratios, { x1: "low", x2: "high", y: "metric", stroke: "verdict", strokeWidth: 2 }),
      Plot.dot(ratios, { x: "value", y: "metric", fill: "verdict", r: 4 }),
    ],
  });
}

/** A metric of one simulation. */
export interface SideValue {
  side: "A" | "B";
  metric: string;
  value: number;
}

/** Share of the simulations with at most so much of one metric, both sides. */
export function drawEcdf(values: readonly SideValue[], label: string): string {
  const sides = (["A", "B"] as const).flatMap((side) => {
    const sorted = values
      .filter((v) => v.side === side)
      .map(({ value }) => value)
      .sort((x, y) => x - y);
    return sorted.map((value, i) => ({ side, value, share: (i + 1) / sorted.length }));
  });
  return drawPlot({
    width: 400,
    height: 240,
    grid: true,
    x: { label: `${label} →`, ticks: 5 },
    y: { label: "↑ share of simulations", domain: [0, 1] },
    color: { legend: true, domain: ["A", "B"], range: Object.values(SIDE_COLOURS) },
    marks: [
      Plot.lineY(sides, { x: "value", y: "share", stroke: "side", curve: "step-after", strokeWidth: 1.8 }),
    ],
  });
}

/** A metric at one value of what a sweep varies, with an interval for its mean. */
export interface CurvePointOfSweep {
  value: string;
  mean: number;
  low: number;
  high: number;
}

/** A metric of one simulation of a sweep. */
export interface RunOfSweep {
  /** Of what the sweep varies, as in the points. */
  value: string;
  metric: number;
  /** What it is, in words. */
  title: string;
  /** Where it is shown; left out: nowhere. */
  href?: string;
}

/** A metric along one dimension of a sweep: means with intervals, and behind them the simulations as rings. */
export function drawSweepCurve(
  points: readonly CurvePointOfSweep[],
  dimension: string,
  label: string,
  runs: readonly RunOfSweep[] = [],
): string {
  const rings = {
    ...{ x: "value", y: "metric", r: 3.5, stroke: "#57606a", strokeOpacity: 0.7, fill: "transparent" },
    ...{ title: "title", ...(runs.some(({ href }) => href !== undefined) ? { href: "href" } : {}) },
  };
  return drawPlot({
    width: 340,
    height: 230,
    marginLeft: 60,
    grid: true,
    x: { label: `${dimension} →`, type: "point", domain: points.map(({ value }) => value) },
    y: { label: `↑ ${label}`, nice: true },
    marks: [
      Plot.ruleX(points, { x: "value", y1: "low", y2: "high", stroke: "#0072b2", strokeWidth: 2 }),
      Plot.line(points, { x: "value", y: "mean", stroke: "#0072b2" }),
      Plot.dot(points, { x: "value", y: "mean", fill: "#0072b2", r: 3 }),
      ...(runs.length > 0 ? [Plot.dot(runs, rings)] : []),
    ],
  });
}

/** The mean of a metric at two values of what a sweep varies. */
export interface HeatCell {
  x: string;
  y: string;
  mean: number;
}

/** A metric over two dimensions of a sweep: numbers in coloured cells, as a ramp of colours needs a canvas. */
export function drawHeatMap(cells: readonly HeatCell[], x: string, y: string, label: string): string {
  return drawPlot({
    width: 340,
    height: 230,
    marginLeft: 90,
    x: { label: `${x} →`, type: "band", domain: [...new Set(cells.map((c) => c.x))] },
    y: { label: `↑ ${y}`, type: "band", domain: [...new Set(cells.map((c) => c.y))] },
    color: { scheme: "blues", label },
    marks: [
      // on a dark page, too, letters lie on light cells
      Plot.cell(cells, { x: "x", y: "y", fill: "#fff", inset: 0.5 }),
      Plot.cell(cells, { x: "x", y: "y", fill: "mean", fillOpacity: 0.6, inset: 0.5 }),
      Plot.text(cells, {
        x: "x",
        y: "y",
        text: (c: HeatCell) => String(Number(c.mean.toPrecision(3))),
        fill: "#1b1f24",
      }),
    ],
  });
}
