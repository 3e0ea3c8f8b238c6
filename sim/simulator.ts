import { InputError } from "../traces/input-error.ts";
import { hardware as resolveHardware } from "./chip/hardware.ts";
import type { SimulationResult } from "./output/result.ts";
import { collectResult } from "./run/collect.ts";
import type { SimulateOptions } from "./run/options.ts";
import { Simulation } from "./run/simulation.ts";

/** One simulated hour, ns: the longest run. */
export const MAX_DURATION_NS = 3_600_000_000_000;
export const DEFAULT_DURATION_NS = 10_000_000_000;

export type { SimulateOptions } from "./run/options.ts";

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
  const simulation = new Simulation({
    ...options,
    durationNs,
    hardware: resolveHardware(options.hardware),
    maxTasks: options.maxTasks ?? 200_000,
  });
  simulation.run();
  return collectResult(simulation);
}
