import { D0 } from "../lib/arithmetic.ts";
import type { CpuMask } from "../lib/cpumask.ts";
import { type TreeNodes, VruntimeTree } from "../lib/rbtree.ts";
import { TaskList } from "../lib/task-list.ts";
import {
  type CpuSnapshot,
  type GroupSums,
  OCCUPIED,
  OCCUPIED_BY_IDLE_TASKS,
  OCCUPIED_NOT,
} from "./cpu-snapshot.ts";
import type { SchedDomain, SharedDomain } from "./domain.ts";
import { SchedAvg } from "./sched-avg.ts";
import { Task } from "./task.ts";

/**
 * The fair queue of a CPU (struct cfs_rq; there are no task groups, so it is the root queue).
 *
 * Invariants:
 *  F1. `weight` is the sum of the weights of its tasks, the running one included; `nrRunning` their number;
 *      `idleNrRunning` those of them with SCHED_IDLE.
 *  F2. `curr` is not in the tree; every other task of the queue is.
 *  F3. minVruntime never goes back.
 */
export class CfsRq {
  nrRunning = 0;
  idleNrRunning = 0;
  /** Unscaled. */
  weight = 0;
  minVruntime = D0;
  readonly tree: VruntimeTree;
  curr: Task | null = null;
  /** Buddies: picked before, or (skip) after, the leftmost where that is not unfair. */
  next: Task | null = null;
  last: Task | null = null;
  skip: Task | null = null;
  readonly avg = new SchedAvg();
  /**
   * Is it among the queues whose averages update_blocked_averages() keeps up to date (leaf_cfs_rq_list)? From its first
   * task on until all has decayed; what a sleeper's new weight adds after that stands still until the next task comes.
   */
  onLeafList = false;

  /** Averages of tasks that left while asleep, to be taken off at the next update (cfs_rq.removed). */
  removedNr = 0;
  removedLoadAvg = 0;
  removedUtilAvg = 0;
  removedRunnableAvg = 0;

  /** loadAvg as task_h_load() last took it, and the jiffy of that. */
  hLoad = 0;
  lastHLoadUpdate = -1;

  constructor(nodes: TreeNodes) {
    this.tree = new VruntimeTree(nodes);
  }
}

/** Work queued for a CPU's stopper: an active balance, or a task to be moved elsewhere. */
export interface StopWork {
  /** null: active balance of this queue. */
  task: Task | null;
  destination: number;
  /** set_cpus_allowed_ptr() waits for it: nothing to do where the task's CPU is allowed again. */
  affinity: boolean;
}

/** The run queue of a CPU (struct rq), with what hangs on the CPU: domains, cache, siblings. */
export class Rq {
  readonly cpu: number;
  readonly cfs: CfsRq;
  /** Tasks of all classes: the fair ones and the stopper. */
  nrTasks = 0;
  /** What the CPU executes: a task, `idle` or `stop`. */
  running: Task;
  readonly idle: Task;
  readonly stop: Task;
  /** cfs_tasks: all fair tasks of the queue, last run first. */
  readonly tasks = new TaskList();

  /** ns; moves only when the kernel would call update_rq_clock(). */
  clock = D0;
  needResched = false;
  /** When the CPU became idle, ns; 0 = it is not, or it has been woken since. */
  idleStamp = D0;
  avgIdle = D0;
  maxIdleBalanceCost = D0;
  /** jiffies */
  nextBalance = 0;
  /** The last tick found the CPU idle. */
  idleBalance = false;

  activeBalance = false;
  pushCpu = -1;
  stopQueued = false;
  /** Its stopper is in its wake list: an interrupt is on its way. */
  stopPending = false;
  readonly stopWorks: StopWork[] = [];
  /** SCHED_SOFTIRQ is raised. */
  softirq = false;
  /** Waits in the machine's work queue. */
  workQueued = false;

  // nohz
  nohzTickStopped = false;
  nohzFlags = 0;
  nohzIdleBalance = 0;
  /** The kick's interrupt has not been taken yet. */
  nohzKicked = false;
  hasBlockedLoad = false;
  lastBlockedLoadUpdateTick = 0;

  /** Lowest domain, or null. */
  sd: SchedDomain | null = null;
  /** Highest domain over a shared cache, its id (first CPU) and size. */
  sdLlc: SchedDomain | null = null;
  llcId: number;
  llcSize = 1;
  llcShared: SharedDomain | null = null;
  /** cpu_smt_mask() and cpumask_of_node(). */
  smtMask: CpuMask;
  nodeMask: CpuMask;
  isolated = false;

  // /proc/schedstat
  yldCount = 0;
  schedCount = 0;
  schedGoidle = 0;
  ttwuCount = 0;
  ttwuLocal = 0;
  nrSwitches = 0;

  readonly nohz: boolean;
  /** What balance passes read of each CPU; marked stale here on every change. */
  readonly snapshot: CpuSnapshot;
  /** Sums of all groups that this CPU is in. */
  readonly groupSums: GroupSums[] = [];

  constructor(
    cpu: number,
    own: CpuMask,
    smtMask: CpuMask,
    nodeMask: CpuMask,
    nohz: boolean,
    snapshot: CpuSnapshot,
    nodes: TreeNodes,
  ) {
    this.cpu = cpu;
    this.cfs = new CfsRq(nodes);
    this.snapshot = snapshot;
    this.llcId = cpu;
    this.smtMask = smtMask;
    this.nodeMask = nodeMask;
    this.nohz = nohz;
    this.idle = new Task(-1, `swapper/${cpu}`, 0, 0, own);
    this.stop = new Task(-2, `migration/${cpu}`, 0, 0, own);
    this.idle.cpu = cpu;
    this.stop.cpu = cpu;
    this.running = this.idle;
  }

  /** The fair task on the CPU, or null. */
  get curr(): Task | null {
    const task = this.running;
    return task === this.idle || task === this.stop ? null : task;
  }

  get nrRunning(): number {
    return this.cfs.nrRunning;
  }

  get stopperRunning(): boolean {
    return this.running === this.stop;
  }

  get tickStopped(): boolean {
    return this.nohz && this.running === this.idle;
  }
}

/** idle_cpu(): nothing runs, nothing waits. */
export function idleCpu(rq: Rq): boolean {
  return rq.snapshot.occupancy[rq.cpu] === OCCUPIED_NOT;
}

/** sched_idle_cpu(): only SCHED_IDLE tasks here, and at least one. */
export function schedIdleCpu(rq: Rq): boolean {
  return rq.snapshot.occupancy[rq.cpu] === OCCUPIED_BY_IDLE_TASKS;
}

/** To be called after each change of what runs on the CPU or how many tasks it has: keeps N1 and N2. */
export function noteOccupancy(rq: Rq): void {
  const { occupancy } = rq.snapshot;
  const cpu = rq.cpu;
  rq.snapshot.mark(cpu);
  if (rq.nrTasks === 0) occupancy[cpu] = rq.running === rq.idle ? OCCUPIED_NOT : OCCUPIED;
  else occupancy[cpu] = rq.nrTasks === rq.cfs.idleNrRunning ? OCCUPIED_BY_IDLE_TASKS : OCCUPIED;
}

/** cpu_util_cfs(): estimated utilisation, at most the capacity. */
export function cpuUtil(rq: Rq): number {
  const avg = rq.cfs.avg;
  const util = Math.max(avg.utilAvg, avg.utilEstEnqueued);
  return Math.min(util, 1024);
}
