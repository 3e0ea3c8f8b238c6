import type { ControlQuery, Counters, SettingChanges, Settings } from "./control.ts";
import { WEIGHTS } from "./learned-cost-weights.ts";
import type { PolicyFactory } from "./policy.ts";

/** Migration costs, ns, and cache_nice_tries above SMT: an action sets one of each. */
export const COSTS_NS: readonly number[] = [50_000, 500_000, 5_000_000, 50_000_000];
export const NICE_TRIES: readonly number[] = [0, 1, 4];
export const ACTIONS = COSTS_NS.length * NICE_TRIES.length;

/** How many numbers describe the machine between two calls. */
export const FEATURES = 7;

/** Time between two actions, ns. */
export const EVERY_NS = 20_000_000;

/** weights[action * FEATURES + feature]. */
export type Weights = ArrayLike<number>;

/** What the machine did from `before` on, in numbers around 1: rates in logarithms, times as shares of all CPU time. */
export function featuresOf(before: Counters, after: Counters, ns: number, cpus: number): Float64Array {
  const rate = (count: number) => Math.log2(1 + (count * 1e9) / (ns * cpus)) / 10;
  const share = (time: number) => time / (ns * cpus);
  const moves = (counters: Counters) => Object.values(counters.migrations).reduce((a, b) => a + b, 0);
  return Float64Array.of(
    1,
    rate(after.switches - before.switches),
    rate(after.wakeups - before.wakeups),
    rate(moves(after) - moves(before)),
    share(after.idleNs - before.idleNs),
    Math.log2(1 + share(after.waitNs - before.waitNs)),
    10 * share(after.refillNs - before.refillNs),
  );
}

/** The probability of each action: a softmax of a linear function. */
export function probabilities(weights: Weights, features: Float64Array): Float64Array {
  const p = new Float64Array(ACTIONS);
  let sum = 0;
  for (let action = 0; action < ACTIONS; action++) {
    let logit = 0;
    for (let i = 0; i < FEATURES; i++) logit += weights[action * FEATURES + i] * features[i];
    p[action] = Math.exp(logit);
    sum += p[action];
  }
  return p.map((each) => each / sum);
}

/** What an action sets. */
export function changesOf(
  action: number,
  { cacheNiceTries }: Pick<Settings, "cacheNiceTries">,
): SettingChanges {
  const tries = NICE_TRIES[action % NICE_TRIES.length];
  const levels = Object.keys(cacheNiceTries).filter((level) => level !== "SMT");
  return {
    migrationCostNs: COSTS_NS[Math.floor(action / NICE_TRIES.length)],
    cacheNiceTries: Object.fromEntries(levels.map((level) => [level, tries])),
  };
}

const NOTHING: Pick<Counters, "switches" | "wakeups" | "idleNs" | "waitNs" | "refillNs" | "migrations"> = {
  switches: 0,
  wakeups: 0,
  idleNs: 0,
  waitNs: 0,
  refillNs: 0,
  migrations: {},
};

/**
 * Steers sched_migration_cost and cache_nice_tries: every 20 ms an action is taken by what the machine did since the last one.
 * @param choose Takes an action, given the probabilities of all; `features` are those they were computed from.
 */
export const steered =
  (weights: Weights, choose: (p: Float64Array, features: Float64Array) => number): PolicyFactory =>
  ({ chip }) => {
    let before = NOTHING as Counters;
    let then = 0;
    return {
      name: "learned-cost",
      everyNs: EVERY_NS,
      control({ now, counters, settings }: ControlQuery) {
        const features = featuresOf(before, counters, now - then, chip.cpus);
        before = counters;
        then = now;
        return changesOf(choose(probabilities(weights, features), features), settings);
      },
    };
  };

/** The most probable action. */
export const greedy = (p: Float64Array): number => p.indexOf(Math.max(...p));

/**
 * sched_migration_cost and cache_nice_tries as a learner has them, after Han & Lee ("Performance Improvement of Linux CPU Scheduler Using Policy
 * Gradient Reinforcement Learning for Android Smartphones", IEEE Access 8, 2020), who let a policy gradient set sched_migration_cost by what the
 * running tasks do. Trained in the simulator by REINFORCE (lab/policy/learn-cost.ts); the weights are in learned-cost-weights.ts.
 *
 * Left out: their second output, the CPU frequency's target load, and learning while it runs: the weights stay as they are.
 */
export const learnedCost: PolicyFactory = steered(WEIGHTS, greedy);
