import { TUNABLE_RANGES, type Tunables } from "../sim/core.ts";
import { BACKGROUND_RANGE, isBackground } from "../sim/run/background.ts";
import { LEVEL_NAMES } from "../sim/state/domain.ts";
import { RequestError, wrongValue } from "../traces/input-error.ts";
import { DURATION_EXAMPLES, formatDuration, parseDuration, parseNumber } from "../traces/quantity.ts";
import { parseAssignments, unitsOf } from "./assignments.ts";

const MAX_MIGRATION_COST_NS = TUNABLE_RANGES.migrationCostNs[1];

/** Reads a migration cost: a time (a bare number is ns, as in the kernel's knob), or the two values the kernel takes for itself, 0 and -1. In ns. */
export function parseMigrationCost(text: string): number {
  if (/^-1(ns)?$/.test(text.trim())) return -1;
  const ns = parseDuration(text, "ns");
  if (ns !== undefined && ns <= MAX_MIGRATION_COST_NS) return ns;
  throw wrongValue(
    "migrationCost",
    `a time of at most ${formatDuration(MAX_MIGRATION_COST_NS)} such as ${DURATION_EXAMPLES} (a bare number is ns), ` +
      "0 (nothing is hot but buddies) or -1 (everything is hot)",
    text,
  );
}

/** Reads how often the kernel's own threads wake up: "on", "off", or a factor. @throws RequestError */
export function parseBackground(text: string): number {
  const factor = text === "on" ? 1 : text === "off" ? 0 : parseNumber(text);
  if (isBackground(factor)) return factor;
  throw wrongValue("background", `on, off or ${BACKGROUND_RANGE}`, text);
}

/** Levels of scheduling domains that Linux knows on x86. */
export const LEVELS: readonly string[] = [...LEVEL_NAMES, "NUMA"];

/** Reads "3" for all levels above SMT, or "MC=3,NUMA=5". @throws RequestError */
export function parseNiceTries(text: string): Record<string, number> {
  const values: Record<string, number> = {};
  for (const part of text.split(",")) {
    const match = /^(?:([A-Za-z]+)=)?(\d{1,6})$/.exec(part.trim());
    if (!match)
      throw wrongValue(
        "niceTries",
        `a count up to 999999 or LEVEL=count, such as 3 or MC=3,NUMA=5; the levels are ${LEVELS.join(", ")}`,
        text,
      );
    const level = match[1]?.toUpperCase();
    if (level !== undefined && !LEVELS.includes(level))
      throw wrongValue("niceTries", `a domain level out of ${LEVELS.join(", ")}`, match[1], LEVELS);
    for (const each of level ? [level] : LEVELS.slice(1)) values[each] = Number(match[2]);
  }
  return values;
}

export interface Knob {
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly about: string;
}

const time = (about: string, min: number, max = 1e10): Knob => ({ unit: "ns", min, max, about });
const flag = (about: string): Knob => ({ unit: "0 or 1", min: 0, max: 1, about });

/** The kernel's knobs that a simulation may be given, by their names in `Tunables`. */
export const TUNABLES: Readonly<Record<string, Knob>> = {
  hz: { unit: "per second", min: 10, max: 10_000, about: "ticks (CONFIG_HZ)" },
  latencyNs: time(
    "sched_latency: in which every task of a short queue runs once",
    ...TUNABLE_RANGES.latencyNs,
  ),
  minGranularityNs: time("sched_min_granularity: least slice of a task", ...TUNABLE_RANGES.minGranularityNs),
  idleMinGranularityNs: time("sched_idle_min_granularity: the same of SCHED_IDLE tasks", 10_000),
  wakeupGranularityNs: time(
    "sched_wakeup_granularity: lead that keeps a woken task from preempting",
    ...TUNABLE_RANGES.wakeupGranularityNs,
  ),
  migrationCostNs: time(
    "sched_migration_cost: how long a task counts as cache-hot; -1 always",
    ...TUNABLE_RANGES.migrationCostNs,
  ),
  nrMigrate: {
    unit: "tasks",
    min: TUNABLE_RANGES.nrMigrate[0],
    max: TUNABLE_RANGES.nrMigrate[1],
    about: "sched_nr_migrate: most that one balancing pass moves",
  },
  rtPeriodNs: time("sched_rt_period: in which real-time tasks may have a CPU for rtRuntimeNs", 1_000_000),
  rtRuntimeNs: time("sched_rt_runtime: at most rtPeriodNs; -1: as long as they like", -1),
  rrTimesliceNs: time("sched_rr_timeslice: slice of a SCHED_RR task", 1_000_000),
  nohz: flag("idle CPUs without ticks (CONFIG_NO_HZ_IDLE)"),
  preemption: flag("a newly idle pass stops after the first task (CONFIG_PREEMPTION)"),
  childRunsFirst: flag("sched_child_runs_first"),
  newidleRandom: flag("newly idle CPUs skip passes as often as they were in vain (NI_RANDOM)"),
};

/** ["latencyNs=12ms", "nohz=0"] as tunables: numbers checked, flags from 0 and 1. @throws RequestError */
export function parseTunables(texts: readonly string[]): Partial<Tunables> {
  const tunables: Record<string, number | boolean | null> = {};
  for (const [name, value] of Object.entries(parseAssignments("tunables", texts, unitsOf(TUNABLES)))) {
    const knob = TUNABLES[name];
    if (value < knob.min || value > knob.max)
      throw new RequestError("tunables", `needs ${rangeOf(knob)}`, {
        field: name,
        found: showValue(knob, value),
      });
    if (!isFlag(knob)) tunables[name] = value;
    else if (name !== "newidleRandom") tunables[name] = value === 1;
    else if (value === 0) tunables[name] = null; // else the simulation's own stream
  }
  return tunables as Partial<Tunables>;
}

const showValue = ({ unit }: Knob, value: number): string =>
  unit === "ns" && value >= 0 ? formatDuration(value) : String(value);

/** "10ms to 10s", "0 or 1". */
const rangeOf = (knob: Knob): string =>
  isFlag(knob) ? "0 or 1" : `${showValue(knob, knob.min)} to ${showValue(knob, knob.max)}`;

const isFlag = ({ unit }: Knob): boolean => unit === "0 or 1";
