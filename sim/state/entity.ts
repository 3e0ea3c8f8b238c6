import { D0 } from "../lib/arithmetic.ts";
import type { TreeItem } from "../lib/rbtree.ts";
import { SchedAvg } from "./sched-avg.ts";
import type { Task } from "./task.ts";

/**
 * What a fair queue orders (struct sched_entity of Linux 6.1): a task, as there are no groups.
 *
 * Invariants:
 *  E1. An entity with `onRq` is in its queue's tree unless it is the queue's `curr`.
 *  E2. `vruntime` is absolute for a queue while the entity is on it or sleeps after it, and relative to min_vruntime
 *      while it migrates (the kernel's u64, read as s64).
 */
export class SchedEntity implements TreeItem {
  readonly task: Task;
  /** Unscaled load weight (nice 0 = 1024) and 2^32 / weight. */
  weight = 0;
  inverse = 0;
  onRq = false;
  vruntime = D0;
  sumExecRuntime = D0;
  /** sumExecRuntime when it was last put on the CPU: the slice counts from there. */
  prevSumExecRuntime = D0;
  /** Queue clock at its last accounting, ns; 0 right after a migration. */
  execStart = D0;
  nrMigrations = 0;
  /** Its node in the timelines (lib/rbtree.ts); 0 = none: idle tasks, stoppers, the dead. */
  node = 0;
  readonly avg = new SchedAvg();

  constructor(task: Task) {
    this.task = task;
  }
}
