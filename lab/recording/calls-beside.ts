import { existsSync } from "node:fs";
import { SCHED_BATCH, SCHED_IDLE } from "../../sim/core.ts";
import { readParquet } from "../../traces/parquet.ts";
import type { TraceTable } from "../../traces/schema.ts";

/** Where `kernel record --schedule` puts the calls of the same run: FILE.parquet beside FILE.ftrace.gz; undefined: there is none. */
export function pathOfCalls(recording: string): string | undefined {
  const path = recording.replace(/(\.(ftrace|txt|pftrace|html))?(\.gz)?$/, ".parquet");
  return path !== recording && existsSync(path) ? path : undefined;
}

/** The calls recorded beside a schedule. @throws InputError */
export async function callsBeside(recording: string): Promise<TraceTable | undefined> {
  const path = pathOfCalls(recording);
  return path === undefined ? undefined : await readParquet(path);
}

/**
 * By pid: SCHED_BATCH or SCHED_IDLE, of tasks that had that policy at their last call: it is set as a task begins. A schedule alone does not tell
 * it from SCHED_NORMAL.
 */
export function otherPolicies({ numeric }: TraceTable): Map<number, number> {
  const last = new Map<number, number>();
  for (const [row, policy] of numeric.task_policy.entries()) last.set(numeric.pid[row]!, policy!);
  return new Map([...last].filter(([, policy]) => policy === SCHED_BATCH || policy === SCHED_IDLE));
}

/** Tasks that some CPU was refused for their affinity, by pid. */
export function refusedForAffinity({ numeric, text }: TraceTable): Set<number> {
  const refused = new Set<number>();
  for (const [row, reason] of text.reason.entries())
    if (reason === "affinity") refused.add(numeric.pid[row]!);
  return refused;
}
