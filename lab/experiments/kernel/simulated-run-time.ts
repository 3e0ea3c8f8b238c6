/** What deciding costs: run times of the benchmarks (Table 5.10), simulated with the time that an inference takes. */
import type { Bench } from "../bench.ts";
import { COLUMNS, cells, compared, type PairedSetting, stockCells, swept } from "../paired.ts";
import type { Cell, ResultTable } from "../table.ts";
import { COST, type ThesisBenchmark, type ThesisCost } from "../thesis.ts";

const SETTINGS: readonly (PairedSetting & { benchmark: ThesisBenchmark })[] = [
  { benchmark: "hackbench", label: "hackbench", model: "hackbench", seconds: 0.2 },
  { benchmark: "cassandra", label: "cassandra: database", model: "database", seconds: 0.5 },
  { benchmark: "compress-zstd", label: "compress-zstd: compression", model: "compression", seconds: 10 },
  { benchmark: "arrayfire", label: "arrayfire: numeric", model: "numeric", seconds: 5 },
  { benchmark: "askap", label: "askap: convolution", model: "convolution", seconds: 10 },
].map((setting) => ({ ...setting, benchmark: setting.benchmark as ThesisBenchmark, chip: "i5-1035g1" }));
/** Ours as a network of 24 units takes it; MLLB's; the thesis's kernel, mean over its benchmarks (Table 5.9). */
const INFERENCE_NS = ["206", "1900", "43000"] as const;
const SEEDS = 12;

export async function simulatedRunTimes(bench: Bench): Promise<ResultTable> {
  const decide = "model:zoo/e1";
  const premigrate = "premigrate:zoo/e2";
  const rows: Cell[][] = [];
  for (const setting of bench.quick ? SETTINGS.slice(3, 4) : SETTINGS) {
    const simulated = await swept(
      bench,
      setting,
      { policy: ["cfs", decide, premigrate], "hardware.inferenceNs": INFERENCE_NS },
      SEEDS,
    );
    const { runSeconds } = COST[setting.benchmark];
    rows.push([setting.label, "thesis: with ML, prediction", null, ...thesisCells(runSeconds)]);
    const sides: [string, string, string][] = [
      ...INFERENCE_NS.map((ns): [string, string, string] => ["a network decides", decide, ns]),
      ["premigrate", premigrate, "206"],
      ["premigrate", premigrate, "43000"],
    ];
    sides.forEach(([label, policy, ns], i) => {
      const metrics = compared(
        bench,
        simulated,
        { "hardware.inferenceNs": ns },
        { policy: "cfs" },
        { policy },
      );
      if (i === 0) rows.push(["", "stock", null, ...runTime(null), ...stockCells(metrics)]);
      rows.push(["", label, Number(ns), ...runTime(metrics[0].ratio), ...cells(metrics)]);
    });
  }
  return {
    id: "simulated-run-time",
    title: "The same simulated, with what an inference costs: stock = 100 %",
    columns: [
      { name: "benchmark" },
      { name: "who decides" },
      { name: "ns per inference" },
      { name: "run time, %", digits: 2 },
      ...COLUMNS,
    ],
    rows,
    notes: [
      `Simulated; run time is the inverse of throughput. ${SEEDS} paired seeds; intervals hold with 95 % for all metrics of a line together. A decision costs the inference wherever the policy asks its model: 206 ns as for a network of 24 units, 1900 ns as MLLB reports, 43,000 ns as the thesis's kernel took beyond stock.`,
      "The thesis has one run of each kind, so that its differences of some per cent to both sides say nothing.",
    ],
  };
}

const runTime = (throughput: number | null): Cell[] => [throughput === null ? 100 : 100 / throughput];

/** The thesis's run times in percent of its stock: with ML, and behind it with prediction. */
const thesisCells = ({ stock, withMl, prediction }: ThesisCost["runSeconds"]): Cell[] => [
  `${((100 * withMl) / stock).toFixed(1)}, ${((100 * prediction) / stock).toFixed(1)}`,
  ...COLUMNS.map(() => null),
];
