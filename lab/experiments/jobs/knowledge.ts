/**
 * What one may know of a call, as numbers to learn from, from the row alone to the future:
 *
 *  row      every column but the outcome, clocks and names, on a logarithmic scale, and what the stock rule answers now
 *  history  counters that a kernel could keep per task, per source and destination, and per destination: calls so far, time since the
 *           first and the last of them, what came of them
 *  future   what happens to the same task within a horizon: the calls of the same history still to come, how far their failures are
 *           past what the domain bears, and whether the task has moved
 *
 * K1. `history` of a row depends on this row and on earlier ones only; `future` on later rows within the horizon only.
 * K2. No level reads `migration`, `detached` or `reason` of the row itself, but for the answer of the rule.
 */
import { featureColumn } from "../../../model/feature-values.ts";
import { LifeTracker } from "../../../traces/lives.ts";
import { decisionOf, ruleReason } from "../../../traces/rule.ts";
import { NUMERIC_NAMES, type NumericColumn, type TraceTable } from "../../../traces/schema.ts";

/** Columns that are the outcome, tell runs apart, or name tasks and CPUs. */
const LEFT_OUT: ReadonlySet<NumericColumn> = new Set<NumericColumn>([
  "migration",
  "detached",
  "ts",
  "start_runtime",
  "task_vruntime",
  "pid",
  "src_cpu",
  "dst_cpu",
  "task_forced_before", // of earlier rows: counters.ts
]);

/** Columns of numbers, one value a row; all levels on one scale. */
export type Columns = Record<string, Float64Array>;

export const signedLog = (x: number): number =>
  Number.isNaN(x) ? 0 : Math.sign(x) * Math.log2(1 + Math.min(2 ** 50, Math.abs(x)));

export function rowColumns(table: TraceTable): Columns {
  const { rows } = table;
  const columns: Columns = {};
  for (const name of NUMERIC_NAMES)
    if (!LEFT_OUT.has(name)) columns[name] = table.numeric[name].subarray(0, rows).map(signedLog);
  // coldness is a logarithm already: near the border between hot and cold, and far from it
  const coldness = featureColumn(table, "coldness").subarray(0, rows);
  columns.coldness = coldness.map((x) => (Number.isNaN(x) ? 0 : x));
  columns["coldness near 0"] = coldness.map((x) => (Number.isNaN(x) ? 0 : Math.max(-1, Math.min(1, x / 64))));
  columns["rule: moves"] = Float64Array.from({ length: rows }, (_, i) =>
    decisionOf(ruleReason(table, i)) > 0 ? 1 : 0,
  );
  columns["rule: forced"] = Float64Array.from({ length: rows }, (_, i) =>
    decisionOf(ruleReason(table, i)) > 1 ? 1 : 0,
  );
  return columns;
}

/** Keys of each row: its history, its stay on a CPU, its task. */
export interface Keys {
  history: string[];
  stay: string[];
  task: string[];
}

export function keysOf({ rows, numeric: c }: TraceTable): Keys {
  const lives = new LifeTracker();
  const keys: Keys = { history: [], stay: [], task: [] };
  for (let i = 0; i < rows; i++) {
    const task = `${c.pid[i]} ${lives.lifeOf(c.pid[i], c.ts[i], c.task_nr_migrations[i])}`;
    const stay = `${task} ${c.src_cpu[i]} ${c.task_nr_migrations[i]}`;
    keys.task.push(task);
    keys.stay.push(stay);
    keys.history.push(`${stay} ${c.dst_cpu[i]}`);
  }
  return keys;
}

/** What is kept of a key while rows pass. */
interface Seen {
  calls: number;
  first: number;
  last: number;
  refusedHot: number;
  forced: number;
}

/** What counters are kept for: the same task, source and destination, the same stay on a CPU, the task, the destination and level. */
export const SCOPES = ["move", "stay", "task", "destination"] as const;
export type Scope = (typeof SCOPES)[number];

/** K1. */
export function historyColumns(
  { rows, numeric: c, text }: TraceTable,
  keys: Keys,
  scopes: readonly Scope[],
): Columns {
  const keyOfScope: Record<Scope, (i: number) => string> = {
    move: (i) => keys.history[i],
    stay: (i) => keys.stay[i],
    task: (i) => keys.task[i],
    destination: (i) => `${c.dst_cpu[i]} ${text.sd_level[i]}`,
  };
  const columns: Columns = {};
  for (const scope of scopes) {
    const keyOf = keyOfScope[scope];
    const seen = new Map<string, Seen>();
    const add = (name: string) => {
      columns[`${scope}: ${name}`] = new Float64Array(rows);
      return columns[`${scope}: ${name}`];
    };
    const [calls, first, last] = [add("calls"), add("since the first"), add("since the last")];
    const [refused, forced] = [add("refused as hot"), add("forced")];
    for (let i = 0; i < rows; i++) {
      const key = keyOf(i);
      const s = seen.get(key) ?? { calls: 0, first: c.ts[i], last: c.ts[i], refusedHot: 0, forced: 0 };
      seen.set(key, s);
      calls[i] = signedLog(s.calls);
      first[i] = signedLog(c.ts[i] - s.first);
      last[i] = signedLog(c.ts[i] - s.last);
      refused[i] = signedLog(s.refusedHot);
      forced[i] = signedLog(s.forced);
      s.calls++;
      s.last = c.ts[i];
      if (text.reason[i] === "hot_refused") s.refusedHot++;
      if (c.migration[i] === 2) s.forced++;
    }
  }
  return columns;
}

/** K1. */
export function futureColumns({ rows, numeric: c }: TraceTable, keys: Keys, horizonNs: number): Columns {
  const later = new Map<string, number[]>();
  const calls = new Float64Array(rows);
  const excess = new Float64Array(rows);
  const moved = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const of = later.get(keys.stay[i]) ?? [];
    later.set(keys.stay[i], of);
    of.push(i);
  }
  for (const stay of later.values())
    for (let a = 0; a < stay.length; a++) {
      const i = stay[a];
      let most = -8;
      let count = 0;
      for (let b = a + 1; b < stay.length && c.ts[stay[b]] - c.ts[i] <= horizonNs; b++) {
        const j = stay[b];
        if (keys.history[j] === keys.history[i]) {
          count++;
          most = Math.max(most, c.sd_nr_balance_failed[j] - c.sd_cache_nice_tries[j]);
        }
        if (c.detached[j] === 1) moved[i] = 1;
      }
      calls[i] = signedLog(count);
      excess[i] = most;
    }
  return { "calls to come": calls, "failures to come, past what is borne": excess, "moves before": moved };
}
