// %% [markdown]
// # E3: is this call a forced migration?
//
// Will this very call force the task, although it is hot? Two numbers decide it in the kernel: how long ago the task ran, and how often
// balancing has failed. Below, what each input tells by itself, as in the thesis's Table 5.7: `sd_nr_balance_failed` stands out on both sides.
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment e3` makes them again.

// %%
import { drawIntervals } from "../report/figures/intervals.ts";
import { showHtml } from "./runner/session.ts";
import { intervalsOf, showStored, storedTable } from "./runner/stored.ts";

const scores = storedTable("e3", "scores");
showStored(scores, undefined, (row) => row[1] !== "simulated");

// %% [markdown]
// ## Accuracy on balanced classes
//
// The thesis: 97.6 % (PyTorch) and 97.4 % (LibML). For gridding (askap) and hackbench nothing can be judged.

// %%
const accuracy = storedTable("e3", "accuracy");
const real = (row: readonly unknown[]) => row[1] === "real kernel";
const runs = ["pytorch", "libml", "best"].map((judge) => `${judge}, separate run`);
showHtml(
  drawIntervals(
    runs.flatMap((run) =>
      intervalsOf(accuracy, run, { keep: real }).map((each) => ({ ...each, label: run })),
    ),
    "accuracy on balanced classes, %",
    { domain: [50, 100] },
  ),
);

// %% [markdown]
// ## Beside the rule, on another boot
//
// Here the rule is exact by definition, and a network that sees `coldness` comes as near as makes no difference.

// %%
showStored(
  storedTable("e3", "held-out"),
  ["judge", "accuracy %", "balanced % (95 %)", "MCC (95 %)", "PR-AUC (95 %)"],
  (row) => String(row[0]).startsWith("another boot"),
);
