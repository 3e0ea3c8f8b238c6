/** What a perfect predictor could win at most: the time between the first call of a history and the forced migration at its end. */
import { readTrace } from "../../../traces/read-trace.ts";
import type { TraceTable } from "../../../traces/schema.ts";
import { keysOf } from "./knowledge.ts";

export interface Ceiling {
  /** Between first and last record. */
  ns: number;
  /** Forced calls after which the task moved. */
  moved: number;
  /** Of these, the ones with an earlier call of the same history. */
  withHistory: number;
  /** From the first call of each history to its end. */
  waitedNs: number;
  /** Of this time, as long as the destination was seen idle: it could have run the task meanwhile. */
  waitedIdleNs: number;
}

export async function ceiling({ files }: { files: readonly string[] }): Promise<Ceiling> {
  const sum: Ceiling = { ns: 0, moved: 0, withHistory: 0, waitedNs: 0, waitedIdleNs: 0 };
  for (const file of files) {
    const table = await readTrace(file);
    if (table.rows > 0) addTrace(sum, table);
  }
  return sum;
}

function addTrace(sum: Ceiling, table: TraceTable): void {
  const { rows, numeric: c } = table;
  const idle = idleTimes(table);
  const begun = new Map<string, number>();
  keysOf(table).history.forEach((key, i) => {
    const first = begun.get(key);
    if (first === undefined) begun.set(key, c.ts[i]);
    if (c.migration[i] !== 2 || c.detached[i] !== 1) return;
    sum.moved++;
    if (first === undefined) return;
    sum.withHistory++;
    sum.waitedNs += Math.max(0, c.ts[i] - first);
    const until = idle.get(c.dst_cpu[i])!;
    sum.waitedIdleNs += Math.max(0, until(c.ts[i]) - until(first));
  });
  sum.ns += c.ts[rows - 1] - c.ts[0];
}

/**
 * By CPU, the time up to a moment for which it was seen idle: from a call that says so, and leaves it without a task, to the next call that
 * has to do with it. That others pull from it shows it busy.
 */
function idleTimes({ rows, numeric: c }: TraceTable): Map<number, (at: number) => number> {
  const seen = new Map<number, { at: number[]; before: number[]; idle: boolean[] }>();
  const observe = (cpu: number, at: number, isIdle: boolean) => {
    const of = seen.get(cpu) ?? { at: [], before: [], idle: [] };
    seen.set(cpu, of);
    const last = of.at.length - 1;
    of.before.push(last < 0 ? 0 : of.before[last] + (of.idle[last] ? at - of.at[last] : 0));
    of.at.push(at);
    of.idle.push(isIdle);
  };
  for (let i = 0; i < rows; i++) {
    const isIdle = (c.cpu_idle[i] === 1 || c.cpu_newly_idle[i] === 1) && c.detached[i] !== 1;
    observe(c.dst_cpu[i], c.ts[i], isIdle);
    observe(c.src_cpu[i], c.ts[i], false);
  }
  const timesOf =
    ({ at, before, idle }: { at: number[]; before: number[]; idle: boolean[] }) =>
    (time: number) => {
      let [low, high] = [0, at.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (at[middle] <= time) low = middle;
        else high = middle - 1;
      }
      return before[low] + (idle[low] ? Math.max(0, time - at[low]) : 0);
    };
  return new Map([...seen].map(([cpu, of]) => [cpu, timesOf(of)]));
}
