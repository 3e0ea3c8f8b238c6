import { D0 } from "../cfs/arithmetic.ts";
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

/** Sums over the CPUs of a group, shared by all groups over the same CPUs. */
export class GroupSums {
  load = D0;
  util = 0;
  runnable = 0;
  fairTasks = 0;
  tasks = 0;
  idleCpus = 0;
  /** CPUs with more than one task. */
  crowdedCpus = 0;
}

/**
 * What balance passes read of every CPU, side by side in one array, and summed by group. A pass of the kernel reads every
 * queue of its domain anew; over 256 CPUs that is thousands of scattered cache lines. Here only what has changed since the
 * last pass is read. All sums are of integers, so the results are the same.
 *
 * Invariants:
 *  N1. values[cpu * SNAP_SLOTS + ...] is current wherever stale[cpu] is 0. Who changes a queue's averages, its number of
 *      tasks or what runs there calls mark().
 *  N2. occupancy[cpu] is always current.
 *  N3. staleList holds the CPUs with stale[cpu] = 1, each once.
 *  N4. A group's sums are those of the values of its CPUs, stale or not.
 */
export class CpuSnapshot {
  readonly values: Float64Array;
  readonly stale: Uint8Array;
  readonly occupancy: Uint8Array;
  readonly staleList: Int32Array;
  staleCount = 0;

  constructor(cpus: number) {
    this.values = new Float64Array(cpus * SNAP_SLOTS);
    this.stale = new Uint8Array(cpus);
    this.occupancy = new Uint8Array(cpus).fill(OCCUPIED_NOT);
    this.staleList = new Int32Array(cpus);
    for (let cpu = 0; cpu < cpus; cpu++) this.mark(cpu);
  }

  /** `cpu` has changed. */
  mark(cpu: number): void {
    if (this.stale[cpu] !== 0) return;
    this.stale[cpu] = 1;
    this.staleList[this.staleCount++] = cpu;
  }
}

/** Brings all stale CPUs, and the groups they are in, up to date. */
export function refreshSnapshot(machine: Machine): void {
  const snapshot = machine.snapshot;
  const { values, stale, staleList, occupancy } = snapshot;
  for (let i = 0; i < snapshot.staleCount; i++) {
    const cpu = staleList[i]!;
    stale[cpu] = 0;
    const rq = machine.cpus[cpu]!;
    const slot = cpu * SNAP_SLOTS;
    const cfs = rq.cfs;
    const idle = occupancy[cpu] === OCCUPIED_NOT ? 1 : 0;
    const load = cfs.avg.loadAvg - values[slot + SNAP_LOAD]!;
    const util = cpuUtil(rq) - values[slot + SNAP_UTIL]!;
    const runnable = cfs.avg.runnableAvg - values[slot + SNAP_RUNNABLE]!;
    const fairTasks = cfs.nrRunning - values[slot + SNAP_FAIR_TASKS]!;
    const before = values[slot + SNAP_TASKS]!;
    const tasks = rq.nrTasks - before;
    const idleCpus = idle - values[slot + SNAP_IDLE]!;
    const crowded = (rq.nrTasks > 1 ? 1 : 0) - (before > 1 ? 1 : 0);
    values[slot + SNAP_LOAD]! += load;
    values[slot + SNAP_UTIL]! += util;
    values[slot + SNAP_RUNNABLE]! += runnable;
    values[slot + SNAP_FAIR_TASKS]! += fairTasks;
    values[slot + SNAP_TASKS]! += tasks;
    values[slot + SNAP_IDLE]! += idleCpus;
    const groups = rq.groupSums;
    for (let k = 0; k < groups.length; k++) {
      const sums = groups[k]!;
      sums.load += load;
      sums.util += util;
      sums.runnable += runnable;
      sums.fairTasks += fairTasks;
      sums.tasks += tasks;
      sums.idleCpus += idleCpus;
      sums.crowdedCpus += crowded;
    }
  }
  snapshot.staleCount = 0;
}
