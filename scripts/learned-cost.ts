/**
 * Trains the policy learned-cost and writes its weights; or finds, with as many simulations, the best fixed setting of the grid of its actions, or the
 * best of a random search. Prints what each gains over stock CFS on the seeds it was chosen on; sweeps measure on others:
 *
 *   npx tsx scripts/learned-cost.ts train|grid|random [ITERATIONS]
 */
import { fileURLToPath } from "node:url";
import { gainsOf, learnCost } from "../lab/policy/learn-cost.ts";
import { randomStream } from "../sim/engine/random.ts";
import type { SettingChanges } from "../sim/policy/control.ts";
import { ACTIONS, changesOf, FEATURES } from "../sim/policy/learned-cost.ts";
import { writeFileAtomic } from "../traces/atomic-file.ts";

const PATH = fileURLToPath(new URL("../sim/policy/learned-cost-weights.ts", import.meta.url));
const [, , what = "", iterations = "24"] = process.argv;
const OPTIONS = {
  workloads: ["numeric", "database", "hackbench", "convolution", "compression"],
  durationNs: 200_000_000,
  iterations: Number(iterations),
  episodes: 4,
  learningRate: 0.1,
  entropy: 0.02,
  seed: "learned-cost",
  seeds: 12,
};
const BUDGET = OPTIONS.workloads.length * OPTIONS.iterations * OPTIONS.episodes;
const percent = (gain: number) => `${(100 * gain).toFixed(2)} %`;

const search = {
  train() {
    const weights = learnCost({
      ...OPTIONS,
      onIteration: (i, reward) => console.log(`iteration ${i}: ${percent(reward)}`),
    });
    const rows = Array.from({ length: ACTIONS }, (_, a) =>
      [...weights.subarray(a * FEATURES, (a + 1) * FEATURES)].map((w) => Number(w.toFixed(4))),
    );
    writeFileAtomic(
      PATH,
      `/** Made by \`npx tsx scripts/learned-cost.ts train\`: weights of sim/policy/learned-cost.ts, an action's in a row. */
// biome-ignore format: a row per action
export const WEIGHTS: readonly number[] = [
${rows.map((row) => `  ${row.join(", ")},`).join("\n")}
];
`,
    );
  },
  grid() {
    best(Array.from({ length: ACTIONS }, (_, action) => changesOf(action, { cacheNiceTries: { MC: 1 } })));
  },
  random() {
    const random = randomStream(OPTIONS.seed, "random search");
    best(
      Array.from({ length: 24 }, () => ({
        migrationCostNs: Math.round(50_000 * 1000 ** random()),
        cacheNiceTries: { MC: Math.floor(random() * 5) },
      })),
    );
  },
};

/** Prints what each setting gains; with all together as many simulations as the learner has. */
function best(settings: readonly SettingChanges[]): void {
  const count = Math.ceil(BUDGET / (settings.length * OPTIONS.workloads.length));
  const seeds = Array.from({ length: count }, (_, i) => `search/${i}`);
  const tried = settings.map((tunables) => ({ tunables }));
  const gains = gainsOf(OPTIONS, seeds, tried);
  settings
    .map((setting, i) => ({ setting, gain: gains[i] }))
    .sort((a, b) => b.gain - a.gain)
    .forEach(({ setting, gain }) => {
      console.log(`${percent(gain)} ${JSON.stringify(setting)}`);
    });
}

if (Object.hasOwn(search, what)) search[what as keyof typeof search]();
else {
  console.error(`one of ${Object.keys(search).join(", ")}`);
  process.exitCode = 2;
}
