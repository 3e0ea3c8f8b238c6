import { InputError } from "../traces/input-error.ts";
import type { TraceRow } from "../traces/schema.ts";
import type { TimelineListener } from "../traces/timeline.ts";
import { type Hardware, hardware as resolveHardware } from "./chip/hardware.ts";
import type { Topology } from "./chip/topology.ts";
import type { Tunables } from "./core.ts";
import type { SimulationResult } from "./output/result.ts";
import type { PolicyFactory } from "./policy/policy.ts";
import { Simulation } from "./run/simulation.ts";
import type { Workload } from "./workload/programme.ts";

/** One simulated hour, ns: the longest run. */
export const MAX_DURATION_NS = 3_600_000_000_000;
export const DEFAULT_DURATION_NS = 10_000_000_000;

export interface SimulateOptions {
  topology: Topology;
  workload: Workload;
  seed: string;
  /** ns; default: the workload's own duration, else 10 s. */
  durationNs?: number;
  tunables?: Partial<Tunables>;
  /** Costs and caches; default: all of hardware.ts. */
  hardware?: Partial<Hardware>;
  /** Undefined: the stock rule. */
  policy?: PolicyFactory;
  /** Charge hardware.inferenceNs for each decision of the policy (learned policies). */
  chargeInference?: boolean;
  /** Each can_migrate_task() call. The row is reused: copy what you keep. */
  onDecision?: (row: TraceRow) => void;
  onTimeline?: TimelineListener;
  /** Called about a hundred times in a run with the simulated time so far and the duration, ns. */
  onProgress?: (now: number, durationNs: number) => void;
  /** Tasks that may ever be created. Default 200,000. */
  maxTasks?: number;
}

/**
 * Simulates a workload on a chip under a migration policy. Deterministic: equal options give equal results and equal
 * decision rows, byte for byte. No file I/O.
 *
 * @throws InputError for deadlocks, endless loops in no time, absurd times and workloads that create too many tasks.
 */
export function simulate(options: SimulateOptions): SimulationResult {
  const durationNs = options.durationNs ?? options.workload.durationNs ?? DEFAULT_DURATION_NS;
  if (!Number.isInteger(durationNs) || durationNs < 1 || durationNs > MAX_DURATION_NS) {
    throw new InputError("the duration cannot be simulated", {
      field: "duration",
      found: `${durationNs} ns`,
      expected: "more than 0 and at most 3600 s",
    });
  }
  return new Simulation({
    ...options,
    durationNs,
    hardware: resolveHardware(options.hardware),
    maxTasks: options.maxTasks ?? 200_000,
  }).run();
}
