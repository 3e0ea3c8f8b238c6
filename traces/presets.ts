import type { NumericColumn, TraceMetadata, TraceTable } from "./schema.ts";

/** How the files of another tool become traces: `trace import --preset`. */
export interface ImportPreset {
  /** What the tool is, in a line. */
  about: string;
  /** Columns of the tool that mean what one of the schema means, in the same unit. */
  rename: Readonly<Record<string, NumericColumn>>;
  /** Columns without a twin: passed over. */
  ignore: readonly string[];
  /** The migration cost that the tool takes for granted, ns. */
  migrationCostNs: number;
  /** Says in the metadata what was done. */
  note: string;
  /** Makes rows of the schema of rows that are renamed only. Changes the table. */
  finish(table: TraceTable, migrationCostNs: number): void;
}

/**
 * MLLB (Chen et al., "Machine Learning for Load Balancing in the Linux Kernel", APSys 2020): the raw CSV that its
 * dump_lb.py writes, a row per can_migrate_task call of Linux 4.15. Twelve columns have our names already; ten have twins:
 *
 *  - `src_len`, `dst_len` are rq->nr_running, of all classes, where the schema has the fair part: the same but for
 *    real-time tasks and stoppers.
 *  - `src_load`, `dst_load` are cfs.avg.load_avg as it is (only MLLB's prep.py divides by 1000).
 *  - `buddy_hot` is set only where the destination has tasks, which the rule asks of `task_buddy` anyway.
 *  - `can_migrate` is what the function returned: it does not tell a forced migration from another. A task that was let go
 *    is taken for forced where it was hot (a buddy, or `delta` below the migration cost), the balances that failed were more
 *    than are tolerated, and the domain is none of SMT siblings, where nothing is hot: those tolerate none.
 */
const mllb: ImportPreset = {
  about: "raw CSV of MLLB's dump_lb.py (APSys 2020)",
  rename: {
    src_len: "src_rq_nr_running",
    dst_len: "dst_rq_nr_running",
    src_load: "src_rq_load_avg",
    dst_load: "dst_rq_load_avg",
    nr_fails: "sd_nr_balance_failed",
    cache_nice_tries: "sd_cache_nice_tries",
    buddy_hot: "task_buddy",
    throttled: "task_throttled",
    p_running: "task_running",
    can_migrate: "migration",
  },
  ignore: [
    "curr_pid",
    "src_numa_len",
    "src_preferred_len",
    "cpu_not_idle",
    "same_node",
    "prefer_src",
    "prefer_dst",
    "delta_faults",
    "total_faults",
    "test_aggressive",
    "pc_0",
    "pc_1",
  ],
  migrationCostNs: 500_000,
  note:
    "mllb: can_migrate does not tell forced migrations; taken for forced where the task was hot and more balances had " +
    "failed than are tolerated",
  finish(table, migrationCostNs) {
    const { migration, delta, task_buddy, sd_nr_balance_failed, sd_cache_nice_tries } = table.numeric;
    for (let i = 0; i < table.rows; i++) {
      const hot = task_buddy[i] === 1 || migrationCostNs === -1 || delta[i] < migrationCostNs;
      const tries = sd_cache_nice_tries[i];
      if (migration[i] === 1 && hot && tries > 0 && sd_nr_balance_failed[i] > tries) migration[i] = 2;
    }
  },
};

export const PRESETS: Readonly<Record<string, ImportPreset>> = { mllb };

/** Metadata of a file that came by a preset. */
export function withPreset(meta: TraceMetadata, { note, about }: ImportPreset): TraceMetadata {
  return { ...meta, tool: meta.tool || about, notes: { ...meta.notes, preset: note } };
}
