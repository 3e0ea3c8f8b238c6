import { z } from "zod";

/**
 * The tunables that a trace's metadata know by name: those under /sys/kernel/debug/sched of Linux 6.1, and what the
 * simulator adds. Only `migration_cost_ns` is asked for (by rule.ts); any other number may stand beside them.
 */
const LEAST: Readonly<Record<string, number>> = {
  hz: 1,
  sched_latency_ns: 0,
  min_granularity_ns: 0,
  wakeup_granularity_ns: 0,
  migration_cost_ns: -1, // every task is hot
  nr_migrate: 0,
  ni_random: 0,
};

export const TUNABLE_NAMES: readonly string[] = Object.keys(LEAST);

export const isTunable = (name: string): boolean => Object.hasOwn(LEAST, name);

/** The tunables of a file: numbers, of which the known ones have a least value. */
export const tunablesSchema = z
  .record(z.string(), z.custom<number>(), `a JSON object such as {"migration_cost_ns": 500000}`)
  .superRefine((tunables, context) => {
    for (const [name, value] of Object.entries(tunables)) {
      const right = isTunable(name)
        ? Number.isSafeInteger(value) && value >= LEAST[name]
        : Number.isFinite(value);
      const message = isTunable(name)
        ? `a whole number of at least ${LEAST[name]}, without quotes`
        : "numbers";
      if (!right) context.addIssue({ code: "custom", path: [name], message });
    }
  });
