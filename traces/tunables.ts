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

/** What a known tunable must be, where `value` is not; undefined where it is, and for unknown names. */
export function expectedTunable(name: string, value: unknown): string | undefined {
  if (!isTunable(name) || (Number.isSafeInteger(value) && (value as number) >= LEAST[name])) return undefined;
  return `a whole number of at least ${LEAST[name]}, without quotes`;
}
