import { ForcedMoves } from "../../traces/forced-moves.ts";
import { D0 } from "../lib/arithmetic.ts";
import type { CpuMask } from "../lib/cpumask.ts";
import { LinkedList } from "../lib/list.ts";
import type { TreeNodes } from "../lib/rbtree.ts";
import { CfsRq } from "./cfs-rq.ts";
import type { CpuSnapshot, GroupSums } from "./cpu-snapshot.ts";
import type { SchedDomain, SharedDomain } from "./domain.ts";
import type { SchedEntity } from "./entity.ts";
import { LeafLink } from "./leaf-link.ts";
import type { Machine } from "./machine.ts";
import { RtRq } from "./rt-rq.ts";
import type { SchedClasses } from "./sched-class.ts";
import { Task } from "./task.ts";
import type { TaskGroup } from "./task-group.ts";

/** SCHED_CAPACITY_SCALE: the capacity of a CPU at full speed. */
export const CAPACITY_SCALE = 1024;

/** Work queued for a CPU's stopper: an active balance, or a task to be moved elsewhere. */
export interface StopWork {
  /** null: active balance of this queue. */
  task: Task | null;
  destination: number;
  /** set_cpus_allowed_ptr() waits for it: nothing to do where the task's CPU is allowed again. */
  affinity: boolean;
}

/** A task that the CPU is to put on its queue itself. */
export interface WakingTask {
  task: Task;
  migrated: boolean;
  /** CPU of its waker. */
  waker: number;
}

/** rq->balance_callback: see sim/sched/balance-callbacks.ts. */
export type BalanceCallback = (machine: Machine, rq: Rq) => void;

/** The run queue of a CPU (struct rq), with what hangs on the CPU: domains, cache, siblings. */
export class Rq {
  /** Its place among the CPUs of the model, and the kernel's number of it: others only where numbers have gaps. */
  readonly cpu: number;
  readonly number: number;
  readonly cfs: CfsRq;
  readonly rt = new RtRq();
  /** Tasks of all classes: the fair ones, the stopper, the real-time ones that are not throttled. */
  nrTasks = 0;
  /** What the CPU executes: a task, `idle` or `stop`. */
  running: Task;
  readonly idle: Task;
  readonly stop: Task;
  /** Head of the list of its leaf queues, children before their parents; where the next parent is to be put. */
  readonly leafQueues = new LeafLink(null);
  tmpAloneBranch = this.leafQueues;
  /** cfs_tasks: all fair tasks of the queue, last run first. */
  readonly tasks = new LinkedList<Task>();
  /** Moves away from here that have been forced: for the column `task_forced_before`. */
  readonly forcedMoves = new ForcedMoves();

  /** ns; moves only when the kernel would call update_rq_clock(). */
  clock = D0;
  needResched = false;
  /** RQCF_REQ_SKIP, where it makes a difference: the next schedule() takes the clock as it was when a stopper was woken. */
  skipClockUpdate = false;
  /** When the CPU became idle, ns; 0 = it is not, or it has been woken since. */
  idleStamp = D0;
  avgIdle = D0;
  maxIdleBalanceCost = D0;
  /** jiffies */
  nextBalance = 0;
  /** The last tick found the CPU idle. */
  idleBalance = false;

  /** capacity_orig_of() and capacity_of(): what the CPU can do, and what of it was left for fair tasks when it last balanced. */
  capacityOrig = CAPACITY_SCALE;
  capacity = CAPACITY_SCALE;

  activeBalance = false;
  pushCpu = -1;
  /** Its stopper is in its wake list: an interrupt is on its way. */
  stopPending = false;
  /** Tasks in its wake list (ttwu_pending): an interrupt is on its way, and they are not on the queue yet. */
  readonly wakeList: WakingTask[] = [];
  readonly stopWorks: StopWork[] = [];
  readonly balanceCallbacks: BalanceCallback[] = [];
  /** Last CPU that code on this one picked to spread tasks (distribute_cpu_mask_prev). */
  distributeCursor = -1;
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
    number: number,
    own: CpuMask,
    classes: SchedClasses,
    nohz: boolean,
    snapshot: CpuSnapshot,
    nodes: TreeNodes<SchedEntity>,
    root: TaskGroup,
  ) {
    this.cpu = cpu;
    this.number = number;
    this.cfs = new CfsRq(this, root, null, nodes);
    this.snapshot = snapshot;
    this.llcId = cpu;
    this.smtMask = own;
    this.nodeMask = own;
    this.nohz = nohz;
    this.idle = new Task(-1, `swapper/${cpu}`, 0, 0, own, classes.idle, this.cfs);
    this.stop = new Task(-2, `migration/${cpu}`, 0, 0, own, classes.stop, this.cfs);
    this.idle.cpu = cpu;
    this.stop.cpu = cpu;
    this.stop.prio = 0;
    this.running = this.idle;
  }

  /** The task on the CPU, fair or real-time, or null. */
  get curr(): Task | null {
    const task = this.running;
    return task === this.idle || task === this.stop ? null : task;
  }

  get nrRunning(): number {
    return this.cfs.hNrRunning;
  }

  get stopperRunning(): boolean {
    return this.running === this.stop;
  }

  get tickStopped(): boolean {
    return this.nohz && this.running === this.idle;
  }
}
