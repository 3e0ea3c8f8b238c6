/** Simulates, and keeps beside the trace what the simulator knew at each call (snapshot.ts), and what came after it (hindsight.ts). */

import { readFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Tunables } from "../../../sim/core.ts";
import type { Simulation } from "../../../sim/run/simulation.ts";
import { startSimulation } from "../../../sim/simulator.ts";
import type { LbEnv } from "../../../sim/state/lb-env.ts";
import type { Task } from "../../../sim/state/task.ts";
import { writeFileAtomic } from "../../../traces/atomic-file.ts";
import { labelTable } from "../../../traces/label.ts";
import { traceMetadata } from "../../../traces/metadata.ts";
import type { TraceTable } from "../../../traces/schema.ts";
import { TableBuilder } from "../../../traces/table.ts";
import { openChip, openWorkload } from "../../sources.ts";
import { Hindsight, HORIZONS_MS, type Moment } from "./hindsight.ts";
import { keysOf, signedLog } from "./knowledge.ts";
import { Sheet } from "./sheet.ts";
import { neighboursOf, placesOf, putSnapshot, ranFor } from "./snapshot.ts";

/** A simulation under the stock rule. */
export interface ObservedRun {
  /** A model's name, or an rt-app file. */
  source: string;
  parameters?: Record<string, number>;
  chip: string;
  seed: string;
  durationNs: number;
  tunables?: Partial<Tunables>;
}

/** Row by row the same calls. */
export interface Observation {
  table: TraceTable;
  state: Sheet;
  future: Sheet;
}

export function observeRun({ source, parameters, chip, ...options }: ObservedRun): Observation {
  const state = new Sheet();
  const future = new Sheet();
  const rows = new TableBuilder();
  const moments: Moment[] = [];
  const tasks = new Map<number, Task>();
  const hindsight = new Hindsight((pid) => {
    const task = tasks.get(pid);
    return task && { weight: task.se.weight, ranNs: task.se.sumExecRuntime };
  });
  const simulation = startSimulation({
    ...options,
    workload: openWorkload([source], parameters),
    topology: openChip(chip),
    onDecision: (row) => rows.append(row),
    onTimeline(event) {
      const { list } = simulation.tasks;
      for (let i = tasks.size; i < list.length; i++) tasks.set(list[i].pid, list[i].task);
      hindsight.observe(event);
    },
  });
  simulation.core.machine.probe = (env, task) => {
    putSnapshot(state, simulation, env, task);
    state.endRow();
    moments.push(momentOf(simulation, hindsight.events, env, task));
  };
  simulation.run();
  for (const moment of moments) {
    hindsight.put(future, moment);
    future.endRow();
  }
  // what the rule asks of a trace beside its rows
  const { migrationCostNs } = simulation.core.tunables;
  const meta = traceMetadata({ source: "sim", tunables: { migration_cost_ns: migrationCostNs } });
  return { table: rows.toTable(meta), state, future };
}

function momentOf({ core: { machine }, clock }: Simulation, event: number, env: LbEnv, task: Task): Moment {
  const [first, second] = neighboursOf(env, task);
  const told = [task, env.srcRq.curr, env.dstRq.curr, first, second];
  return {
    event,
    now: clock.now,
    pid: task.pid,
    cpus: placesOf(machine, env).map((rq) => rq?.cpu),
    tasks: told.map((each) => (each ? { pid: each.pid, ranNs: ranFor(machine, each) } : undefined)),
  };
}

/** How far a run is played on, ms. */
export const PLAYED_ON_MS = [0, ...HORIZONS_MS, 4096, 16384] as const;

export interface ObserveJob extends ObservedRun {
  out: string;
}

/** What is kept of a run: its trace, and beside it columns on the scale of those that are learned from (knowledge.ts). */
export interface KeptObservation {
  table: TraceTable;
  state: Record<string, Float32Array>;
  future: Record<string, Float32Array>;
}

/** Of a run: how soon its history calls are decided. */
export interface Decided {
  rows: number;
  /** Calls of histories. */
  positives: number;
  /** Of these, those forced now or whose move was forced before; then those, too, whose move is forced within each of PLAYED_ON_MS. */
  within: number[];
}

export function observe({ out, ...run }: ObserveJob): Decided {
  const { table, state, future } = observeRun(run);
  const kept: KeptObservation = { table, state: state.columns(scaled), future: future.columns(scaled) };
  writeFileAtomic(out, gzipSync(serialize(kept), { level: 1 }));
  const count = (values: Uint8Array) => values.reduce((sum, y) => sum + y, 0);
  return {
    rows: table.rows,
    positives: count(labelTable(table, "forced_eventually")),
    within: PLAYED_ON_MS.map((ms) => count(forcedWithin(table, ms * 1e6))),
  };
}

/** What observe() has kept. */
export const readObservation = (path: string): KeptObservation => deserialize(gunzipSync(readFileSync(path)));

/** -1 for what there is none of; a time that does not come is later than any other. */
const scaled = (x: number): number => (Number.isNaN(x) ? -1 : signedLog(x));

/** Of each call, whether its move was forced before, is forced now, or will be within the horizon: what the run tells that is played on. */
export function forcedWithin(table: TraceTable, horizonNs: number): Uint8Array {
  const { history } = keysOf(table);
  const { ts, migration } = table.numeric;
  const first = new Map<string, number>();
  const next = new Map<string, number>();
  const within = new Uint8Array(table.rows);
  for (let i = 0; i < table.rows; i++)
    if (migration[i] === 2 && !first.has(history[i])) first.set(history[i], i);
  for (let i = table.rows - 1; i >= 0; i--) {
    if (migration[i] === 2) next.set(history[i], ts[i]);
    const before = (first.get(history[i]) ?? table.rows) <= i;
    const soon = (next.get(history[i]) ?? Number.POSITIVE_INFINITY) - ts[i] <= horizonNs;
    within[i] = before || (soon && (horizonNs > 0 || migration[i] === 2)) ? 1 : 0;
  }
  return within;
}
