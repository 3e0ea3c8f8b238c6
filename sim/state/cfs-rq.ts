import { D0 } from "../lib/arithmetic.ts";
import { type TreeNodes, VruntimeTree } from "../lib/rbtree.ts";
import type { SchedEntity } from "./entity.ts";
import { LeafLink } from "./leaf-link.ts";
import type { Rq } from "./rq.ts";
import { SchedAvg } from "./sched-avg.ts";
import type { TaskGroup } from "./task-group.ts";

/**
 * A fair queue (struct cfs_rq): the root queue of a CPU, or that of a group on the CPU.
 *
 * Invariants:
 *  F1. `load` is the sum of the loads of its entities, the running one included; `nrRunning` their number;
 *      `idleNrRunning` those of them that are idle: tasks with SCHED_IDLE, groups with cpu.idle.
 *  F2. `curr` is not in the tree; every other entity of the queue is.
 *  F3. minVruntime never goes back.
 *  F4. throttleCount is that of the queue above, plus one where this one is throttled.
 */
export class CfsRq {
  /** The CPU's run queue (rq_of()). */
  readonly rq: Rq;
  readonly tg: TaskGroup;
  /** The entity that stands for this queue in the one above; null for the root queue. */
  readonly entity: SchedEntity | null;
  /** Entities, and those of them that are SCHED_IDLE. */
  nrRunning = 0;
  idleNrRunning = 0;
  /** Tasks, those of groups below included (h_nr_running, idle_h_nr_running). */
  hNrRunning = 0;
  idleHNrRunning = 0;
  /** Scaled by 1024 (load.weight). */
  load = D0;
  minVruntime = D0;
  readonly tree: VruntimeTree<SchedEntity>;
  curr: SchedEntity | null = null;
  /** Buddies: picked before, or (skip) after, the leftmost where that is not unfair. */
  next: SchedEntity | null = null;
  last: SchedEntity | null = null;
  skip: SchedEntity | null = null;
  readonly avg = new SchedAvg();
  /** cpu.idle of the group: all in it counts as SCHED_IDLE. */
  idle = false;
  /**
   * Is it among the queues whose averages update_blocked_averages() keeps up to date (leaf_cfs_rq_list)? From its first
   * task on until all has decayed; what a sleeper's new weight adds after that stands still until the next task comes.
   */
  onLeafList = false;
  readonly leaf: LeafLink;

  /** What tg.loadAvg has of this queue. */
  tgLoadAvgContrib = 0;
  /** Something has been attached or taken off that the entity above does not know of yet (propagate, prop_runnable_sum). */
  propagate = false;
  propRunnableSum = D0;

  // bandwidth of the group on this CPU; ns
  /** The group has a quota. */
  runtimeEnabled = false;
  /** What is left of the slices drawn; may be below zero. */
  runtimeRemaining = D0;
  /** It has run out: its entity is off the queue above. */
  throttled = false;
  /** Throttled queues among this one and those above it: while there are some, its clock for load tracking stands still. */
  throttleCount = 0;
  /** rq.clock when it was throttled, and when its clock stopped; the time it has stood in all, and that when it was last idle. */
  throttledClock = D0;
  throttledClockPelt = D0;
  throttledClockPeltTime = D0;
  /** Infinity: the clock stood when the queue was last idle. */
  throttledPeltIdle = D0;

  /** Averages of tasks that left while asleep, to be taken off at the next update (cfs_rq.removed). */
  removedNr = 0;
  removedLoadAvg = 0;
  removedUtilAvg = 0;
  removedRunnableAvg = 0;

  /** loadAvg as task_h_load() last took it, and the jiffy of that. */
  hLoad = 0;
  lastHLoadUpdate = -1;

  constructor(rq: Rq, tg: TaskGroup, entity: SchedEntity | null, nodes: TreeNodes<SchedEntity>) {
    this.rq = rq;
    this.tg = tg;
    this.entity = entity;
    this.leaf = new LeafLink(this);
    this.tree = new VruntimeTree(nodes);
  }
}
