/** MLLB, the thesis's seed: its inputs and its shape on our rows, and what its published weights do. */
import { join, relative } from "node:path";
import { FEATURE_SETS, featureName } from "../../model/feature-sets.ts";
import type { PresetName } from "../../model/trainer/presets.ts";
import type { Bench } from "./bench.ts";
import { recordings } from "./data.ts";
import { learn } from "./learn.ts";
import { COLUMNS, cells, compared, type PairedSetting, stockCells, swept } from "./paired.ts";
import { type Cell, percent, type ResultTable } from "./table.ts";

interface Variant {
  label: string;
  preset: PresetName;
  features?: string;
  hidden?: readonly number[];
}

/** The thesis's inputs with `delta` as a logarithm. */
const LOGARITHM = FEATURE_SETS.e1
  .map(featureName)
  .map((name) => (name === "delta" ? "delta:log2" : name))
  .join(",");
const VARIANTS: readonly Variant[] = [
  { label: "MLLB's inputs, 10 hidden units", preset: "best", features: "mllb", hidden: [10] },
  { label: "the thesis's inputs (pytorch)", preset: "pytorch" },
  { label: "the same, `delta` as logarithm", preset: "pytorch", features: LOGARITHM },
  { label: "best", preset: "best" },
];

const SETTINGS: readonly PairedSetting[] = [
  { label: "numeric, 4x2", model: "numeric", chip: "i5-1035g1", seconds: 5 },
  {
    label: "eight and three at nice 10, 8x1",
    model: "weights",
    parameters: { pausePermille: "10" },
    chip: "8x1",
    seconds: 10,
  },
];

export async function mllbTables(bench: Bench): Promise<ResultTable[]> {
  return [await accuracyTable(bench), await policyTable(bench)];
}

async function accuracyTable(bench: Bench): Promise<ResultTable> {
  const train = recordings(bench, /-4x2-.*-train\.parquet$/);
  const tests = {
    "another boot": recordings(bench, /-4x2-.*-test\.parquet$/),
    "another chip": recordings(bench, /-8x1-.*-test\.parquet$/),
    "other workloads": recordings(bench, /\.parquet$/, "traces/real"),
  };
  const rows = await Promise.all(
    VARIANTS.map(async ({ label, preset, features, hidden }, v): Promise<Cell[]> => {
      const learnt = await learn(bench, `mllb-${v}`, {
        target: "migrate",
        preset,
        features,
        config: hidden ? { hidden } : {},
        askedOnly: true,
        train,
        split: "none",
        tests,
      });
      return [
        label,
        ...Object.keys(tests).flatMap((name): Cell[] => {
          const verdict = learnt[name];
          if ("why" in verdict) return [null, null];
          const { accuracy, balancedAccuracy, intervals } = verdict.own.model!;
          return [percent(accuracy), percent(balancedAccuracy, intervals?.balancedAccuracy)];
        }),
      ];
    }),
  );
  return {
    id: "accuracy",
    title: "MLLB's network on our rows: E1, `migrate`, calls past the hard refusals",
    columns: [
      { name: "network" },
      ...Object.keys(tests).flatMap((name) => [
        { name: `${name}: accuracy %`, digits: 2 },
        { name: "balanced % (95 %)", digits: 2 },
      ]),
    ],
    rows,
    notes: [
      "MLLB reports 99 % and asks its network after the hard refusals (throttled, per-CPU kthread, affinity, running), which stay with the kernel; so does the thesis's Algorithm 3. Its inputs say nothing of them.",
      "Five of its fifteen inputs are about NUMA nodes and constant here. It takes 1.9 µs for a call, or 36 % more than stock; what networks cost in our kernel is in docs/kernel-bridge.md.",
    ],
  };
}

async function policyTable(bench: Bench): Promise<ResultTable> {
  const file = relative(process.cwd(), join(bench.root, "examples/mllb.ts"));
  const policy = file.startsWith(".") ? file : `./${file}`;
  const rows: Cell[][] = [];
  for (const setting of SETTINGS) {
    const simulated = await swept(bench, setting, { policy: ["cfs", policy], migrationCost: ["4ms"] });
    const metrics = compared(bench, simulated, {}, { policy: "cfs" }, { policy });
    rows.push(
      [setting.label, "stock", ...stockCells(metrics)],
      ["", "as MLLB's published weights", ...cells(metrics)],
    );
  }
  return {
    id: "policy",
    title: "What its published weights do: no hot buddy is ever forced (migration cost 4 ms, stock = 100 %)",
    columns: [{ name: "workload" }, { name: "policy" }, ...COLUMNS],
    rows,
    notes: [
      "`examples/mllb.ts`, 30 paired seeds; intervals hold with 95 % for all metrics of a line together.",
    ],
  };
}
