// %% [markdown]
// # On a real kernel
//
// What takes a running kernel: the thesis's networks in mode *shadow*, where the kernel counts their predictions while CFS decides; the regimes of its
// Table 5.5 (notebook 4); and earlier migration (notebook 11).
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment kernel --live` measures anew.

// %%
import { drawIntervals } from "../report/figures/intervals.ts";
import { showHtml } from "./runner/session.ts";
import { intervalsOf, showStored, storedTable } from "./runner/stored.ts";

const shadow = storedTable("kernel", "shadow");
const bars = ["outside, separate run: all calls", "outside, this run: calls asked", "in the kernel (95 %)"];
showHtml(
  drawIntervals(
    intervalsOf(shadow, bars[2]).flatMap(({ group, label }) =>
      bars.flatMap((column) =>
        intervalsOf(shadow, column)
          .filter((each) => each.group === group && each.label === label)
          .map((each) => ({ ...each, group: `${group}, ${label}`, label: column })),
      ),
    ),
    "accuracy on balanced classes, %",
    { domain: [40, 100] },
  ),
);

// %% [markdown]
// ## Regimes
//
// The same rt-app files on both sides: busy tasks without pauses, a few more than CPUs.

// %%
showStored(storedTable("kernel", "regimes"));

// %% [markdown]
// ## Earlier migration
//
// Nine equal tasks on eight CPUs, each boot a pair.

// %%
showStored(storedTable("kernel", "premigration"));
