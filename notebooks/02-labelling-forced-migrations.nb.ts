// %% [markdown]
// # Labelling forced migrations
//
// A forced migration is the end of a story: the balancer looked at the same move again and again, refused it because the
// task was hot, and gave in when balancing had failed too often. The label `forced_eventually` marks the whole story. It
// is a join: a record is labelled iff some forced record has its key (pid, source CPU, destination CPU, migrations so far).

// %%
import { presetTopology } from "../sim/chip/topology-presets.ts";
import { simulate } from "../sim/simulator.ts";
import { modelNamed } from "../sim/workload/models/catalogue.ts";
import { HistoryLabeller, labelTable } from "../traces/label.ts";
import { readTrace } from "../traces/read-trace.ts";
import { TARGETS, type TraceTable } from "../traces/schema.ts";
import { sliceTable, TableBuilder } from "../traces/table.ts";
import { drawPlot, Plot } from "./figures/plot.ts";
import { showHtml, showTable, showText } from "./runner/session.ts";

const builder = new TableBuilder();
simulate({
  topology: presetTopology("i5-1035g1"),
  workload: modelNamed("convolution").workload(),
  seed: "labels",
  durationNs: 20_000_000_000,
  onDecision: (row) => builder.append(row),
});
const simulated = builder.toTable();
const real = await readTrace(
  new URL("../traces/real/rtapp-nine-busy-cost4ms.parquet", import.meta.url).pathname,
);

// %% [markdown]
// ## Four targets
//
// The real trace was recorded without its detach path, so `forced_detached` is unknown there.

// %%
const count = (table: TraceTable, target: (typeof TARGETS)[number]) => {
  if (target === "forced_detached" && table.numeric.detached.every(Number.isNaN)) return "unknown";
  return labelTable(table, target).reduce((sum, y) => sum + y, 0);
};
showTable(
  [
    { trace: "convolution (simulated)", table: simulated },
    { trace: "rt-app, nine busy tasks (real)", table: real },
  ].map(({ trace, table }) => ({
    trace,
    rows: table.rows,
    ...Object.fromEntries(TARGETS.map((t) => [t, count(table, t)])),
  })),
);

// %% [markdown]
// ## How long are the stories?
//
// For each key that ends in a forced migration, the number of calls before it gave in. A story of one call could not have
// been foreseen from an earlier refusal.

// %%
function stories(table: TraceTable): number[] {
  const labels = labelTable(table, "forced_eventually");
  const { pid, src_cpu, dst_cpu, task_nr_migrations } = table.numeric;
  const lengths = new Map<string, number>();
  for (let i = 0; i < table.rows; i++) {
    if (labels[i] === 0) continue;
    const key = [pid[i], src_cpu[i], dst_cpu[i], task_nr_migrations[i]].join("/");
    lengths.set(key, (lengths.get(key) ?? 0) + 1);
  }
  return [...lengths.values()];
}
const histogram = [
  { trace: "simulated", lengths: stories(simulated) },
  { trace: "real", lengths: stories(real) },
].flatMap(({ trace, lengths }) =>
  [...new Set(lengths)].map((calls) => ({
    trace,
    calls,
    stories: lengths.filter((n) => n === calls).length,
  })),
);
showHtml(
  drawPlot({
    width: 820,
    height: 260,
    grid: true,
    fx: { label: null },
    x: { label: "calls in the story →", tickFormat: (v: number) => String(v) },
    y: { label: "↑ stories" },
    marks: [
      Plot.barY(histogram, { fx: "trace", x: "calls", y: "stories", fill: "#a50f15" }),
      Plot.ruleY([0]),
    ],
  }),
);
showTable(histogram.sort((a, b) => a.trace.localeCompare(b.trace) || a.calls - b.calls));

// %% [markdown]
// ## The properties that make it a label
//
// Streaming in chunks gives the same labels as one pass over the whole; each forced record carries the label; labelling
// again changes nothing. The tests hold these for generated traces, and show that each one fails for a broken labeller.

// %%
const whole = labelTable(simulated, "forced_eventually");
const streaming = new HistoryLabeller();
const chunks = Array.from({ length: Math.ceil(simulated.rows / 100) }, (_, k) =>
  sliceTable(simulated, 100 * k, 100 * (k + 1)),
);
for (const chunk of chunks) streaming.observe(chunk);
streaming.endOfTrace();
const pieces = chunks.flatMap((chunk) => [...streaming.label(chunk)]);
if (pieces.some((y, i) => y !== whole[i])) throw new Error("streaming and batch labels differ");
const forced = labelTable(simulated, "forced_now");
if (forced.some((y, i) => y === 1 && whole[i] === 0)) throw new Error("a forced record without its label");
showText(
  `${chunks.length} chunks and one pass give the same ${whole.length} labels; every forced record is labelled`,
);
