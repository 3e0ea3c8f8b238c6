import { InputError } from "./input-error.ts";
import { KeySet } from "./key-set.ts";
import { LifeTracker } from "./lives.ts";
import { RunNumbers } from "./runs.ts";
import type { ColumnName, NumericColumn, Target, TraceTable } from "./schema.ts";

/**
 * The learning targets of a trace.
 *
 *  migrate            the decision was to migrate, forced or not (E1)
 *  forced_now         the decision was a forced migration (E3)
 *  forced_detached    it was, and the task really left its queue
 *  forced_eventually  some forced record has the record's key: this call belongs to a history that ends in a forced
 *                     migration (E2; Figure 4.3 of the thesis)
 *
 * The key is (run, pid, life, src_cpu, dst_cpu, task_nr_migrations). The thesis has neither `run`, which tells apart the
 * recordings that a file holds (runs.ts), nor `life`, which tells apart the tasks that bore one pid in turn (lives.ts);
 * they change nothing in a trace of one recording where no pid is used twice. Unknown parts of a key equal each other.
 *
 * Invariants (each with the faulty labellers that a test of it finds out: docs/traces.md):
 *  L1. Each forced record is labelled forced_eventually.
 *  L2. A record is labelled iff some forced record of the trace has its key, wherever the two stand.
 *  L3. The order of records matters only where it tells lives apart (V1).
 *  L4. Labels are a function of the rows: nothing is remembered between traces, nothing is written into them.
 *  L5. The other labels are functions of their row alone; forced_detached implies forced_now, which implies migrate.
 *  L6. Each run of a trace is labelled as if it were a trace of its own.
 */

const KEY_COLUMNS = ["pid", "src_cpu", "dst_cpu", "task_nr_migrations"] as const;

const NEEDS: Record<Target, readonly NumericColumn[]> = {
  migrate: ["migration"],
  forced_now: ["migration"],
  forced_detached: ["migration", "detached"],
  forced_eventually: ["migration", "ts", ...KEY_COLUMNS],
};

/** The columns that a target cannot do without. */
export const neededFor = (target: Target): readonly NumericColumn[] => NEEDS[target];

/** The columns that targets are computed from: enough for `readChunks(path, { columns })`. */
export function columnsFor(targets: readonly Target[]): ColumnName[] {
  return [...new Set<ColumnName>([...targets.flatMap((target) => NEEDS[target]), "run"])];
}

/** True when every column that the target needs is known in some row (or the table is empty). */
export function canLabel(table: TraceTable, target: Target): boolean {
  return table.rows === 0 || missing(table, target) === undefined;
}

function missing(table: TraceTable, target: Target): NumericColumn | undefined {
  return NEEDS[target].find((name) => name !== "ts" && table.numeric[name].every(Number.isNaN));
}

/** The label (0 or 1) of every row. Throws an InputError when a column that the target needs is unknown throughout. */
export function labelTable(table: TraceTable, target: Target): Uint8Array {
  const absent = table.rows > 0 ? missing(table, target) : undefined;
  if (absent !== undefined)
    throw new InputError(`the label ${target} needs the column ${absent}`, {
      field: absent,
      found: "only unknown values",
      hint: "Record the column, or choose another target.",
    });
  if (target !== "forced_eventually") return labelRows(table, target);
  const history = new HistoryLabeller();
  history.observe(table);
  history.endOfTrace();
  return history.label(table);
}

/** The targets that each row decides by itself. */
export function labelRows(table: TraceTable, target: Exclude<Target, "forced_eventually">): Uint8Array {
  const { migration, detached } = table.numeric;
  const labels = new Uint8Array(table.rows);
  if (target === "migrate") for (let i = 0; i < table.rows; i++) labels[i] = migration[i] > 0 ? 1 : 0;
  else if (target === "forced_now")
    for (let i = 0; i < table.rows; i++) labels[i] = migration[i] === 2 ? 1 : 0;
  else for (let i = 0; i < table.rows; i++) labels[i] = migration[i] === 2 && detached[i] === 1 ? 1 : 0;
  return labels;
}

/**
 * `forced_eventually` in two passes over a trace of any length: give every chunk to `observe`, call `endOfTrace`, then
 * give the same chunks in the same order to `label`. Memory: one entry per run and pid, and per forced key.
 *
 * Invariant H1: both passes number runs and the lives of a pid alike, for each numbers anew over the same records.
 */
export class HistoryLabeller {
  private readonly forced = new KeySet(6);
  private readonly key = new Float64Array(6);
  private runs = new RunNumbers();
  /** By number of the run. */
  private lives: LifeTracker[] = [];

  /** First pass: collects the keys of the forced records. */
  observe(chunk: TraceTable): void {
    const { migration } = chunk.numeric;
    for (let i = 0; i < chunk.rows; i++) {
      this.beginKey(chunk, i);
      if (migration[i] !== 2) continue;
      this.endKey(chunk, i);
      this.forced.add(this.key);
    }
  }

  /** Between the passes. */
  endOfTrace(): void {
    this.runs = new RunNumbers();
    this.lives = [];
  }

  /** Second pass: the labels of a chunk. */
  label(chunk: TraceTable): Uint8Array {
    const labels = new Uint8Array(chunk.rows);
    for (let i = 0; i < chunk.rows; i++) {
      this.beginKey(chunk, i);
      this.endKey(chunk, i);
      labels[i] = this.forced.has(this.key) ? 1 : 0;
    }
    return labels;
  }

  /** The parts of the key that hang on the records before: run and life. To be called for each record, in order. */
  private beginKey(chunk: TraceTable, i: number): void {
    const { pid, ts, task_nr_migrations } = chunk.numeric;
    const run = this.runs.of(chunk.text.run[i]);
    this.lives[run] ??= new LifeTracker();
    this.key[0] = run;
    this.key[1] = pid[i];
    this.key[2] = this.lives[run].lifeOf(pid[i], ts[i], task_nr_migrations[i]);
  }

  private endKey(chunk: TraceTable, i: number): void {
    const { key } = this;
    const c = chunk.numeric;
    key[3] = c.src_cpu[i];
    key[4] = c.dst_cpu[i];
    key[5] = c.task_nr_migrations[i];
  }
}
