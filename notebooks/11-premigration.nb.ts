// %% [markdown]
// # What does earlier migration win?
//
// The thesis's question, in the simulator with its model of warm caches, in three regimes (notebook 4): nine equal tasks, nearest to its Cassandra, eight tasks
// and three at nice 10, and a pipeline of short tasks. Stock CFS is 100 %; a line is 30 paired seeds with 95 % intervals that hold for all metrics together.
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment premigration` makes them again.

// %%
import { drawIntervals } from "../report/figures/intervals.ts";
import { showHtml } from "./runner/session.ts";
import { intervalsOf, showStored, storedTable } from "./runner/stored.ts";

const policies = storedTable("premigration", "policies");
let regime = "";
const rows = policies.rows.map(([workload, cost, policy, ...rest]) => {
  if (workload) regime = `${workload}, ${cost}`;
  return [regime, policy, ...rest];
});
const [, , ...columns] = policies.columns;
const byRegime = { ...policies, columns: [{ name: "regime, migration cost" }, ...columns], rows };
showHtml(
  drawIntervals(
    intervalsOf(byRegime, "throughput, %", { keep: (row) => row[1] !== "stock" }),
    "throughput, stock = 100 %",
    { reference: 100, marginLeft: 330 },
  ),
);

// %% [markdown]
// ## What changes all the same
//
// Migrations, forced ones among them, and the time spent on refilling caches. The throughput of CPU-bound tasks does not follow: one too
// many, they wait for each other, whoever of them is moved. In the pipeline it does where very many tasks are moved, or no hot one.

// %%
showStored(byRegime, [
  "regime, migration cost",
  "policy",
  "verdict",
  "migrations per s",
  "forced per s",
  "refill, ms per s",
]);
