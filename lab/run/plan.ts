import { PRESETS } from "../../model/trainer/presets.ts";
import type { Target } from "../../traces/schema.ts";
import type { RunChip, RunInputs } from "./inputs.ts";

/** Everything that determines the numbers of a run. Two runs with equal plans give equal files. */
export interface RunPlan {
  seed: string;
  chip: RunChip;
  /** Texts that the run keeps in its folder and reads from there, by path. */
  texts: Readonly<Record<string, string>>;
  workloads: readonly PlannedWorkload[];
  targets: readonly Target[];
  presets: readonly string[];
  /** Upper limit of training epochs; undefined: what the preset says. */
  epochs: number | undefined;
  /** How many seeds the policies are compared on, and how much shorter than a trace such a simulation is. */
  comparisons: number;
  comparisonFactor: number;
}

export interface PlannedWorkload {
  /** Name in tables and file names. */
  name: string;
  /** What a simulation is given: a model's name or an rt-app file. */
  source: string;
  /** Simulated time, ns: longer where a workload asks the balancer less often. */
  durationNs: number;
  /**
   * False: the models never train on it. The rt-app file has nothing random in it, so that another seed would give the
   * same trace again and a test on it would be no test; as a workload the models never saw it is a harder one. For the
   * same reason its policies are compared on one seed only.
   */
  train: boolean;
}

/** The benchmark models of the main job, with their simulated time on 8 CPUs, ns. */
const MODELS: Readonly<Record<string, number>> = {
  hackbench: 2e9,
  database: 10e9,
  numeric: 60e9,
  convolution: 120e9,
  compression: 120e9,
};
const RT_APP_NS = 120e9;

/** A quick run simulates this much less time. */
const QUICK_FACTOR = 10;

/**
 * The plan of the main job, or of its quick form. Calls grow with the CPUs, and so does the time to simulate them: a chip
 * with more than 8 runs for less simulated time, by the square root of how many more.
 */
export function makePlan(seed: string, { chip, rtApp, texts }: RunInputs, quick: boolean): RunPlan {
  const shorter = quick ? QUICK_FACTOR : Math.max(1, Math.round(Math.sqrt(chip.cpus / 8)));
  const workloads = Object.entries(MODELS).map(([name, ns]) => ({
    name,
    source: name,
    durationNs: inMs(ns / shorter),
    train: true,
  }));
  workloads.push({ ...rtApp, durationNs: inMs(RT_APP_NS / shorter), train: false });
  return {
    seed,
    chip,
    texts,
    workloads,
    targets: ["migrate", "forced_eventually", "forced_now"],
    presets: quick ? ["best"] : [...PRESETS],
    epochs: quick ? 10 : undefined,
    comparisons: quick ? 1 : 3,
    comparisonFactor: 4,
  };
}

/** Rounded to whole milliseconds, so that commands stay short. */
const inMs = (ns: number): number => Math.round(ns / 1e6) * 1e6;

/** Seeds: the models never see a `test` trace. */
export const trainSeed = (plan: RunPlan): string => `${plan.seed}-train`;
export const testSeed = (plan: RunPlan): string => `${plan.seed}-test`;
