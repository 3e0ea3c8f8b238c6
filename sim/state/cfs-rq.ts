import { D0 } from "../lib/arithmetic.ts";
import { type TreeNodes, VruntimeTree } from "../lib/rbtree.ts";
import { SchedAvg } from "./sched-avg.ts";
import type { Task } from "./task.ts";

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
  readonly tree: VruntimeTree<Task>;
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

  constructor(nodes: TreeNodes<Task>) {
    this.tree = new VruntimeTree(nodes);
  }
}
