// %% [markdown]
// # E1: will this task be moved now?
//
// The first question of the thesis, which it takes from MLLB: what will `can_migrate_task()` answer? Below, how much each of its inputs tells
// by itself (ANOVA's F, its Table 5.4): the thesis saw `delta`, the time since the task last ran, above all others, and so do the recordings
// of a real kernel here only in part.
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment e1` makes them again.

// %%
import { drawAccuracy, showAnotherBoot, showStored, storedTable } from "./runner/stored.ts";

const scores = storedTable("e1", "scores");
showStored(scores, undefined, (row) => row[1] !== "simulated");

// %% [markdown]
// ## Accuracy on balanced classes
//
// A network for each benchmark, on a boot that it has not learned from. The thesis reports more than 90 % for all but compress-zstd. Its
// networks (`pytorch`, `libml`) do not come there on these recordings, ours (`best`) does: it sees how cold a task is by the migration cost in
// force, where the thesis gives it plain nanoseconds.

// %%
drawAccuracy("e1");

// %% [markdown]
// ## Beside the rule, on another boot
//
// Nothing can beat the rule: it is the code that decides. One change, the logarithm of `delta`, brings the thesis's network most of the way.

// %%
showAnotherBoot("e1");
