import { InputError } from "../traces/input-error.ts";
import { hardware as resolveHardware } from "./chip/hardware.ts";
import type { SimulationResult } from "./output/result.ts";
import { collectResult } from "./run/collect.ts";
import type { SimulateOptions } from "./run/options.ts";
import { Simulation } from "./run/simulation.ts";
import type { Workload } from "./workload/programme.ts";

/** One simulated hour, ns: the longest run. */
export const MAX_DURATION_NS = 3_600_000_000_000;
/** Where neither the user nor the workload says how long, and it may go on for ever. */
export const DEFAULT_DURATION_NS = 10_000_000_000;

export type { SimulateOptions } from "./run/options.ts";

/**
 * Simulates a workload on a chip under a migration policy. Deterministic: equal options give equal results and equal
 * decision rows, byte for byte. No file I/O.
 *
 * @throws InputError for deadlocks, endless loops in no time, absurd times and workloads that create too many tasks.
 */
export function simulate(options: SimulateOptions): SimulationResult {
  const wantedNs = options.durationNs ?? options.workload.durationNs;
  const durationNs = wantedNs ?? defaultDuration(options.workload);
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
  const { tasks, exited, clock, remarks } = simulation;
  if (wantedNs === undefined && exited < tasks.length && clock.now === durationNs)
    remarks.add(
      "cut",
      `no duration was given: cut after ${durationNs / 1e9} s, when ${tasks.length - exited} of ${tasks.length} tasks had not ended`,
    );
  return collectResult(simulation);
}

/** What ends by itself runs to its end, within the longest run; what goes on for ever is cut. */
function defaultDuration({ shortestRunNs }: Workload): number {
  return shortestRunNs !== undefined && shortestRunNs <= MAX_DURATION_NS
    ? MAX_DURATION_NS
    : DEFAULT_DURATION_NS;
}
