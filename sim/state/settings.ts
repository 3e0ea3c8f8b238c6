import { InputError } from "../../traces/input-error.ts";
import { readChanges, type SettingChanges, type Settings } from "../policy/control.ts";
import { Wrong } from "../policy/wrong.ts";
import type { SchedDomain } from "./domain.ts";
import type { Machine } from "./machine.ts";

/** The files of /sys/kernel/debug/sched, and of its domains: what can be read and written while the scheduler runs. */

/** The settings in force. */
export function settingsOf(machine: Machine): Settings {
  const { latencyNs, minGranularityNs, wakeupGranularityNs, migrationCostNs, nrMigrate } = machine.tunables;
  const cacheNiceTries: Record<string, number> = {};
  const imbalancePct: Record<string, number> = {};
  for (const sd of domainsOf(machine)) {
    cacheNiceTries[sd.name] ??= sd.cacheNiceTries;
    imbalancePct[sd.name] ??= sd.imbalancePct;
  }
  return Object.freeze({
    latencyNs,
    minGranularityNs,
    wakeupGranularityNs,
    migrationCostNs,
    nrMigrate,
    cacheNiceTries: Object.freeze(cacheNiceTries),
    imbalancePct: Object.freeze(imbalancePct),
  });
}

/** Changes some of them, from now on. @throws InputError for names that there are not, and values out of range */
export function changeSettings(machine: Machine, changes: SettingChanges): void {
  const read = readChanges(changes, settingsOf(machine));
  if (read instanceof Wrong) {
    const { found, said, field, expected } = read;
    throw new InputError("the setting cannot be changed so", { field, found: said ?? found, expected });
  }
  const { cacheNiceTries = {}, imbalancePct = {}, ...tunables } = read;
  Object.assign(machine.tunables, tunables);
  machine.countLatency();
  for (const sd of domainsOf(machine)) {
    sd.cacheNiceTries = cacheNiceTries[sd.name] ?? sd.cacheNiceTries;
    sd.imbalancePct = imbalancePct[sd.name] ?? sd.imbalancePct;
  }
}

function* domainsOf({ cpus }: Machine): Generator<SchedDomain> {
  for (const rq of cpus) for (let sd = rq.sd; sd !== null; sd = sd.parent) yield sd;
}
