/**
 * The trace schema: one row per `can_migrate_task` call, simulated or recorded on a real kernel.
 *
 * Invariants:
 *  S1. Every numeric column holds exact integers with |value| <= 2^53; NaN stands for "unknown" (an empty CSV cell,
 *      a Parquet null) and for nothing else.
 *  S2. `task_vruntime` is the kernel's u64 read as s64: the kernel itself only ever compares its signed differences.
 *  S3. `""` is the unknown of text columns.
 *
 * Names and units follow Table 5.3 of M. Pinto, "Machine learning en Linux kernel" (UTEC 2024); the rest is the context
 * that makes each decision replayable by the rule of `can_migrate_task` (Linux 6.1, kernel/sched/fair.c).
 */

import type { Change, Made } from "./made.ts";

/** Bumped when a column is added, removed or changes its meaning. */
export const SCHEMA_VERSION = 2;

/** `flag` is 0 or 1; `int` is any integer allowed by S1. */
export type NumericKind = "int" | "flag";

/** What a numeric column is to everyone who reads or writes it; a record in C, the simulator's row and docs come from it. */
export interface NumericColumnSpec {
  readonly kind: NumericKind;
  readonly unit: string;
  readonly about: string;
  /** Bounds that no kernel steps over. */
  readonly least?: number;
  readonly most?: number;
  /** The only values there are. */
  readonly values?: readonly number[];
  /** Signed in the kernel (s64, or int): a word of it is in two's complement. */
  readonly signed?: true;
  /** May need more than 31 bits. */
  readonly wide?: true;
  /** Known only when the decision is made. */
  readonly outcome?: true;
}

type Rest = Omit<NumericColumnSpec, "kind" | "unit" | "about">;
const int = <R extends Rest>(unit: string, about: string, rest: R) => ({
  ...{ kind: "int" as const, unit, about },
  ...rest,
});
const count = <R extends Rest>(unit: string, about: string, rest?: R) =>
  int(unit, about, { least: 0, ...rest });
const flag = (about: string, rest: Rest = {}): NumericColumnSpec => ({
  ...{ kind: "flag" as const, unit: "0 or 1", about, values: [0, 1] },
  ...rest,
});
const WIDE = { wide: true } as const;
const SIGNED = { signed: true, wide: true } as const;
/** CONFIG_NR_CPUS is 8192 at most. */
const CPU = { least: 0, most: 8191 } as const;

/** All numeric columns in file order; text columns come last in a file. */
export const NUMERIC_COLUMNS = {
  // PID_MAX_LIMIT of 64-bit kernels; pid 0 is the idle task, which is not fair
  pid: int("", "process id", { least: 1, most: 2 ** 22 }),
  ts: count("ns", "time of the record (kernel: CLOCK_MONOTONIC; simulator: simulated clock)", WIDE),
  task_load_avg: count("", "PELT load average of the task"),
  task_util_avg: count("of 1024", "PELT utilisation average of the task"),
  task_vruntime: int("ns, weighted", "virtual run time of the task", SIGNED),
  task_nr_migrations: count("", "migrations of the task so far"),
  start_runtime: count("ns", "se.exec_start on the run queue's clock; 0 right after a migration", WIDE),
  dst_rq_load: count("weight x 1024", "cfs.load.weight of the destination queue", WIDE),
  dst_rq_load_avg: count("", "PELT load average of the destination queue", WIDE),
  dst_rq_nr_running: count("tasks", "cfs.nr_running of the destination queue"),
  dst_rq_util_avg: count("of 1024", "PELT utilisation average of the destination queue"),
  src_rq_load: count("weight x 1024", "cfs.load.weight of the source queue", WIDE),
  src_rq_load_avg: count("", "PELT load average of the source queue", WIDE),
  src_rq_nr_running: count("tasks", "cfs.nr_running of the source queue"),
  src_rq_util_avg: count("of 1024", "PELT utilisation average of the source queue"),
  imbalance: int("by lb_migration_type", "env->imbalance when the task was looked at", SIGNED),
  sd_cache_nice_tries: count("", "failed balances the domain tolerates before it moves hot tasks"),
  cpu_idle: flag("the destination was idle (CPU_IDLE)"),
  cpu_newly_idle: flag("the destination has just become idle (CPU_NEWLY_IDLE)"),
  sd_nr_balance_failed: count("", "failed balances of the domain in a row"),
  delta: int("ns", "rq_clock_task(src) - se.exec_start: time since the task last ran", SIGNED),
  migration: int("", "the decision: 0 stay, 1 migrate, 2 forced", { least: 0, most: 2, outcome: true }),
  src_cpu: int("", "source CPU", CPU),
  dst_cpu: int("", "destination CPU", CPU),
  task_running: flag("the task was on the CPU"),
  task_affine: flag("the task may run on dst_cpu"),
  task_throttled: flag("throttled_lb_pair()"),
  task_percpu_kthread: flag("kthread_is_per_cpu()"),
  task_buddy: flag("the task was next or last buddy of its queue"),
  task_policy: int("", "SCHED_NORMAL 0, SCHED_BATCH 3, SCHED_IDLE 5", { values: [0, 3, 5] }),
  task_nice: int("", "nice value, -20..19", { least: -20, most: 19, signed: true }),
  lb_active: flag("active balance (LBF_ACTIVE_LB), under which heat is not asked"),
  lb_loop: int("", "env->loop: position of the task in this detach scan", { least: 0, most: 2 ** 31 }),
  sd_share_capacity: flag("SD_SHARE_CPUCAPACITY: the domain spans SMT siblings"),
  detached: flag("the task really left its queue in this scan", { outcome: true }),
  task_forced_before: flag(
    "an earlier call has forced the same move: task, source, destination, migrations so far",
  ),
} as const satisfies Record<string, NumericColumnSpec>;

