import type { Machine } from "../cfs/machine.ts";
import { cpuUtil } from "../cfs/rq.ts";

/** Slots of a CPU in CpuSnapshot.values. */
export const SNAP_LOAD = 0;
export const SNAP_UTIL = 1;
export const SNAP_RUNNABLE = 2;
export const SNAP_FAIR_TASKS = 3;
export const SNAP_TASKS = 4;
export const SNAP_IDLE = 5;
export const SNAP_SLOTS = 8;

/** Values of CpuSnapshot.occupancy. */
export const OCCUPIED = 0;
/** Idle, nothing waiting: idle_cpu(). */
export const OCCUPIED_NOT = 1;
/** Only SCHED_IDLE tasks: sched_idle_cpu(). */
export const OCCUPIED_BY_IDLE_TASKS = 2;

/**
 * What balance passes read of every CPU, side by side in one array: a pass over 256 CPUs would otherwise touch some
 * thousand scattered cache lines. The kernel has no such thing; results are the same.
 *
 * Invariants:
 *  N1. values[cpu * SNAP_SLOTS + ...] is current wherever stale[cpu] is 0. Who changes a queue's averages, its number of
 *      tasks or what runs there sets stale[cpu].
 *  N2. occupancy[cpu] is always current.
 */
export class CpuSnapshot {
  readonly values: Float64Array;
  readonly stale: Uint8Array;
  readonly occupancy: Uint8Array;

  constructor(cpus: number) {
    this.values = new Float64Array(cpus * SNAP_SLOTS);
    this.stale = new Uint8Array(cpus).fill(1);
    this.occupancy = new Uint8Array(cpus).fill(OCCUPIED_NOT);
  }
}

/** Brings a stale CPU's slots up to date. */
export function refreshSnapshot(machine: Machine, cpu: number): void {
  const rq = machine.cpus[cpu]!;
  const snapshot = machine.snapshot;
  const { values, stale } = snapshot;
  const slot = cpu * SNAP_SLOTS;
  const cfs = rq.cfs;
  values[slot + SNAP_LOAD] = cfs.avg.loadAvg;
  values[slot + SNAP_UTIL] = cpuUtil(rq);
  values[slot + SNAP_RUNNABLE] = cfs.avg.runnableAvg;
  values[slot + SNAP_FAIR_TASKS] = cfs.nrRunning;
  values[slot + SNAP_TASKS] = rq.nrTasks;
  values[slot + SNAP_IDLE] = snapshot.occupancy[cpu] === OCCUPIED_NOT ? 1 : 0;
  stale[cpu] = 0;
}
