// %% [markdown]
// # E3: is this call a forced migration?
//
// Will this very call force the task, although it is hot? Two numbers decide it in the kernel: how long ago the task ran, and how often
// balancing has failed. Below, what each input tells by itself, as in the thesis's Table 5.7: `sd_nr_balance_failed` stands out on both sides.
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment e3` makes them again.

// %%
import { drawAccuracy, showAnotherBoot, showStored, storedTable } from "./runner/stored.ts";

const scores = storedTable("e3", "scores");
showStored(scores, undefined, (row) => row[1] !== "simulated");

// %% [markdown]
// ## Accuracy on balanced classes
//
// The thesis: 97.6 % (PyTorch) and 97.4 % (LibML). For gridding (askap) and hackbench nothing can be judged.

// %%
drawAccuracy("e3");

// %% [markdown]
// ## Beside the rule, on another boot
//
// Here the rule is exact by definition, and a network that sees `coldness` comes as near as makes no difference.

// %%
showAnotherBoot("e3");
