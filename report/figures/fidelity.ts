import { drawPlot, Plot } from "./plot.ts";

/** Colours of the two sides. */
const SIDES = { recorded: "#24292f", simulated: "#0072b2" };
const DOMAIN = { domain: Object.keys(SIDES), range: Object.values(SIDES) };
const VERDICTS = { agrees: "#009e73", differs: "#d55e00", "cannot tell": "#b1b1b1" };

/** A point of a distribution: so large a share of the stretches took at most so long. One line for each run. */
export interface StretchPoint {
  side: keyof typeof SIDES;
  run: string;
  ms: number;
  share: number;
}

/** Distributions of times, a step line for each run of either side, over a logarithmic axis. */
export function drawStretches(points: readonly StretchPoint[], label: string): string {
  return drawPlot({
    width: 400,
    height: 260,
    grid: true,
    x: { label: `${label}, ms →`, type: "log", ticks: 5, tickFormat: (ms: number) => String(ms) },
    y: { label: "↑ share", domain: [0, 1] },
    color: { legend: true, ...DOMAIN },
    marks: [
      Plot.line(points, {
        ...{ x: "ms", y: "share", stroke: "side", z: "run" },
        ...{ curve: "step-after", strokeWidth: 1.5, strokeOpacity: 0.75 },
      }),
    ],
  });
}

/** How busy a CPU was in the runs of one side, percent. */
export interface CpuLoad {
  side: keyof typeof SIDES;
  cpu: string;
  mean: number;
  low: number;
  high: number;
}

/** A pair of bars for each CPU, with the range over the runs. */
export function drawCpuLoads(loads: readonly CpuLoad[], cpus: readonly string[]): string {
  return drawPlot({
    width: Math.max(400, 120 + 46 * cpus.length),
    height: 260,
    grid: true,
    fx: { label: "CPU", domain: cpus },
    x: { axis: null, domain: Object.keys(SIDES) },
    y: { label: "↑ busy, %", domain: [0, 100] },
    color: { legend: true, ...DOMAIN },
    marks: [
      Plot.barY(loads, { fx: "cpu", x: "side", y: "mean", fill: "side", fillOpacity: 0.75 }),
      Plot.ruleX(loads, { fx: "cpu", x: "side", y1: "low", y2: "high", stroke: "#57606a" }),
      Plot.ruleY([0]),
    ],
  });
}

/** How far a metric's simulated range lies from the recorded one, in tolerances. */
export interface MetricGap {
  metric: string;
  low: number;
  high: number;
  /** Half of the recorded range, about whose middle they lie. */
  noise: number;
  verdict: keyof typeof VERDICTS;
}

/** A line for each metric: where its replays lie about the middle of its recordings, by what the tolerance allows. */
export function drawGaps(gaps: readonly MetricGap[]): string {
  return drawPlot({
    width: 820,
    height: 86 + 20 * gaps.length,
    marginLeft: 190,
    grid: true,
    x: { label: "simulated less recorded, in tolerances →", domain: [-4, 4], clamp: true },
    y: { label: null, domain: gaps.map(({ metric }) => metric) },
    color: { legend: true, domain: Object.keys(VERDICTS), range: Object.values(VERDICTS) },
    marks: [
      Plot.ruleX([-1, 1], { stroke: "#57606a", strokeDasharray: "3,3" }),
      Plot.ruleY(gaps, {
        ...{ x1: ({ noise }: MetricGap) => -noise, x2: "noise", y: "metric" },
        ...{ stroke: SIDES.recorded, strokeOpacity: 0.15, strokeWidth: 9 },
      }),
      Plot.ruleY(gaps, { x1: "low", x2: "high", y: "metric", stroke: "verdict", strokeWidth: 3 }),
      Plot.dot(gaps, { x: "low", y: "metric", fill: "verdict", r: 3 }),
      Plot.dot(gaps, { x: "high", y: "metric", fill: "verdict", r: 3 }),
    ],
  });
}
