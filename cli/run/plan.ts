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
  /** How many seeds the policies are compared on. */
  comparisons: number;
}

export interface PlannedWorkload {
  /** Name in tables and file names. */
  name: string;
  /** What `nicetries simulate` is given: a model's name or an rt-app file. */
  source: string;
  /** Simulated time, ns: longer where a workload asks the balancer less often. */
  durationNs: number;
}

/** The six workloads of the main job; the rt-app file is the one of the real trace with the same name. */
export const RUN_WORKLOADS: readonly PlannedWorkload[] = [
  { name: "hackbench", source: "hackbench", durationNs: 2e9 },
  { name: "database", source: "database", durationNs: 10e9 },
  { name: "numeric", source: "numeric", durationNs: 60e9 },
  { name: "convolution", source: "convolution", durationNs: 120e9 },
  { name: "compression", source: "compression", durationNs: 120e9 },
  { name: "rtapp-nine-busy", source: "traces/real/rtapp-nine-busy.json", durationNs: 120e9 },
];

/** Seeds: the models never see a `test` trace. */
export const trainSeed = (plan: RunPlan): string => `${plan.seed}-train`;
export const testSeed = (plan: RunPlan): string => `${plan.seed}-test`;

export function planHash(plan: RunPlan): string {
  return createHash("sha256").update(JSON.stringify(plan)).digest("hex");
}
