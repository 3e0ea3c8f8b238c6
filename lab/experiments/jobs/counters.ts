/**
 * Counters that a kernel can keep without allocating: a few words for each task, or a small table for each CPU. What they
 * would have said of each row of a recording, computed from earlier rows alone (K1 of knowledge.ts).
 */
import { featureColumn } from "../../../model/feature-values.ts";
import type { TraceTable } from "../../../traces/schema.ts";
import { type Columns, type Keys, signedLog } from "./knowledge.ts";

/** By name, what is kept. */
export const COUNTERS = [
  "move refused",
  "move refused since",
  "stay refused",
  "success",
  "forced before",
] as const;
export type Counter = (typeof COUNTERS)[number];

/** A task keeps as many destinations: of another one, the one that was refused longest ago is forgotten. */
const DESTINATIONS = 4;

export function counterColumns(table: TraceTable, keys: Keys, wanted: readonly Counter[]): Columns {
  const columns: Columns = {};
  const add = (names: Columns) => Object.assign(columns, names);
  if (wanted.includes("move refused") || wanted.includes("move refused since")) {
    const { times, since } = refusals(table, keys, DESTINATIONS);
    if (wanted.includes("move refused")) add({ "kept: move refused": times });
    if (wanted.includes("move refused since")) add({ "kept: move refused since": since });
  }
  if (wanted.includes("stay refused")) {
    const { times, since } = refusals(table, keys, 1, true);
    add({ "kept: stay refused": times, "kept: stay refused since": since });
  }
  if (wanted.includes("success")) add(sinceSuccess(table));
  if (wanted.includes("forced before"))
    add({ "kept: forced before": Float64Array.from(featureColumn(table, "task_forced_before")) });
  return columns;
}

/** How often a task was refused as hot since its last migration, and how long ago first: by destination, or for all of them. */
function refusals(
  { rows, numeric: c, text }: TraceTable,
  keys: Keys,
  places: number,
  anywhere = false,
): { times: Float64Array; since: Float64Array } {
  const times = new Float64Array(rows);
  const since = new Float64Array(rows);
  const kept = new Map<string, { cpu: number; times: number; first: number }[]>();
  for (let i = 0; i < rows; i++) {
    const cpu = anywhere ? -1 : c.dst_cpu[i];
    const of = kept.get(keys.stay[i]) ?? [];
    kept.set(keys.stay[i], of);
    const at = of.findIndex((each) => each.cpu === cpu);
    times[i] = signedLog(of[at]?.times ?? 0);
    since[i] = at < 0 ? 0 : signedLog(1 + c.ts[i] - of[at].first);
    if (text.reason[i] !== "hot_refused") continue;
    const entry = at < 0 ? { cpu, times: 0, first: c.ts[i] } : of.splice(at, 1)[0];
    entry.times++;
    of.unshift(entry);
    of.length = Math.min(of.length, places);
  }
  return { times, since };
}

/** Calls and time since the destination last got a task at this level. */
function sinceSuccess({ rows, numeric: c, text }: TraceTable): Columns {
  const calls = new Float64Array(rows);
  const time = new Float64Array(rows);
  const kept = new Map<string, { calls: number; at: number }>();
  for (let i = 0; i < rows; i++) {
    const key = `${c.dst_cpu[i]} ${text.sd_level[i]}`;
    const of = kept.get(key) ?? { calls: 0, at: c.ts[0] };
    kept.set(key, of);
    calls[i] = signedLog(of.calls);
    time[i] = signedLog(c.ts[i] - of.at);
    of.calls++;
    if (c.detached[i] === 1) Object.assign(of, { calls: 0, at: c.ts[i] });
  }
  return { "kept: calls since success": calls, "kept: time since success": time };
}
