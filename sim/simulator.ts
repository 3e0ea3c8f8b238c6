import { InputError } from "../traces/input-error.ts";
import { hardware as resolveHardware } from "./chip/hardware.ts";
import type { SimulationResult } from "./output/result.ts";
import { collectResult } from "./run/collect.ts";
import { DEFAULT_DURATION_NS, MAX_DURATION_NS } from "./run/duration.ts";
import type { SimulateOptions } from "./run/options.ts";
import { Simulation } from "./run/simulation.ts";
import type { Workload } from "./workload/programme.ts";

export { collectResult as resultOf } from "./run/collect.ts";
export type { SimulateOptions } from "./run/options.ts";

/**
 * Simulates a workload on a chip under a migration policy. Deterministic: equal options give equal results and equal
 * decision rows, byte for byte. No file I/O.
 *
 * @throws InputError for deadlocks, endless loops in no time, absurd times and workloads that create too many tasks.
 */
export function simulate(options: SimulateOptions): SimulationResult {
  const simulation = startSimulation(options);
  simulation.run();
  return collectResult(simulation);
}

/** Events of a turn (the jiffy of all CPUs is one): a few milliseconds on eight CPUs. */
const TURN = 256;

/**
 * The same in turns of a few milliseconds, between which `pause` is waited for: signals and whatever else the caller's
 * event loop has to do need not wait for the end. The result is the same.
 * @param around Calls each turn, and may watch over it: over the policy in it, for one.
 */
export async function simulateInTurns(
  options: SimulateOptions,
  pause: () => Promise<unknown>,
  around: (turn: () => void) => void = (turn) => turn(),
): Promise<SimulationResult> {
  let simulation: Simulation | undefined;
  around(() => {
    simulation = startSimulation(options);
  });
  for (let more = true; ; ) {
    around(() => {
      for (let i = 0; more && i < TURN; i++) more = simulation!.step();
    });
    if (!more) return collectResult(simulation!);
    await pause();
  }
}

/** A simulation before its first event, to be driven with step(), runUntil() or run(). @throws InputError */
export function startSimulation(options: SimulateOptions): Simulation {
  const { workload } = options;
  const wanted = options.durationNs ?? workload.durationNs;
  const durationNs = wanted ?? defaultDuration(workload);
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
    durationIsDefault: wanted === undefined,
    hardware: resolveHardware(options.hardware),
    maxTasks: options.maxTasks ?? 200_000,
  });
}

/** What ends by itself runs to its end, within the longest run; what goes on for ever is cut. */
function defaultDuration({ shortestRunNs }: Workload): number {
  return shortestRunNs !== undefined && shortestRunNs <= MAX_DURATION_NS
    ? MAX_DURATION_NS
    : DEFAULT_DURATION_NS;
}
