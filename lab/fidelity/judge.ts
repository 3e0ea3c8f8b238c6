import { compare, type SideMetric, sideOf } from "../../fidelity/compare.ts";
import { type Control, controlOf } from "../../fidelity/control.ts";
import { type Observation, ownTasks } from "../../fidelity/observation.ts";
import type { FidelityResult } from "../../fidelity/result.ts";
import { CHIP_OF, type Conditions, simulatedObservation } from "./simulated.ts";
import { workloadTasks } from "./workload-tasks.ts";

export type GuestChipName = keyof typeof CHIP_OF;

/** What is compared, and how often it is simulated. */
export interface Comparison {
  chip: GuestChipName;
  migrationCostNs: number;
  seconds: number;
  seeds: number;
}

/** A simulation that must be found out, by what is wrong with it. */
const CONTROLS: Readonly<Record<string, (conditions: Conditions) => [Conditions, { nrMigrate?: number }]>> = {
  "balancing moves nothing": (conditions) => [conditions, { nrMigrate: 0 }],
  "the other chip": (conditions) => [
    { ...conditions, chip: CHIP_OF[conditions.chip === CHIP_OF["4x2"] ? "8x1" : "4x2"] },
    {},
  ],
};

/** The real side of a workload's comparison; its own tasks are known by the names that they have in the file. @throws InputError */
export function recordedSide(path: string, observed: readonly Observation[]): SideMetric[] {
  const isOwn = ownTasks(workloadTasks(path).map(({ name }) => name));
  return sideOf(observed.map((each) => ({ ...each, isOwn })));
}

/**
 * Simulates a workload and compares with the real side of it, metric by metric; the controls too.
 * @throws InputError
 */
export async function judge(
  path: string,
  { chip, migrationCostNs, seconds, seeds }: Comparison,
  real: readonly SideMetric[],
): Promise<Pick<FidelityResult, "metrics" | "controls">> {
  const conditions: Conditions = { chip: CHIP_OF[chip], migrationCostNs, seconds };
  const simulated: Observation[] = [];
  for (let seed = 1; seed <= seeds; seed++)
    simulated.push(await simulatedObservation(path, conditions, String(seed)));
  const unspoilt = sideOf(simulated.slice(0, 1));
  const controls: Control[] = [];
  for (const [name, spoil] of Object.entries(CONTROLS)) {
    const [spoilt, tunables] = spoil(conditions);
    const wrong = await simulatedObservation(path, spoilt, "1", tunables);
    controls.push(controlOf(name, sideOf([wrong]), unspoilt, real));
  }
  return { metrics: compare(simulated, real), controls };
}
