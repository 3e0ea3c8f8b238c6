import type { CpuMask } from "../lib/cpumask.ts";
import type { CfsRq } from "./cfs-rq.ts";
import { SchedEntity } from "./entity.ts";
import type { SchedClass } from "./sched-class.ts";
import type { TaskGroup } from "./task-group.ts";

/** SCHED_NORMAL, SCHED_BATCH and SCHED_IDLE: the policies of the fair class. */
export const SCHED_NORMAL = 0;
export const SCHED_BATCH = 3;
export const SCHED_IDLE = 5;
/** SCHED_FIFO and SCHED_RR: those of the real-time class. */
export const SCHED_FIFO = 1;
export const SCHED_RR = 2;

/** rt_policy() */
export function isRtPolicy(policy: number): boolean {
  return policy === SCHED_FIFO || policy === SCHED_RR;
}

/** __normal_prio(): 0 to 98 for real-time priorities 99 to 1, 100 to 139 for nice values. */
export function normalPrio(policy: number, rtPriority: number, nice: number): number {
  return isRtPolicy(policy) ? 99 - rtPriority : 120 + nice;
}

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
 * One task (task_struct of Linux 6.1). Each CPU's idle task and stopper are Tasks too, so
 * that "what runs here" always has one shape.
 *
 * T1. `onRq` holds exactly while the task is on the queue of `cpu`; a fair one then is in its cfs_tasks list.
 */
export class Task {
  // first what most events touch, so that it lies side by side
  readonly se: SchedEntity;
  schedClass: SchedClass;
  /** sched_task_group */
  group: TaskGroup;
  policy: number;
  /** p->prio: the smaller, the more urgent; below 100 of the real-time class. */
  prio: number;
  /** CPU whose queue the task is on, or was last on. */
  cpu = 0;
  /** On a run queue (running counts). */
  onRq = false;
  state = TASK_NEW;
  // cfs_tasks, or the list of its priority in the real-time queue (lib/list.ts); null while not linked
  listPrev: Task | null = null;
  listNext: Task | null = null;
  /** CPUs it may use (cpus_mask) and their number. The mask may be shared: it is replaced, never changed. */
  affinity: CpuMask;
  nrCpusAllowed = 0;
  recentUsedCpu = 0;
  /** Where the next wake-up looks first (p->wake_cpu). */
  wakeCpu = 0;
  lastWakee: Task | null = null;
  wakeeFlips = 0;
  wakeeFlipDecay = 0;
  /** 1 to 99 with a real-time policy, else 0. */
  rtPriority = 0;
  /** On a real-time queue (p->rt.on_rq). */
  rtOnRq = false;
  /** What is left of its SCHED_RR slice, ticks. */
  timeSlice = 0;
  /** A kernel thread that serves its only CPU (kthread_is_per_cpu()): no balancer moves it. */
  perCpuKthread = false;
  /** It has a fatal signal: ends as soon as it has a CPU. */
  doomed = false;
  /** can_migrate_task() passed it although hot (p->sched_task_hot). */
  schedTaskHot = false;
  /** Free for the user of the core (programme state and the like). */
  user: unknown = null;

  // struct sched_statistics, what the balancer and wake-ups count per task
  nrWakeups = 0;
  nrWakeupsLocal = 0;
  nrWakeupsRemote = 0;
  nrWakeupsMigrate = 0;
  nrWakeupsSync = 0;
  nrWakeupsAffine = 0;
  nrWakeupsAffineAttempts = 0;
  nrFailedMigrationsAffine = 0;
  nrFailedMigrationsRunning = 0;
  nrFailedMigrationsHot = 0;
  nrForcedMigrations = 0;

  readonly pid: number;
  comm: string;
  nice: number;

  constructor(
    pid: number,
    comm: string,
    nice: number,
    policy: number,
    affinity: CpuMask,
    schedClass: SchedClass,
    queue: CfsRq,
  ) {
    this.pid = pid;
    this.comm = comm;
    this.nice = nice;
    this.policy = policy;
    this.prio = normalPrio(policy, 0, nice);
    this.affinity = affinity;
    this.schedClass = schedClass;
    this.se = new SchedEntity(this, queue);
    this.group = queue.tg;
    this.nrCpusAllowed = affinity.weight();
  }

  /** set_task_rq(): the queue of its group on `cpu` is the one it will stand in. */
  setQueue(cpu: number): void {
    const { se, group } = this;
    const queue = group.queues[cpu];
    se.cfsRq = queue;
    const parent = queue.entity;
    se.parent = parent;
    se.depth = parent === null ? 0 : parent.depth + 1;
  }

  /** Gone for good (exitCurrent). */
  get dead(): boolean {
    return this.state === TASK_DEAD;
  }
}
