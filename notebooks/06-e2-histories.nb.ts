// %% [markdown]
// # E2: does this call lead to a forced migration?
//
// The question that is worth asking: does a call belong to a *history* (notebook 2) that ends in a forced migration? No rule answers it.
// Below, what each input tells by itself, as in the thesis's Table 5.6.
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment e2` makes them again.

// %%
import { drawIntervals } from "../report/figures/intervals.ts";
import { showHtml } from "./runner/session.ts";
import { intervalsOf, showStored, storedTable } from "./runner/stored.ts";

const scores = storedTable("e2", "scores");
showStored(scores, undefined, (row) => row[1] !== "simulated");

// %% [markdown]
// ## Accuracy on balanced classes
//
// The thesis: 92.4 % on average. For gridding (askap) and hackbench there is nothing to judge: hardly a call is forced there.

// %%
const accuracy = storedTable("e2", "accuracy");
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
// Balanced classes hide how hard it is. With one history call in a hundred, look at MCC and PR-AUC: networks rank calls better than the rule
// “is it forced now?”, and decide no better.

// %%
showStored(
  storedTable("e2", "held-out"),
  ["judge", "accuracy %", "balanced % (95 %)", "MCC (95 %)", "PR-AUC (95 %)"],
  (row) => String(row[0]).startsWith("another boot"),
);
