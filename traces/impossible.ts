import { REQUIRED_COLUMNS } from "./columns.ts";
import { InputError, printable } from "./input-error.ts";
import {
  type ColumnName,
  NUMERIC_COLUMNS,
  NUMERIC_NAMES,
  type NumericColumn,
  REASONS,
  type TraceTable,
} from "./schema.ts";

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
const MIGRATION_TYPES: readonly string[] = ["migrate_load", "migrate_util", "migrate_task", "migrate_misfit"];
const FLAGS = NUMERIC_NAMES.filter((name) => NUMERIC_COLUMNS[name].kind === "flag");
const BOUNDED = Object.entries(BOUNDS) as [NumericColumn, readonly [number, number]][];

/** A value that its column cannot hold, whatever stands beside it. */
export interface WrongValue {
  field: ColumnName;
  /** NaN: it is unknown, but a row cannot be without. */
  found: number | string;
  /** Such as `0 to 2`. */
  expected: string;
}

/** The first value of row `i` that its column cannot hold; null if there is none. */
export function findWrongValue(table: TraceTable, i: number): WrongValue | null {
  const c = table.numeric;
  for (const field of NEEDED) if (Number.isNaN(c[field][i])) return { field, found: NaN, expected: "known" };
  for (const field of FLAGS) {
    const found = c[field][i];
    if (found !== 0 && found !== 1 && !Number.isNaN(found))
      return { field, found, expected: "a flag, 0 or 1" };
  }
  for (const field of COUNTS)
    if (c[field][i] < 0) return { field, found: c[field][i], expected: "0 or more" };
  for (const [field, [least, largest]] of BOUNDED) {
    const found = c[field][i];
    if (found < least || found > largest) return { field, found, expected: `${least} to ${largest}` };
  }
  const policy = c.task_policy[i];
  if (!Number.isNaN(policy) && !POLICIES.includes(policy))
    return {
      field: "task_policy",
      found: policy,
      expected: `one of the fair policies, ${POLICIES.join(", ")}`,
    };
  const type = table.text.lb_migration_type[i];
  if (type !== "" && !MIGRATION_TYPES.includes(type))
    return { field: "lb_migration_type", found: type, expected: MIGRATION_TYPES.join(", ") };
  const reason = table.text.reason[i];
  if (reason !== "" && !(REASONS as readonly string[]).includes(reason))
    return { field: "reason", found: reason, expected: REASONS.join(", ") };
  return null;
}

/** What is impossible about row `i`, as a sentence without an end; null if nothing is. */
export function findImpossible(table: TraceTable, i: number): string | null {
  const wrong = findWrongValue(table, i);
  if (wrong !== null) {
    if (Number.isNaN(wrong.found)) return `${wrong.field} is unknown`;
    return `${wrong.field} is ${printable(String(wrong.found))}, but it is ${wrong.expected}`;
  }
  const c = table.numeric;
  if (c.src_cpu[i] === c.dst_cpu[i]) return `src_cpu and dst_cpu are both ${c.src_cpu[i]}`;
  if (c.cpu_idle[i] === 1 && c.cpu_newly_idle[i] === 1) return "cpu_idle and cpu_newly_idle are both set";
  if (c.detached[i] === 1 && c.migration[i] === 0) return "the task was detached although it was to stay";
  return null;
}

/** Refuses a chunk with a value that its column cannot hold. `lineOf` says where a row of the chunk stands. */
export function refuseWrongValues(table: TraceTable, file: string, lineOf: (row: number) => number): void {
  for (let i = 0; i < table.rows; i++) {
    const wrong = findWrongValue(table, i);
    if (wrong === null) continue;
    const { field, found, expected } = wrong;
    const unknown = Number.isNaN(found);
    throw new InputError(unknown ? "the value is missing" : "no value that the column can hold", {
      file,
      line: lineOf(i),
      field,
      found: unknown ? "" : found,
      expected: unknown ? "a number, for no row of a trace is without" : expected,
      hint: unknown
        ? "Leave the row out if the value is not known."
        : `Correct the cell, or leave ${(REQUIRED_COLUMNS as readonly string[]).includes(field) ? "the row out" : "it empty"} if the value is not known; docs/traces.md lists what each column holds.`,
    });
  }
}

/**
 * Refuses a chunk with a row whose decision is none: no label could be made of it.
 * @param first Rows of the trace before this chunk.
 */
export function refuseUndecided(table: TraceTable, file: string, first = 0): void {
  const { migration } = table.numeric;
  for (let i = 0; i < table.rows; i++) {
    const found = migration[i];
    if (found === 0 || found === 1 || found === 2) continue;
    throw new InputError(`row ${first + i + 1} has no decision`, {
      file,
      field: "migration",
      found: Number.isNaN(found) ? "unknown" : found,
      expected: "0 (stay), 1 (migrate) or 2 (forced)",
      hint: "`nicetries trace check` names the rows that are wrong; leave them out.",
    });
  }
}
