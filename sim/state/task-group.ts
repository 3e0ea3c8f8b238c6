import type { CfsBandwidth } from "./cfs-bandwidth.ts";
import type { CfsRq } from "./cfs-rq.ts";
import type { SchedEntity } from "./entity.ts";
import { NICE_0_LOAD } from "./weights.ts";

/**
 * A control group of the cpu controller (struct task_group of Linux 6.1): a fair queue on every CPU, and, but for the root, an
 * entity for each that stands in the parent's queue there.
 *
 * Invariants:
 *  G1. queues[cpu].tg is the group; but for the root entities[cpu].myQ === queues[cpu], and entities[cpu].cfsRq is the parent's
 *      queue of the CPU.
 *  G2. The root group has no parent and no entities, and cannot be changed.
 *  G3. loadAvg is the sum of tgLoadAvgContrib over the queues.
 */
export class TaskGroup {
  /** 0: the root. */
  readonly id: number;
  readonly parent: TaskGroup | null;
  /** Newest first, as the kernel walks them. */
  readonly children: TaskGroup[] = [];
  /** Its queue on each CPU (tg->cfs_rq); the root's are the CPUs' own. */
  readonly queues: CfsRq[] = [];
  /** The entity of each of these queues in the parent's (tg->se); the root has none. */
  readonly entities: SchedEntity[] = [];
  /** Tasks in it, those asleep included. */
  nrTasks = 0;
  /** Load weight of the group, scaled by 1024 as those of entities are. */
  shares = NICE_0_LOAD;
  /** cpu.idle */
  idle = false;
  /** Sum of its queues' load averages, as far as they have told (load_avg). */
  loadAvg = 0;
  /** null: the root group. */
  readonly bandwidth: CfsBandwidth | null;

  constructor(id: number, parent: TaskGroup | null, bandwidth: CfsBandwidth | null) {
    this.id = id;
    this.parent = parent;
    this.bandwidth = bandwidth;
  }
}
