// %% [markdown]
// # From simulation to reality
//
// Can a network learn in a simulator what it needs on a real kernel? Each is trained on simulated rows (plain, or varied: other chips,
// tunables, kernel threads, pinned tasks, groups), on real ones, or on both, and judged on boots of the real kernel.
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment transfer` makes them again.

// %%
import { drawIntervals } from "../report/figures/intervals.ts";
import { showHtml } from "./runner/session.ts";
import { intervalsOf, showStored, storedTable } from "./runner/stored.ts";

const matrix = storedTable("transfer", "matrix");
showHtml(
  drawIntervals(
    intervalsOf(matrix, "real, other boots: balanced % (95 %)"),
    "balanced accuracy on other boots, %",
    {
      domain: [50, 100],
    },
  ),
);

// %% [markdown]
// ## What plain simulation lacked
//
// Right answers by what the kernel did, in percent: per-CPU kernel threads and pinned tasks. With these in the simulated traces, E1 and E3 are
// within a point of what real rows teach.

// %%
showStored(storedTable("transfer", "misses"));
