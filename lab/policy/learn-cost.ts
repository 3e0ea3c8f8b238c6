import { optimiser } from "../../model/trainer/optimiser.ts";
import { DEFAULT_TOPOLOGY, presetTopology } from "../../sim/chip/topology-presets.ts";
import { randomStream } from "../../sim/engine/random.ts";
import { ACTIONS, FEATURES, steered } from "../../sim/policy/learned-cost.ts";
import type { PolicyFactory } from "../../sim/policy/policy.ts";
import { simulate } from "../../sim/simulator.ts";
import type { Tunables } from "../../sim/tunables.ts";
import { modelNamed } from "../../sim/workload/models/catalogue.ts";

export interface LearnOptions {
  workloads: readonly string[];
  chip?: string;
  durationNs: number;
  iterations: number;
  /** Episodes of each workload in an iteration. */
  episodes: number;
  learningRate: number;
  /** Weight of the entropy of the actions in the objective: how long the learner keeps trying. */
  entropy: number;
  /** Of actions and simulations. */
  seed: string;
  /** How many seeds the simulations have, named after `seed`: iterations take them in turn. */
  seeds: number;
  /** Told of each iteration. */
  onIteration?: (iteration: number, reward: number) => void;
}

export interface Step {
  readonly features: Float64Array;
  readonly p: Float64Array;
  readonly action: number;
}

type Fixed = Pick<Partial<Tunables>, "migrationCostNs" | "cacheNiceTries">;

/** Units of work that a workload finishes. */
export function workOf(
  { chip = DEFAULT_TOPOLOGY, durationNs }: Pick<LearnOptions, "chip" | "durationNs">,
  workload: string,
  seed: string,
  { policy, tunables }: { policy?: PolicyFactory; tunables?: Fixed } = {},
): number {
  const topology = presetTopology(chip);
  return simulate({ workload: modelNamed(workload).workload(), topology, seed, durationNs, policy, tunables })
    .work.units;
}

/**
 * REINFORCE (Williams, Machine Learning 8, 1992) with Adam. An episode is a simulation in which actions are drawn; its reward is how much more work
 * it finishes than stock CFS with the same seed, as a share. What counts for the gradient is by how much that is above the mean of the
 * workload's episodes of the iteration, in their standard deviations. Deterministic by `seed`.
 */
export function learnCost(options: LearnOptions): Float64Array {
  const { workloads, iterations, episodes, learningRate, entropy, seed, onIteration } = options;
  const weights = new Float64Array(ACTIONS * FEATURES);
  const adam = optimiser({ optimiser: "adam", momentum: 0, weightDecay: 0 }, weights.length);
  const random = randomStream(seed, "actions");
  const stock = new Map<string, number>();
  const stockWork = (workload: string, name: string) => {
    const key = `${workload} ${name}`;
    const work = stock.get(key) ?? workOf(options, workload, name);
    stock.set(key, work);
    return work;
  };
  for (let iteration = 0; iteration < iterations; iteration++) {
    const gradient = new Float64Array(weights.length);
    let total = 0;
    for (const workload of workloads) {
      const tried = Array.from({ length: episodes }, (_, i) => {
        const name = `${seed}/${(iteration * episodes + i) % options.seeds}`;
        const steps: Step[] = [];
        const policy = steered(weights, (p, features) => {
          const action = draw(p, random());
          steps.push({ features, p, action });
          return action;
        });
        const reward = workOf(options, workload, name, { policy }) / stockWork(workload, name) - 1;
        return { steps, reward };
      });
      const mean = tried.reduce((sum, { reward }) => sum + reward, 0) / episodes;
      const deviation = Math.sqrt(
        tried.reduce((sum, { reward }) => sum + (reward - mean) ** 2, 0) / episodes,
      );
      for (const { steps, reward } of tried) {
        const advantage = deviation === 0 ? 0 : (reward - mean) / deviation;
        for (const step of steps)
          addGradient(gradient, step, advantage, entropy, 1 / (steps.length * episodes * workloads.length));
      }
      total += mean;
    }
    adam.step(weights, gradient, learningRate);
    onIteration?.(iteration, total / workloads.length);
  }
  return weights;
}

/** Adds to `gradient` that of -(advantage * log p(action) + entropy * H(p)), `scale` times. */
export function addGradient(
  gradient: Float64Array,
  { features, p, action }: Step,
  advantage: number,
  entropy: number,
  scale: number,
): void {
  const h = p.reduce((sum, each) => sum - (each > 0 ? each * Math.log(each) : 0), 0);
  for (let a = 0; a < ACTIONS; a++) {
    const ofLogP = (a === action ? 1 : 0) - p[a];
    const ofEntropy = p[a] > 0 ? -p[a] * (Math.log(p[a]) + h) : 0;
    const byLogit = -(advantage * ofLogP + entropy * ofEntropy) * scale;
    for (let i = 0; i < FEATURES; i++) gradient[a * FEATURES + i] += byLogit * features[i];
  }
}

function draw(p: Float64Array, random: number): number {
  let sum = 0;
  for (let action = 0; action < p.length; action++) {
    sum += p[action];
    if (random < sum) return action;
  }
  return p.length - 1;
}

/** By how much more work each of those tried finishes than stock CFS, over workloads and seeds, as a share. */
export function gainsOf(
  options: Pick<LearnOptions, "chip" | "durationNs" | "workloads">,
  seeds: readonly string[],
  tried: readonly { policy?: PolicyFactory; tunables?: Fixed }[],
): number[] {
  const runs = options.workloads.flatMap((workload) => seeds.map((seed) => ({ workload, seed })));
  const stock = runs.map(({ workload, seed }) => workOf(options, workload, seed));
  return tried.map((each) => {
    const gain = ({ workload, seed }: (typeof runs)[number], i: number) =>
      workOf(options, workload, seed, each) / stock[i] - 1;
    return runs.map(gain).reduce((a, b) => a + b, 0) / runs.length;
  });
}
