import type { SchedstatCpu } from "../../sim/balance/schedstat.ts";
import type { Tunables } from "../../sim/core.ts";
import { LEVEL_NAMES } from "../../sim/state/domain.ts";
import { UsageError } from "../report-failure.ts";

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, "": 1e9 };

/**
 * "10s", "500ms", "1.5s", "200us"; a bare number is seconds. In ns.
 * @param limit The longest possible time, for the message; whoever takes the time checks it.
 */
export function parseDuration(option: string, text: string, limit?: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,9})?)(ns|us|ms|s|m|)$/.exec(text.trim());
  const ns = match ? Math.round(Number(match[1]) * UNITS[match[2]]) : Number.NaN;
  if (ns >= 1) return ns;
  const range = limit === undefined ? "above 0" : `above 0 and at most ${limit}`;
  throw new UsageError(
    `${option} needs a time ${range} such as 500ms, 10s or 2m, found ${JSON.stringify(text)}`,
  );
}

/** Largest sysctl_sched_migration_cost: an unsigned int whose last value stands for -1. */
const MAX_MIGRATION_COST_NS = 2 ** 32 - 2;

/** A time, or one of the two values that the kernel takes for itself: 0 and -1. In ns. */
export function parseMigrationCost(text: string): number {
  if (/^(0(ns|us|ms|s|m)?|-1(ns)?)$/.test(text.trim())) return Number.parseInt(text, 10);
  const ns = /^[\d.]/.test(text.trim()) ? parseDuration("--migration-cost", text) : Number.NaN;
  if (ns <= MAX_MIGRATION_COST_NS) return ns;
  throw new UsageError(
    `--migration-cost needs a time of at most 4.29s such as 500us (a bare number is seconds), ` +
      `0 (nothing is hot but buddies) or -1 (everything is hot), found ${JSON.stringify(text)}`,
  );
}

/** ["a=1", "b=2"] as an object of integers. */
export function parseAssignments(option: string, texts: readonly string[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const text of texts) {
    const match = /^([A-Za-z]\w*)=(-?\d{1,15})$/.exec(text);
    if (!match) throw new UsageError(`${option} needs name=integer, found ${JSON.stringify(text)}`);
    values[match[1]] = Number(match[2]);
  }
  return values;
}

/** Levels of scheduling domains that Linux knows on x86. */
const LEVELS: readonly string[] = [...LEVEL_NAMES, "NUMA"];

/** "3" for all levels above SMT, or "MC=3,NUMA=5". */
export function parseNiceTries(text: string): Record<string, number> {
  const values: Record<string, number> = {};
  for (const part of text.split(",")) {
    const match = /^(?:([A-Za-z]+)=)?(\d{1,6})$/.exec(part);
    if (!match)
      throw new UsageError(`--nice-tries needs a count or LEVEL=count, found ${JSON.stringify(text)}`);
    const level = match[1]?.toUpperCase();
    if (level !== undefined && !LEVELS.includes(level))
      throw new UsageError(`--nice-tries: no domain level ${match[1]}; expected ${LEVELS.join(", ")}`);
    for (const each of level ? [level] : LEVELS.slice(1)) values[each] = Number(match[2]);
  }
  return values;
}

/** Levels that --nice-tries names and that none of these domains has: setting them changes nothing. */
export function levelsWithoutDomains(text: string, cpus: readonly Pick<SchedstatCpu, "domains">[]): string[] {
  const named = [...text.matchAll(/([A-Za-z]+)=/g)].map((match) => match[1].toUpperCase());
  const there = new Set(cpus.flatMap((cpu) => cpu.domains.map((domain) => domain.level)));
  return named.filter((level) => !there.has(level));
}

/** Knobs that --tunable sets, with their least and largest value. */
const NUMBERS: Readonly<Record<string, readonly [number, number]>> = {
  hz: [10, 10_000],
  latencyNs: [100_000, 1e10],
  minGranularityNs: [10_000, 1e10],
  idleMinGranularityNs: [10_000, 1e10],
  wakeupGranularityNs: [0, 1e10],
  migrationCostNs: [-1, MAX_MIGRATION_COST_NS],
  nrMigrate: [1, 100_000],
};
const FLAGS = ["nohz", "preemption", "childRunsFirst", "newidleRandom"];

/** Numbers checked, flags from 0 and 1. */
export function tunablesFrom(values: Readonly<Record<string, number>>): Partial<Tunables> {
  const tunables: Record<string, number | boolean | null> = {};
  for (const [name, value] of Object.entries(values)) {
    if (name === "newidleRandom" && (value === 0 || value === 1)) {
      if (value === 0) tunables[name] = null; // else the simulation's own stream
    } else if (FLAGS.includes(name) && (value === 0 || value === 1)) tunables[name] = value === 1;
    else if (NUMBERS[name] && value >= NUMBERS[name][0] && value <= NUMBERS[name][1]) tunables[name] = value;
    else {
      const ranges = Object.entries(NUMBERS).map(([n, [low, high]]) => `${n} ${low}..${high}`);
      throw new UsageError(
        `--tunable ${name}=${value} is not possible; expected ${[...ranges, ...FLAGS.map((f) => `${f} 0 or 1`)].join(", ")}`,
      );
    }
  }
  return tunables as Partial<Tunables>;
}
