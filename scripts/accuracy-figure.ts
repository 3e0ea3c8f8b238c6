/** docs/experiments/accuracy.svg: Figures 5.1 to 5.3 of the thesis in its form, bars by benchmark, from the stored results. */

import { THESIS_BENCHMARKS } from "../lab/experiments/thesis.ts";
import { JUDGE_COLOURS, scaleOf } from "../report/figures/palette.ts";
import { drawPlot, Plot } from "../report/figures/plot.ts";
import { storedTable } from "./experiments.ts";

interface Bar {
  experiment: string;
  benchmark: string;
  judge: string;
  series: string;
  value: number;
  low: number;
  high: number;
}

const EXPERIMENTS = ["e1", "e2", "e3"] as const;
const FIGURE: Record<(typeof EXPERIMENTS)[number], string> = {
  e1: "E1 (Figure 5.1)",
  e2: "E2 (Figure 5.2)",
  e3: "E3 (Figure 5.3)",
};
const JUDGES = ["pytorch", "libml", "best"];
const RUNS = ["same run", "separate run"];

function bars(): {
  bars: Bar[];
  said: { experiment: string; benchmark: string; series: string; value: number }[];
} {
  const said: { experiment: string; benchmark: string; series: string; value: number }[] = [];
  const found = EXPERIMENTS.flatMap((name) => {
    const { columns, rows } = storedTable(name, "accuracy");
    let benchmark = "";
    return rows.flatMap((row) => {
      if (typeof row[0] === "string" && row[0] !== "") benchmark = row[0];
      return columns.flatMap(({ name: column }, i): Bar[] => {
        const cell = row[i];
        const [judge, run] = column.split(", ");
        if (row[1] === "thesis" && run === "same run" && Number.isFinite(Number(cell ?? Number.NaN)))
          said.push({
            experiment: FIGURE[name],
            benchmark,
            series: `${judge}, same run`,
            value: Number(cell),
          });
        if (row[1] !== "real kernel" || !JUDGES.includes(judge) || cell === null || typeof cell !== "object")
          return [];
        const [value, low, high] = cell;
        return [{ experiment: FIGURE[name], benchmark, judge, series: column, value, low, high }];
      });
    });
  });
  return { bars: found, said };
}

export function accuracyFigure(): string {
  const { bars: all, said } = bars();
  const series = JUDGES.flatMap((judge) => RUNS.map((run) => `${judge}, ${run}`));
  // those without a bar too: there the recordings hold one class only
  const panels = Object.values(FIGURE).flatMap((experiment) =>
    THESIS_BENCHMARKS.map((benchmark) => ({ experiment, benchmark })),
  );
  const svg = drawPlot({
    width: 980,
    height: 720,
    marginLeft: 56,
    marginTop: 46,
    marginBottom: 130,
    marginRight: 110,
    x: { domain: series, label: null, tickRotate: -60, tickSize: 0 },
    y: { domain: [50, 100], label: null, grid: true, ticks: 5 },
    fx: { label: null, domain: [...THESIS_BENCHMARKS] },
    fy: { label: null, domain: Object.values(FIGURE) },
    color: scaleOf(JUDGES, JUDGE_COLOURS),
    marks: [
      Plot.rectY(all, {
        fx: "benchmark",
        fy: "experiment",
        x: "series",
        y1: 50,
        y2: (bar: Bar) => Math.max(50, bar.value),
        fill: "judge",
        fillOpacity: (bar: Bar) => (bar.series.endsWith("same run") ? 0.55 : 1),
        inset: 1,
      }),
      Plot.ruleX(all, {
        fx: "benchmark",
        fy: "experiment",
        x: "series",
        y1: (bar: Bar) => Math.max(50, bar.low),
        y2: (bar: Bar) => Math.max(50, bar.high),
      }),
      Plot.tickY(said, {
        fx: "benchmark",
        fy: "experiment",
        x: "series",
        y: "value",
        stroke: "#d1242f",
        strokeWidth: 3,
      }),
      Plot.ruleY(panels, { fx: "benchmark", fy: "experiment", y: 50 }),
    ],
  });
  const title = "Accuracy on balanced classes by benchmark, E1 to E3";
  const text = `Bars for the presets pytorch, libml and best, on the same run and on a separate run of a real kernel, with 95 % intervals; red ticks are the numbers that the thesis states. The tables of docs/experiments.md hold the values.`;
  return `${svg.replace(/<svg ([^>]*)>/, `<svg xmlns="http://www.w3.org/2000/svg" $1 role="img"><title>${title}</title><desc>${text}</desc><rect width="100%" height="100%" fill="#fff"/><text x="10" y="16" text-anchor="start">${title}, %</text>`)}\n`;
}
