import { type Range, TUNABLE_RANGES } from "../tunables.ts";
import { Wrong } from "./wrong.ts";

/** The knobs that can be turned while the scheduler runs, as they are: the kernel's names are in tunables.ts. */
export interface Settings {
  readonly latencyNs: number;
  readonly minGranularityNs: number;
  readonly wakeupGranularityNs: number;
  readonly migrationCostNs: number;
  readonly nrMigrate: number;
  /** sd->cache_nice_tries and sd->imbalance_pct of the domains, by their level: SMT, MC, ... */
  readonly cacheNiceTries: Readonly<Record<string, number>>;
  readonly imbalancePct: Readonly<Record<string, number>>;
}

/** What is to become different. */
export type SettingChanges = {
  readonly [name in keyof Settings]?: Settings[name] extends number
    ? number
    : Readonly<Record<string, number>>;
};

/** Sums over the whole machine since the start; times in ns. It is a copy, which may be kept. */
export interface Counters {
  readonly switches: number;
  readonly wakeups: number;
  readonly balancePasses: number;
  /** Changes of CPU by what caused them, and can_migrate_task() calls by their reason; `detached`: those that moved their task. */
  readonly migrations: Readonly<Record<string, number>>;
  readonly decisions: Readonly<Record<string, number>>;
  readonly detached: Readonly<Record<string, number>>;
  /** CPU time of tasks; the part of it without progress, up to each CPU's last event; the part of that which refilled caches. */
  readonly busyNs: number;
  readonly lostNs: number;
  readonly refillNs: number;
  readonly idleNs: number;
  /** Runnable without running, of waits that have ended. */
  readonly waitNs: number;
  /** Units of the workload's work that are finished: no kernel knows, but whoever watches the application does. */
  readonly units: number;
}

/** What a policy sees at its control(). */
export interface ControlQuery {
  /** Simulated time, ns. */
  readonly now: number;
  readonly counters: Counters;
  readonly settings: Settings;
}

/** Shortest time between two control() calls, ns; each comes at the first tick after it. */
export const LEAST_EVERY_NS = 1_000_000;

const BY_LEVEL = { cacheNiceTries: [0, 999_999], imbalancePct: [100, 1000] } as const satisfies Record<
  string,
  Range
>;

/** The changes, or what is wrong with them. Undefined: none. */
export function readChanges(changes: unknown, settings: Settings): SettingChanges | Wrong {
  if (changes === undefined) return {};
  if (!isRecord(changes)) return new Wrong(changes);
  const read: Record<string, number | Record<string, number>> = {};
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(settings, name)) return unknown(name, Object.keys(settings));
    if (name in BY_LEVEL) {
      const known = settings[name as keyof typeof BY_LEVEL];
      if (!isRecord(value)) return new Wrong(value, { field: name, expected: "values by level" });
      for (const [level, each] of Object.entries(value)) {
        const field = `${name}.${level}`;
        if (!Object.hasOwn(known, level)) return unknown(field, Object.keys(known));
        if (!fits(each, BY_LEVEL[name as keyof typeof BY_LEVEL]))
          return outside(each, field, BY_LEVEL[name as keyof typeof BY_LEVEL]);
      }
      read[name] = { ...value } as Record<string, number>;
    } else {
      const range = TUNABLE_RANGES[name as keyof typeof TUNABLE_RANGES];
      if (!fits(value, range)) return outside(value, name, range);
      read[name] = value;
    }
  }
  return read as SettingChanges;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Promise);

const fits = (value: unknown, [min, max]: Range): value is number =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

const outside = (value: unknown, field: string, [min, max]: Range): Wrong =>
  new Wrong(value, { field, expected: `a whole number, ${min} to ${max}` });

const unknown = (field: string, names: readonly string[]): Wrong =>
  new Wrong(undefined, { field, said: "a name that nothing has", expected: `one of ${names.join(", ")}` });
