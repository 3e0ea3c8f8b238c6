import { D0 } from "../lib/arithmetic.ts";
import type { CpuMask } from "../lib/cpumask.ts";
import { SchedAvg } from "./sched-avg.ts";
import type { SchedClass } from "./sched-class.ts";

/** SCHED_NORMAL, SCHED_BATCH and SCHED_IDLE: the policies of the fair class. */
export const SCHED_NORMAL = 0;
export const SCHED_BATCH = 3;
export const SCHED_IDLE = 5;

/** What a task is doing, as far as the core needs to know (task_struct.__state and on_rq). */
export const TASK_NEW = 0;
export const TASK_RUNNABLE = 1;
export const TASK_SLEEPING = 2;
/** Chosen CPU, not yet on its queue. */
export const TASK_WAKING = 3;
/** Off one queue, not yet on the other (TASK_ON_RQ_MIGRATING). */
export const TASK_MIGRATING = 4;
export const TASK_DEAD = 5;

/**
 * One task with its scheduling entity (task_struct and sched_entity of Linux 6.1; every task is in the root group).
 * Each CPU's idle task and stopper are Tasks too, so that "what runs here" always has one shape.
 *
 * Invariants:
 *  T1. `onRq` holds exactly while the task is linked into the cfs_tasks list of the queue of `cpu`.
 *  T2. A task with `onRq` is in the queue's tree unless it is the queue's `curr`.
 *  T3. `vruntime` is absolute for a queue while the task is on it or sleeps after it, and relative to min_vruntime
 *      while it migrates (the kernel's u64, read as s64).
 */
export class Task {
  readonly pid: number;
  comm: string;
  nice: number;
  policy: number;
  readonly schedClass: SchedClass;
  /** CPU whose queue the task is on, or was last on. */
  cpu = 0;
  /** On a run queue (running counts). */
  onRq = false;
  state = TASK_NEW;
  /** CPUs it may use (cpus_mask) and their number. The mask may be shared: it is replaced, never changed. */
  affinity: CpuMask;
  nrCpusAllowed = 0;
  /** Unscaled load weight (nice 0 = 1024) and 2^32 / weight. */
  weight = 0;
  inverse = D0;

  vruntime = D0;
  sumExecRuntime = D0;
  /** sumExecRuntime when it was last put on the CPU: the slice counts from there. */
  prevSumExecRuntime = D0;
  /** Queue clock at its last accounting, ns; 0 right after a migration. */
  execStart = D0;
  readonly avg: SchedAvg = new SchedAvg();

  nrMigrations = 0;
  recentUsedCpu = 0;
  /** Where the next wake-up looks first (p->wake_cpu). */
  wakeCpu = 0;
  lastWakee: Task | null = null;
  wakeeFlips = 0;
  wakeeFlipDecay = 0;
  /** can_migrate_task() passed it although hot (p->sched_task_hot). */
  schedTaskHot = false;

  /** It has a fatal signal: ends as soon as it has a CPU. */
  doomed = false;

  /** Its node in the timelines (rbtree.ts); 0 = none: idle tasks, stoppers, the dead. */
  node = 0;
  // cfs_tasks list (task-list.ts); null while not linked
  listPrev: Task | null = null;
  listNext: Task | null = null;

  // struct sched_statistics, what the balancer and wake-ups count per task
  nrFailedMigrationsAffine = 0;
  nrFailedMigrationsRunning = 0;
  nrFailedMigrationsHot = 0;
  nrForcedMigrations = 0;
  nrWakeups = 0;
  nrWakeupsSync = 0;
  nrWakeupsMigrate = 0;
  nrWakeupsLocal = 0;
  nrWakeupsRemote = 0;
  nrWakeupsAffine = 0;
  nrWakeupsAffineAttempts = 0;

  /** Free for the user of the core (programme state and the like). */
  user: unknown = null;

  constructor(
    pid: number,
    comm: string,
    nice: number,
    policy: number,
    affinity: CpuMask,
    schedClass: SchedClass,
  ) {
    this.pid = pid;
    this.comm = comm;
    this.nice = nice;
    this.policy = policy;
    this.affinity = affinity;
    this.schedClass = schedClass;
    this.nrCpusAllowed = affinity.weight();
  }

  /** Gone for good (exitCurrent). */
  get dead(): boolean {
    return this.state === TASK_DEAD;
  }
}
