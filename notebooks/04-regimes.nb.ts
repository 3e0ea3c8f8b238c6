// %% [markdown]
// # What makes forced migrations?
//
// In the thesis's Cassandra run 7 % of the balancer's calls were forced migrations, and 26 % belonged to *histories* that end in one (notebook 2
// explains the label). In its hackbench run three in 100,000 were. What does a workload have to be like for the one or the other?
//
// We take the simplest workload there is, tasks that compute and hardly pause, and change one thing at a time: their number and weight, the chip,
// and the *migration cost*, the time for which the kernel takes a task to be cache-hot after it has run.

// %%
import { CLASS_BALANCE } from "../lab/experiments/thesis.ts";
import { drawPlot, Plot } from "../report/figures/plot.ts";
import { presetTopology } from "../sim/chip/topology-presets.ts";
import { simulate } from "../sim/simulator.ts";
import { modelNamed } from "../sim/workload/models/catalogue.ts";
import { labelTable } from "../traces/label.ts";
import { TableBuilder } from "../traces/table.ts";
import { showHtml, showTable, showText } from "./runner/session.ts";

const shapes = {
  "eight equal": { busy: 8, low: 0 },
  "nine equal": { busy: 9, low: 0 },
  "eight and three at nice 10": { busy: 8, low: 3 },
  "four, four at nice 5, three at nice -5": { busy: 4, low: 4, lowNice: 5, high: 3, highNice: -5 },
};
const traces = Object.entries(shapes).flatMap(([shape, parameters]) =>
  ["i5-1035g1", "8x1"].flatMap((chip) =>
    [500_000, 4_000_000].map((migrationCostNs) => {
      const builder = new TableBuilder();
      simulate({
        topology: presetTopology(chip),
        workload: modelNamed("weights").workload({ ...parameters, pausePermille: 0 }),
        seed: "regimes",
        durationNs: 30_000_000_000,
        tunables: { migrationCostNs },
        onDecision: (row) => builder.append(row),
      });
      return {
        shape,
        chip: chip === "8x1" ? "8x1" : "4x2",
        cost: migrationCostNs / 1e6,
        table: builder.toTable(),
      };
    }),
  ),
);

// %% [markdown]
// ## Shares
//
// Nobody is forced while each task has a CPU to itself. With one task too many somebody always waits, and how often that ends in force depends on the
// chip and the migration cost far more than on the tasks: on 4x2 two CPUs share each core and its caches, so that no task is hot between them.

// %%
const shares = traces.map(({ shape, chip, cost, table }) => {
  const count = (target: "forced_now" | "forced_eventually") =>
    table.rows === 0 ? 0 : labelTable(table, target).reduce((sum, y) => sum + y, 0);
  const [forced, histories] = [count("forced_now"), count("forced_eventually")];
  const percent = (n: number) => (table.rows === 0 ? 0 : (100 * n) / table.rows);
  return { shape, chip, cost, calls: table.rows, forced: percent(forced), histories: percent(histories) };
});
showTable(
  shares.map(({ forced, histories, ...rest }) => ({
    ...rest,
    "forced %": forced.toFixed(2),
    "calls of histories %": histories.toFixed(2),
  })),
);

// %% [markdown]
// ## Beside the thesis
//
// Filled: the thesis's five benchmarks. Hollow: ours. Its pairs lie where ours do, above the diagonal: every forced call is a history by itself.

// %%
const thesis = Object.entries(CLASS_BALANCE).map(([benchmark, pair]) => ({ benchmark, ...pair }));
showHtml(
  drawPlot({
    width: 720,
    height: 420,
    marginLeft: 60,
    grid: true,
    x: { type: "log", domain: [0.002, 20], label: "forced calls, % →" },
    y: { type: "log", domain: [0.002, 60], label: "↑ calls of histories, %" },
    marks: [
      Plot.line(
        [
          [0.002, 0.002],
          [20, 20],
        ],
        { strokeOpacity: 0.3 },
      ),
      Plot.dot(
        shares.filter(({ forced }) => forced > 0),
        { x: "forced", y: "histories", stroke: "#0072b2", r: 5, symbol: "circle" },
      ),
      Plot.dot(thesis, { x: "forced", y: "histories", fill: "#8c0d1a", r: 5 }),
      Plot.text(thesis, { x: "forced", y: "histories", text: "benchmark", dx: 8, textAnchor: "start" }),
    ],
  }),
);

// %% [markdown]
// ## Forced, and still there
//
// A history grows when a task is forced and stays all the same. After `can_migrate_task()` has said yes, `detach_tasks()` asks whether the task's load is
// larger than what is to be moved; the imbalance is then too small for the task, and the same move is tried again at the next occasion.

// %%
const kept = { forced: 0, stayed: 0, forLoad: 0 };
for (const { table } of traces)
  for (let i = 0; i < table.rows; i++) {
    if (table.numeric.migration[i] !== 2) continue;
    kept.forced++;
    if (table.numeric.detached[i] === 1) continue;
    kept.stayed++;
    if (table.text.lb_migration_type[i] === "migrate_load") kept.forLoad++;
  }
showText(
  `${kept.forced} forced calls; ${kept.stayed} of these tasks stayed, ${kept.forLoad} of them where load was to be moved`,
);
