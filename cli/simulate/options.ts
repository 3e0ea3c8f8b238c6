import type { Tunables } from "../../sim/core.ts";
import { UsageError } from "../report-failure.ts";

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, "": 1e9 };

/** "10s", "500ms", "1.5s", "200us"; a bare number is seconds. In ns. */
export function parseDuration(option: string, text: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,9})?)(ns|us|ms|s|m|)$/.exec(text.trim());
  const ns = match ? Math.round(Number(match[1]) * UNITS[match[2]]) : Number.NaN;
  if (!(ns >= 1) || !Number.isSafeInteger(ns)) {
    throw new UsageError(
      `${option} needs a time above 0 such as 500ms, 10s or 2m, found ${JSON.stringify(text)}`,
    );
  }
  return ns;
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

/** "3" for all levels above SMT, or "MC=3,NUMA=5". */
export function parseNiceTries(text: string): Record<string, number> {
  const values: Record<string, number> = {};
  for (const part of text.split(",")) {
    const match = /^(?:([A-Za-z]+)=)?(\d{1,6})$/.exec(part);
    if (!match)
      throw new UsageError(`--nice-tries needs a count or LEVEL=count, found ${JSON.stringify(text)}`);
    for (const level of match[1] ? [match[1].toUpperCase()] : ["CLS", "MC", "DIE", "NUMA"])
      values[level] = Number(match[2]);
  }
  return values;
}

/** Knobs that --tunable sets, with their least and largest value. */
const NUMBERS: Readonly<Record<string, readonly [number, number]>> = {
  hz: [10, 10_000],
  latencyNs: [100_000, 1e10],
  minGranularityNs: [10_000, 1e10],
  idleMinGranularityNs: [10_000, 1e10],
  wakeupGranularityNs: [0, 1e10],
  migrationCostNs: [0, 1e10],
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
