// %% [markdown]
// # The models in the box
//
// `zoo/e1`, `zoo/e2` and `zoo/e3` are trained on first boots of a real kernel, and judged here, in the kernel's fixed point, on what they have
// not seen ([their card](../model/zoo/README.md)).
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment zoo` makes them again.

// %%
import { drawIntervals } from "../report/figures/intervals.ts";
import { showHtml } from "./runner/session.ts";
import { intervalsOf, showStored, storedTable } from "./runner/stored.ts";

const zoo = storedTable("zoo", "zoo");
showHtml(
  drawIntervals(intervalsOf(zoo, "MCC (95 %)", { label: 2 }), "MCC", { domain: [0.5, 1], marginLeft: 250 }),
);

// %% [markdown]
// ## Where they are out of their depth
//
// Groups with a quota and real-time tasks: none of the inputs of `zoo/e1` tells of a throttled task.

// %%
showStored(
  zoo,
  ["model", "judged on", "positives of rows", "MCC (95 %)", "PR-AUC (95 %)"],
  (row) => row[2] === "groups and real-time tasks",
);
