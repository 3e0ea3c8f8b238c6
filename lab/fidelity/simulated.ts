import { setImmediate } from "node:timers/promises";
import { type Observation, ownTasks } from "../../fidelity/observation.ts";
import { guestHardware } from "../../sim/chip/guest-costs.ts";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import type { Tunables } from "../../sim/core.ts";
import { schedstatTable } from "../../sim/output/schedstat-table.ts";
import { simulateInTurns } from "../../sim/simulator.ts";
import { parseSchedstat } from "../../traces/schedstat.ts";
import { TableBuilder } from "../../traces/table.ts";
import { openWorkload } from "../sources.ts";
import { workloadTasks } from "./workload-tasks.ts";

/** What is equal on both sides. */
export interface Conditions {
  /** Preset of the simulator with the domains of the guest. */
  chip: string;
  migrationCostNs: number;
  seconds: number;
}

/** The guest's chips as the simulator calls them. */
export const CHIP_OF = { "4x2": "i5-1035g1", "8x1": "8x1" } as const;

/**
 * The workload simulated as a guest in virtual time runs it: all CPUs share one stream of instructions, the kernel's own included.
 * @throws InputError
 */
export async function simulatedObservation(
  path: string,
  { chip, migrationCostNs, seconds }: Conditions,
  seed: string,
  tunables: Partial<Tunables> = {},
): Promise<Observation> {
  const rows = new TableBuilder();
  const result = await simulateInTurns(
    {
      workload: openWorkload([path]),
      topology: presetTopology(chip),
      seed,
      durationNs: Math.round(seconds * 1e9),
      tunables: { migrationCostNs, ...tunables },
      hardware: guestHardware(),
      onDecision: (row) => rows.append(row),
    },
    setImmediate,
  );
  const isOwn = ownTasks(workloadTasks(path).map(({ name }) => name));
  const own = result.tasks.filter(({ comm }) => isOwn(comm));
  return {
    seconds: Math.min(seconds, result.simulatedNs / 1e9),
    decisions: rows.toTable(),
    counted: parseSchedstat(schedstatTable(result))!,
    own: {
      runNs: own.reduce((sum, task) => sum + task.runNs, 0),
      waitNs: own.reduce((sum, task) => sum + task.waitNs, 0),
    },
    levels: result.schedstat.cpus[0]!.domains.map(({ level }) => level),
    isOwn,
  };
}
