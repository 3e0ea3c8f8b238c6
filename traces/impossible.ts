import { NUMERIC_COLUMNS, NUMERIC_NAMES, type NumericColumn, REASONS, type TraceTable } from "./schema.ts";

/** Bounds that no kernel steps over. Unknown values are always allowed, but for the ones a row cannot be without. */
const BOUNDS: Partial<Record<NumericColumn, readonly [least: number, largest: number]>> = {
  pid: [1, 2 ** 22], // PID_MAX_LIMIT of 64-bit kernels; pid 0 is the idle task, which is not fair
  migration: [0, 2],
  src_cpu: [0, 8191], // CONFIG_NR_CPUS at most
  dst_cpu: [0, 8191],
  task_nice: [-20, 19],
  lb_loop: [0, 2 ** 31],
};
const NEEDED: readonly NumericColumn[] = ["pid", "ts", "migration"];
const COUNTS: readonly NumericColumn[] = [
  "ts",
  "task_load_avg",
  "task_util_avg",
  "task_nr_migrations",
  "start_runtime",
  "dst_rq_load",
  "dst_rq_load_avg",
  "dst_rq_nr_running",
  "dst_rq_util_avg",
  "src_rq_load",
  "src_rq_load_avg",
  "src_rq_nr_running",
  "src_rq_util_avg",
  "sd_cache_nice_tries",
  "sd_nr_balance_failed",
];
const POLICIES: readonly number[] = [0, 3, 5];
const MIGRATION_TYPES: readonly string[] = [
  "",
  "migrate_load",
  "migrate_util",
  "migrate_task",
  "migrate_misfit",
];
const FLAGS = NUMERIC_NAMES.filter((name) => NUMERIC_COLUMNS[name].kind === "flag");
const BOUNDED = Object.entries(BOUNDS) as [NumericColumn, readonly [number, number]][];

/** What is impossible about row `i`, as a sentence without an end; null if nothing is. */
export function findImpossible(table: TraceTable, i: number): string | null {
  const c = table.numeric;
  for (const name of NEEDED) if (Number.isNaN(c[name][i])) return `${name} is unknown`;
  for (const name of FLAGS) {
    const value = c[name][i];
    if (value !== 0 && value !== 1 && !Number.isNaN(value)) return `${name} is ${value}, but it is a flag`;
  }
  for (const name of COUNTS) if (c[name][i] < 0) return `${name} is ${c[name][i]}`;
  for (const [name, [least, largest]] of BOUNDED) {
    const value = c[name][i];
    if (value < least || value > largest) return `${name} is ${value}, but it is ${least} to ${largest}`;
  }
  const policy = c.task_policy[i];
  if (!Number.isNaN(policy) && !POLICIES.includes(policy)) return `task_policy is ${policy}, no fair policy`;
  if (c.src_cpu[i] === c.dst_cpu[i]) return `src_cpu and dst_cpu are both ${c.src_cpu[i]}`;
  if (c.cpu_idle[i] === 1 && c.cpu_newly_idle[i] === 1) return "cpu_idle and cpu_newly_idle are both set";
  if (c.detached[i] === 1 && c.migration[i] === 0) return "the task was detached although it was to stay";
  const type = table.text.lb_migration_type[i];
  if (!MIGRATION_TYPES.includes(type)) return `lb_migration_type is ${type}`;
  const reason = table.text.reason[i];
  if (reason !== "" && !(REASONS as readonly string[]).includes(reason)) return `reason is ${reason}`;
  return null;
}
