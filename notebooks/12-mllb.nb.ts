// %% [markdown]
// # MLLB again: why its network is right in 99 % of the calls
//
// MLLB (Chen et al., APSys 2020), which the thesis follows, reports 99 % with fifteen inputs and ten hidden units. On our rows its inputs give
// that, too, because three of them are the kernel's rule; the thesis's inputs do not.
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment mllb` makes them again.

// %%
import { drawIntervals } from "../report/figures/intervals.ts";
import { showHtml } from "./runner/session.ts";
import { showStored, storedTable } from "./runner/stored.ts";

const accuracy = storedTable("mllb", "accuracy");
const sets = ["another boot", "another chip", "other workloads"];
const at = accuracy.columns.flatMap(({ name }, i) => (name === "balanced % (95 %)" ? [i] : []));
showHtml(
  drawIntervals(
    accuracy.rows.flatMap((row) =>
      at.flatMap((i, set) => {
        const cell = row[i];
        if (cell === null || typeof cell !== "object") return [];
        const [value, low, high] = cell;
        return [{ group: sets[set], label: String(row[0]), value, low, high }];
      }),
    ),
    "balanced accuracy, %",
    { domain: [50, 100] },
  ),
);

// %% [markdown]
// ## What its published weights do
//
// They never force a hot buddy. In the simulator this changes nothing that 30 paired seeds can see.

// %%
showStored(storedTable("mllb", "policy"), [
  "workload",
  "policy",
  "throughput, %",
  "verdict",
  "migrations per s",
  "forced per s",
]);
