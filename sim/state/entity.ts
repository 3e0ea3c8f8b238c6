import { D0, inverseWeight, scaleLoadDown } from "../lib/arithmetic.ts";
import type { TreeItem } from "../lib/rbtree.ts";
import type { CfsRq } from "./cfs-rq.ts";
import { SchedAvg } from "./sched-avg.ts";
import type { Task } from "./task.ts";

/**
 * What a fair queue orders (struct sched_entity of Linux 6.1): a task, or a group's queue of the CPU.
 *
 * Invariants:
 *  E1. An entity with `onRq` is in its queue's tree unless it is the queue's `curr`.
 *  E2. `vruntime` is absolute for a queue while the entity is on it or sleeps after it, and relative to min_vruntime
 *      while it migrates (the kernel's u64, read as s64).
 *  E3. Either `task` or `myQ` is null. `parent` is the entity of the queue that this one stands in, null in a root queue;
 *      `depth` the number of entities above.
 */
export class SchedEntity implements TreeItem {
  /** The task it stands for, or null: a group (entity_is_task()). */
  readonly task: Task | null;
  /** The queue it is on when it is runnable (cfs_rq_of()). */
  cfsRq: CfsRq;
  parent: SchedEntity | null = null;
  depth = 0;
  /** The group's queue (group_cfs_rq()); null for a task. */
  myQ: CfsRq | null = null;
  /** Load weight (load.weight, scaled by 1024), the same unscaled (se_weight(); nice 0 = 1024), and 2^32 / weight. */
  load = 0;
  weight = 0;
  inverse = 0;
  /** A group's: its number of tasks when load tracking was last told (runnable_weight). */
  runnableWeight = 0;
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

  constructor(task: Task | null, cfsRq: CfsRq) {
    this.task = task;
    this.cfsRq = cfsRq;
  }

  /** update_load_set(). The inverses of tasks' weights come from the table, which is not always the quotient. */
  setLoad(load: number, inverse = inverseWeight(scaleLoadDown(load))): void {
    this.load = load;
    this.weight = scaleLoadDown(load);
    this.inverse = inverse;
  }
}
