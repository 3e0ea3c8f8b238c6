/** Figures 5.4 to 5.6 of the thesis in its form, from the stored measurement of the kernel: latencies and run times. */
import { readFileSync } from "node:fs";
import { BENCHMARKS } from "../lab/experiments/data.ts";
import { ownMean } from "../lab/experiments/kernel/cost.ts";
import { COST } from "../lab/experiments/thesis.ts";
import { drawPlot, Plot } from "../report/figures/plot.ts";
import type { CostMeasured, MeasurementName, Measurements } from "../traces/measured.ts";
import { storedTable } from "./experiments.ts";

const FOLDER = new URL("../kernel-bridge/measured/", import.meta.url).pathname;

/** A stored measurement. */
export const storedMeasurement = <N extends MeasurementName>(name: N): Measurements[N] =>
  JSON.parse(readFileSync(`${FOLDER}${name}.json`, "utf8"));

const COLOURS = ["#57606a", "#0072b2", "#e69f00", "#009e73", "#cc79a7"];

function contendersOf({ benchmarks }: CostMeasured): string[] {
  return benchmarks[0].contenders.map(({ name }) => name);
}

/** With a title, a description for those who cannot see it, and coloured names under the title. */
function titled(svg: string, title: string, text: string, names: readonly string[] = []): string {
  const legend = names.map(
    (name, i) => `<text x="${60 + 190 * i}" y="40" text-anchor="start" fill="${COLOURS[i]}">● ${name}</text>`,
  );
  const head = [
    `<title>${title}</title><desc>${text}</desc>`,
    `<rect width="100%" height="100%" fill="#fff"/><text x="10" y="18" text-anchor="start">${title}</text>`,
    ...legend,
  ];
  return `${svg.replace(/<svg ([^>]*)>/, `<svg xmlns="http://www.w3.org/2000/svg" $1 role="img">${head.join("")}`)}\n`;
}

/** docs/experiments/latency.svg: probability density of a call of can_migrate_task() (Figure 5.6), means as ticks (Figure 5.4). */
export function latencyFigure(): string {
  const measured = storedMeasurement("cost");
  const names = contendersOf(measured);
  const all = BENCHMARKS.flatMap(({ thesis, recorded }) =>
    (measured.benchmarks.find(({ benchmark }) => benchmark === recorded)?.contenders ?? []).map(
      ({ name, latency }) => ({ benchmark: thesis, name, latency }),
    ),
  );
  const points = all.flatMap(({ benchmark, name, latency: { density, calls } }) =>
    byTenth(density).flatMap(({ low, high, calls: n }) => {
      const y = n / calls / Math.log10(high / low);
      return [
        { benchmark, name, x: low, y },
        { benchmark, name, x: high, y },
      ];
    }),
  );
  const means = all.map(({ benchmark, name, latency }) => ({
    benchmark,
    name,
    x: ownMean(latency.density).mean,
  }));
  const svg = drawPlot({
    width: 860,
    height: 760,
    marginLeft: 60,
    marginTop: 60,
    marginRight: 110,
    x: { type: "log", domain: [10, 10_000], label: "instructions of a call →", grid: true },
    y: { label: null, grid: true, ticks: 3 },
    fy: { label: null, domain: BENCHMARKS.map(({ thesis }) => thesis) },
    color: { domain: names, range: COLOURS, legend: false },
    marks: [
      Plot.line(points, {
        fy: "benchmark",
        x: "x",
        y: "y",
        stroke: "name",
        z: "name",
        strokeWidth: 1.5,
        clip: true,
      }),
      Plot.ruleX(means, { fy: "benchmark", x: "x", stroke: "name", strokeDasharray: "2,3" }),
    ],
  });
  return titled(
    svg,
    "Latency of can_migrate_task() on a real kernel: probability density of the logarithm (base 10)",
    "Density of the instructions of a call, stock and with networks; dashed lines are means of calls up to 4,096 instructions. Table 5.9 of docs/experiments.md holds the values.",
    names,
  );
}

/** Buckets together as tenths of a power of ten: single ones are too few calls. */
function byTenth(density: CostMeasured["benchmarks"][number]["contenders"][number]["latency"]["density"]) {
  const bins = new Map<number, number>();
  for (const [low, width, calls] of density) {
    if (low <= 0) continue;
    const bin = Math.floor(20 * Math.log10(low + width / 2));
    bins.set(bin, (bins.get(bin) ?? 0) + calls);
  }
  const edges = [...bins.keys()].sort((a, b) => a - b);
  const from = edges[0] - 1;
  return Array.from({ length: edges.at(-1)! - from + 2 }, (_, i) => ({
    low: 10 ** ((from + i) / 20),
    high: 10 ** ((from + i + 1) / 20),
    calls: bins.get(from + i) ?? 0,
  }));
}

/** docs/experiments/run-time.svg: run times (Figure 5.5), stock = 100 %. */
export function runTimeFigure(): string {
  const { columns, rows } = storedTable("cost", "run-time");
  const ratio = columns.findIndex(({ name }) => name.startsWith("stock = 100"));
  let benchmark = "";
  const bars: {
    benchmark: string;
    who: string;
    value: number;
    low?: number;
    high?: number;
    thesis: boolean;
  }[] = [];
  for (const row of rows) {
    const [first, who] = row;
    const cell = row[ratio];
    const thesis = String(who).startsWith("thesis");
    if (thesis && first !== "") benchmark = String(first);
    if (typeof cell === "number") bars.push({ benchmark, who: String(who), value: cell, thesis });
    else if (cell !== null && typeof cell === "object")
      bars.push({ benchmark, who: String(who), value: cell[0], low: cell[1], high: cell[2], thesis });
  }
  const shown = bars.filter(({ who }) => !/stock$/.test(who));
  const svg = drawPlot({
    width: 860,
    height: 620,
    marginLeft: 210,
    marginTop: 40,
    marginRight: 110,
    x: { domain: [85, 115], label: "run time, stock = 100 % →", grid: true },
    y: { label: null, domain: [...new Set(shown.map(({ who }) => who))] },
    fy: { label: null, domain: Object.keys(COST) },
    marks: [
      Plot.ruleX([100], { stroke: "#57606a" }),
      Plot.barX(shown, {
        fy: "benchmark",
        y: "who",
        x1: 100,
        x2: "value",
        fill: (bar: (typeof shown)[number]) => (bar.thesis ? "#8c0d1a" : "#0072b2"),
        insetTop: 1,
        insetBottom: 1,
        clip: true,
      }),
      Plot.ruleY(
        shown.filter(({ low }) => low !== undefined),
        { fy: "benchmark", y: "who", x1: "low", x2: "high", strokeWidth: 1.5, clip: true },
      ),
    ],
  });
  return titled(
    svg,
    "Run times with a network in the balancer, the thesis's (red) and ours (blue)",
    "Differences from stock in percent, ours with 95 % intervals over alternating repeats. Table 5.10 of docs/experiments.md holds the values.",
  );
}
