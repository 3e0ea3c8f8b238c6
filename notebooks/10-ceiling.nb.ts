// %% [markdown]
// # What is there to win, at most?
//
// Before any policy is tried: had somebody known at the first call of each history how it ends, and moved the task then, how much CPU time
// would that have been worth on the recorded kernel? Counted is the time until the forced migration in which the destination was seen idle.
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment ceiling` makes them again.

// %%
import { drawIntervals } from "../report/figures/intervals.ts";
import { showHtml } from "./runner/session.ts";
import { intervalsOf, showStored, storedTable } from "./runner/stored.ts";

const ceiling = storedTable("ceiling", "ceiling");
const column = "% while the destination was idle";
const of = (cost: string) =>
  ["4x2", "8x1"].flatMap((chip) =>
    intervalsOf(ceiling, column, { keep: (row) => row[1] === chip && row[2] === cost }).map((each) => ({
      ...each,
      label: `${chip}, ${cost} ms`,
    })),
  );
showHtml(drawIntervals([...of("0.5"), ...of("4")], "share of all CPU time that could be won, %"));

// %% [markdown]
// ## Why so little
//
// Half of all forced moves or more have no earlier call: there is nothing to be earlier than. For most of the rest the destination is busy
// until they are forced.

// %%
showStored(ceiling, [
  "workload",
  "chip",
  "migration cost, ms",
  "forced moves per s",
  "with earlier calls %",
  "mean time from the first, ms",
]);
