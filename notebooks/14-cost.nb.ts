// %% [markdown]
// # What does a network in the balancer cost?
//
// On the thesis's machine a call of `can_migrate_task()` took 8 to 71 times as long with a network in it (its Table 5.9), and run times went up and
// down by some per cent (Table 5.10, one run each). Here the patched kernel runs in a guest in virtual time: a latency is a count of instructions.
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment cost --live` measures anew.

// %%
import { drawIntervals } from "../report/figures/intervals.ts";
import { showHtml } from "./runner/session.ts";
import { filledRows, showStored, storedTable } from "./runner/stored.ts";

const latency = storedTable("cost", "latency");
const factor = latency.columns.findIndex(({ name }) => name === "× stock");
showHtml(
  drawIntervals(
    filledRows(latency)
      .filter((row) => !String(row[1]).endsWith("stock"))
      .map((row) => ({ group: String(row[0]), label: String(row[1]), value: Number(row[factor]) })),
    "a call, times stock",
    { log: true, reference: 1 },
  ),
);

// %% [markdown]
// ## Run times
//
// A fixed amount of work, ten alternating repeats. In virtual time all eight CPUs share 250 million instructions a second while timers tick as often as
// ever, so that each decision weighs far more than on hardware: an upper bound.

// %%
showStored(storedTable("cost", "run-time"), [
  "benchmark",
  "who decides",
  "run time, s",
  "stock = 100 % (95 %)",
  "waiting, % (95 %)",
]);
