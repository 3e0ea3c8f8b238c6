import { D0 } from "../lib/arithmetic.ts";

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
 * What balance passes read of every CPU, side by side, and summed by group. A pass of the kernel reads every
 * queue of its domain anew; over 256 CPUs that is thousands of scattered cache lines. Here only what has changed since the
 * last pass is read. All sums are of integers, so the results are the same.
 *
 * Invariants:
 *  N1. load[cpu] ... tasks[cpu] are current wherever stale[cpu] is 0. Who changes a queue's averages, its number of
 *      tasks or what runs there calls mark().
 *  N2. occupancy[cpu] is always current.
 *  N3. staleList holds the CPUs with stale[cpu] = 1, each once.
 *  N4. A group's sums are those over load[cpu] ... of its CPUs, stale or not.
 */
export class CpuSnapshot {
  /** cfs.avg.load_avg */
  readonly load: Float64Array;
  /** cpu_util_cfs() */
  readonly util: Int32Array;
  /** cfs.avg.runnable_avg */
  readonly runnable: Int32Array;
  /** cfs.h_nr_running */
  readonly fairTasks: Int32Array;
  /** rq.nr_running: tasks of all classes */
  readonly tasks: Int32Array;
  /** 1 where idle_cpu(). */
  readonly idle: Uint8Array;
  readonly stale: Uint8Array;
  readonly occupancy: Uint8Array;
  readonly staleList: Int32Array;
  staleCount = 0;

  constructor(cpus: number) {
    this.load = new Float64Array(cpus);
    this.util = new Int32Array(cpus);
    this.runnable = new Int32Array(cpus);
    this.fairTasks = new Int32Array(cpus);
    this.tasks = new Int32Array(cpus);
    this.idle = new Uint8Array(cpus);
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
