// %% [markdown]
// # Labelling forced migrations
//
// A forced migration is the end of a story (notebook 1 shows one): the balancer asked about the same move again and
// again, refused it because the task was *cache-hot* (it had just run), and gave way when balancing had failed too often. The label
// `forced_eventually` marks the whole story: a row gets 1 if some row with the same key was forced, and 0 otherwise. The key
// is task, source CPU, destination CPU, and the number of times the task has migrated so far.
//
// We label two traces, that is, files with one row for each decision: one from the simulator, one recorded on a real Linux 6.1.

// %%
import { REASON_COLOURS } from "../report/figures/palette.ts";
import { drawPlot, Plot } from "../report/figures/plot.ts";
import { presetTopology } from "../sim/chip/topology-presets.ts";
import { simulate } from "../sim/simulator.ts";
import { modelNamed } from "../sim/workload/models/catalogue.ts";
import { HistoryLabeller, labelTable } from "../traces/label.ts";
import { readTrace } from "../traces/read-trace.ts";
import { TARGETS, type TraceTable } from "../traces/schema.ts";
import { sliceTable, TableBuilder } from "../traces/table.ts";
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
// ## Four labels
//
// `migrate`: the task was allowed to move. `forced_now`: it was allowed to move although it was hot. `forced_detached`: and it
// really left its queue. `forced_eventually`: the story of such a row. The table counts the rows labelled 1. Whoever recorded the real
// trace did not look at whether tasks left their queues, so `forced_detached` is unknown there, not 0.

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
// For each key with a forced migration, the number of its calls. A story of a single call could not have been foreseen
// from an earlier refusal, for there was none.

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
      Plot.barY(histogram, { fx: "trace", x: "calls", y: "stories", fill: REASON_COLOURS.forced }),
      Plot.ruleY([0]),
    ],
  }),
);
showTable(histogram.sort((a, b) => a.trace.localeCompare(b.trace) || a.calls - b.calls));

// %% [markdown]
// ## What a label has to satisfy
//
// Labelling a long trace piece by piece gives the same as labelling it at once; each forced row carries the label. The tests
// check these properties and a dozen others on random traces, and show that each of them fails when the labeller is
// broken on purpose (docs/traces.md has the table).

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
