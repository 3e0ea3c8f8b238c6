// %% [markdown]
// # How much of E2 can be foreseen at all?
//
// One learner is given more and more of what could be known: the row, counters of the past that a kernel could keep, and then the future
// itself, up to a horizon. What is still missing at the end of the past is what no predictor in the kernel can have.
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment predictability` makes them again.

// %%
import { drawIntervals } from "../report/figures/intervals.ts";
import { showHtml } from "./runner/session.ts";
import { intervalsOf, showStored, storedTable } from "./runner/stored.ts";

const knowledge = storedTable("predictability", "knowledge");
showHtml(
  drawIntervals(intervalsOf(knowledge, "PR-AUC (95 %)"), "PR-AUC", { domain: [0, 1], marginLeft: 330 }),
);

// %% [markdown]
// ## The numbers
//
// The last columns count only calls that are not forced now, and of these the ones whose move has not been forced before; in brackets, what
// chance gives. Counters kept for the same move (task, source, destination) nearly double the first, and leave the second as it is; the rest
// lies in the future.

// %%
showStored(knowledge, [
  "judged on",
  "known",
  "MCC (95 %)",
  "balanced %, cut for it (95 %)",
  "PR-AUC, not forced now",
  "PR-AUC, ahead",
]);

// %% [markdown]
// ## Who knows everything
//
// A recording has what the balancer saw. The simulator has all: every queue, every domain, timers, the work left, and, as the run can be
// repeated, what each task will do next. This is what boosted trees make of it, and a network where it says so.

// %%
const allKnowing = storedTable("predictability", "all-knowing");
showHtml(
  drawIntervals(intervalsOf(allKnowing, "balanced %, cut for it (95 %)"), "balanced accuracy, %", {
    domain: [40, 100],
    marginLeft: 400,
  }),
);

// %% [markdown]
// ## How far one has to see
//
// Whoever has the whole state and knows what tasks will do can play the run on. How much of the histories is decided by then? Nothing is
// learned here: it is counted.

// %%
showStored(storedTable("predictability", "played-on"));
