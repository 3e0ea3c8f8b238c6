import { D0 } from "../lib/arithmetic.ts";
import type { CpuMask } from "../lib/cpumask.ts";
import { LinkedList } from "../lib/list.ts";
import type { SchedDomain } from "./domain.ts";
import type { Rq } from "./rq.ts";
import type { Task } from "./task.ts";

/** env->flags */
export const LBF_ALL_PINNED = 0x01;
export const LBF_NEED_BREAK = 0x02;
export const LBF_DST_PINNED = 0x04;
export const LBF_SOME_PINNED = 0x08;
export const LBF_ACTIVE_LB = 0x10;

/** enum migration_type: what env->imbalance counts. */
export const MIGRATE_LOAD = 0;
export const MIGRATE_UTIL = 1;
export const MIGRATE_TASK = 2;
export const MIGRATE_MISFIT = 3;

/** SCHED_NR_MIGRATE_BREAK: tasks looked at before the source queue is let go for a moment. */
export const NR_MIGRATE_BREAK = 32;

/** The environment of one balance pass (struct lb_env); one object is reused for all passes. */
export class LbEnv {
  sd: SchedDomain | null = null;
  srcRq: Rq;
  dstRq: Rq;
  /** CPUs under consideration. */
  readonly cpus: CpuMask;
  /** `cpus` is the whole span of the domain, of which all its groups are part: no need to look. */
  wholeSpan = true;
  /** Balance mask of the destination's group. */
  dstGroupMask: CpuMask;
  newDstCpu = -1;
  idle = 0;
  imbalance = D0;
  flags = 0;
  loop = 0;
  loopBreak = 0;
  loopMax = 0;
  migrationType = MIGRATE_LOAD;
  /** Detached and not yet attached, last one first. */
  readonly tasks = new LinkedList<Task>();
  /** False: another CPU of the group is to balance at this level and above. */
  continueBalancing = true;
  /** Tasks looked at in this pass, for observers. */
  examined = 0;

  constructor(rq: Rq, cpus: CpuMask) {
    this.srcRq = rq;
    this.dstRq = rq;
    this.cpus = cpus;
    this.dstGroupMask = cpus;
  }
}
