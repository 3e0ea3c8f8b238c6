import { createHash } from "node:crypto";
import type { Target } from "../../traces/schema.ts";

/** Everything that determines the numbers of a run. Two runs with equal plans give equal files. */
export interface RunPlan {
  seed: string;
  chip: string;
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
  /** What `nicetries simulate` is given: a model's name or an rt-app file. */
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

/** The six workloads of the main job; the rt-app file is the one of the real trace with the same name. */
export const RUN_WORKLOADS: readonly PlannedWorkload[] = [
  { name: "hackbench", source: "hackbench", durationNs: 2e9, train: true },
  { name: "database", source: "database", durationNs: 10e9, train: true },
  { name: "numeric", source: "numeric", durationNs: 60e9, train: true },
  { name: "convolution", source: "convolution", durationNs: 120e9, train: true },
  { name: "compression", source: "compression", durationNs: 120e9, train: true },
  { name: "rtapp-nine-busy", source: "traces/real/rtapp-nine-busy.json", durationNs: 120e9, train: false },
];

/** Seeds: the models never see a `test` trace. */
export const trainSeed = (plan: RunPlan): string => `${plan.seed}-train`;
export const testSeed = (plan: RunPlan): string => `${plan.seed}-test`;

export function planHash(plan: RunPlan): string {
  return createHash("sha256").update(JSON.stringify(plan)).digest("hex");
}
