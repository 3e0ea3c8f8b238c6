// %% [markdown]
// # E2: does this call lead to a forced migration?
//
// The question that is worth asking: does a call belong to a *history* (notebook 2) that ends in a forced migration? No rule answers it.
// Below, what each input tells by itself, as in the thesis's Table 5.6.
//
// The numbers are stored results ([docs/experiments.md](../docs/experiments.md)): `npx nicetries experiment e2` makes them again.

// %%
import { drawAccuracy, showAnotherBoot, showStored, storedTable } from "./runner/stored.ts";

const scores = storedTable("e2", "scores");
showStored(scores, undefined, (row) => row[1] !== "simulated");

// %% [markdown]
// ## Accuracy on balanced classes
//
// The thesis: 92.4 % on average. For gridding (askap) and hackbench there is nothing to judge: hardly a call is forced there.

// %%
drawAccuracy("e2");

// %% [markdown]
// ## Beside the rule, on another boot
//
// Balanced classes hide how hard it is. With one history call in a hundred, look at MCC and PR-AUC: networks rank calls better than the rule
// “is it forced now?”, and decide no better.

// %%
showAnotherBoot("e2");