/** enum migration_type of Linux 6.1, by number. */
export const MIGRATION_TYPES = ["migrate_load", "migrate_util", "migrate_task", "migrate_misfit"] as const;

/** Why a decision is as it is, in the order in which the kernel asks. */
export const REASONS = [
  "throttled",
  "percpu_kthread",
  "affinity",
  "running",
  "active",
  "cold",
  "hot_refused",
  "forced",
] as const;
/** Why can_migrate_task decided as it did. */
export type Reason = (typeof REASONS)[number];

/** What is known of a column of texts. */
export interface TextColumnSpec {
  readonly about: string;
  /** The only texts there are. */
  readonly values?: readonly string[];
}

const oneOf = (values: readonly string[]): TextColumnSpec => ({
  about: `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`,
  values,
});

/** The columns of texts, with what they mean. */
export const TEXT_COLUMNS = {
  lb_migration_type: oneOf(MIGRATION_TYPES),
  sd_level: { about: "SMT, MC, ... (name of the domain level)" },
  reason: oneOf(REASONS),
  comm: { about: "name of the task" },
} as const satisfies Record<string, TextColumnSpec>;

/** The recording that a row belongs to, in a file that holds several; other files do not have the column (runs.ts). */
export const RUN_COLUMN = "run";

/** A column of numbers. */
export type NumericColumn = keyof typeof NUMERIC_COLUMNS;
/** A column of texts. */
export type TextColumn = keyof typeof TEXT_COLUMNS | typeof RUN_COLUMN;
/** A column of the trace. */
export type ColumnName = NumericColumn | TextColumn;

export const NUMERIC_NAMES = Object.keys(NUMERIC_COLUMNS) as NumericColumn[];
export const TEXT_NAMES = Object.keys(TEXT_COLUMNS) as (keyof typeof TEXT_COLUMNS)[];
/** What is known of a numeric column. */
export const specOf = (name: NumericColumn): NumericColumnSpec => NUMERIC_COLUMNS[name];
/** The only texts that a column may have, undefined where any will do. */
export const valuesOf = (name: keyof typeof TEXT_COLUMNS): readonly string[] | undefined =>
  (TEXT_COLUMNS[name] as TextColumnSpec).values;
export const ALL_TEXT_NAMES: readonly TextColumn[] = [...TEXT_NAMES, RUN_COLUMN];

/**
 * Order of the columns in files. The four text columns stand where the published CSV files have them.
 */
export const FILE_ORDER: readonly ColumnName[] = (() => {
  const order: ColumnName[] = [...NUMERIC_NAMES];
  order.splice(order.indexOf("lb_loop") + 1, 0, "lb_migration_type", "sd_level");
  return [...order, "reason", "comm"];
})();

/** All columns that a file may have. */
export const ALL_COLUMNS: readonly ColumnName[] = [...FILE_ORDER, RUN_COLUMN];

/** The columns of a file that tells runs apart, or of one that need not. */
export const fileColumns = (runs: boolean): readonly ColumnName[] => (runs ? ALL_COLUMNS : FILE_ORDER);

/** One row as a plain object. The simulator reuses a single instance: copy what you keep. */
export type TraceRow = Record<NumericColumn, number> &
  Record<keyof typeof TEXT_COLUMNS, string> &
  Partial<Record<typeof RUN_COLUMN, string>>;

/** Where a trace comes from. Stored as key-value metadata of the Parquet file. */
export interface TraceMetadata {
  schemaVersion: number;
  source: "sim" | "kernel" | "unknown";
  /** Kernel release recorded or modelled. */
  kernel: string;
  /** Chip name, or a sentence about a real machine. */
  chip: string;
  /** Tunables in force, e.g. `{ migration_cost_ns: 500000 }`. */
  tunables: Record<string, number>;
  workload: string;
  /** sha256 of the workload's definition, "" where unknown. */
  workloadHash: string;
  /** Seed of a simulated run; null for real traces. */
  seed: string | null;
  /** Version of nicetries or of the collector that wrote the rows. */
  tool: string;
  /** Records that the collector knows to have lost; null where nobody said. */
  lostRecords: number | null;
  /** Anything else worth keeping (machine, collector, command ...). */
  notes: Record<string, string>;
  /** How the rows were made, where this program made them: by it they can be made again. */
  made?: Made;
  /** The commands that have left only some of the rows, first one first. */
  changes?: readonly Change[];
  /** In a file of several recordings: by name (column `run`), what of each is other than for the file as a whole. */
  runs?: Record<string, Partial<TraceMetadata>>;
}

/** A trace (or a chunk of one) by columns. All arrays have `rows` entries. */
export interface TraceTable {
  rows: number;
  numeric: Record<NumericColumn, Float64Array>;
  text: Record<TextColumn, string[]>;
  meta: TraceMetadata;
}

/** The learning targets (labels) derived from a trace. */
export const TARGETS = ["migrate", "forced_eventually", "forced_now", "forced_detached"] as const;
/** What a network learns to predict. */
export type Target = (typeof TARGETS)[number];
