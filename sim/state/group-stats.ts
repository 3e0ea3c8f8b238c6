import { D0 } from "../lib/arithmetic.ts";
import type { SchedGroup } from "./domain.ts";

/**
 * enum group_type, by pulling priority. The model knows no asymmetric packing (3): no CPU is preferred. A misfit is the only
 * task of a CPU of which real-time tasks take much.
 */
export const GROUP_HAS_SPARE = 0;
export const GROUP_FULLY_BUSY = 1;
export const GROUP_MISFIT_TASK = 2;
export const GROUP_IMBALANCED = 4;
export const GROUP_OVERLOADED = 5;

/** Statistics of a group (struct sg_lb_stats). */
export class GroupStats {
  /** Load per capacity x 1024; computed only where a decision needs it. */
  avgLoad = D0;
  groupLoad = D0;
  groupCapacity = 0;
  groupUtil = 0;
  groupRunnable = 0;
  /** Tasks of all classes. */
  sumNrRunning = 0;
  /** Fair tasks. */
  sumHNrRunning = 0;
  idleCpus = 0;
  groupWeight = 0;
  groupType = GROUP_HAS_SPARE;
  /** The largest load of a misfit; 0 = none. */
  misfitLoad = 0;

  clear(): void {
    this.avgLoad = 0;
    this.groupLoad = 0;
    this.groupCapacity = 0;
    this.groupUtil = 0;
    this.groupRunnable = 0;
    this.sumNrRunning = 0;
    this.sumHNrRunning = 0;
    this.idleCpus = 0;
    this.groupWeight = 0;
    this.groupType = GROUP_HAS_SPARE;
    this.misfitLoad = 0;
  }

  copy(from: GroupStats): void {
    this.avgLoad = from.avgLoad;
    this.groupLoad = from.groupLoad;
    this.groupCapacity = from.groupCapacity;
    this.groupUtil = from.groupUtil;
    this.groupRunnable = from.groupRunnable;
    this.sumNrRunning = from.sumNrRunning;
    this.sumHNrRunning = from.sumHNrRunning;
    this.idleCpus = from.idleCpus;
    this.groupWeight = from.groupWeight;
    this.groupType = from.groupType;
    this.misfitLoad = from.misfitLoad;
  }
}

/** Statistics of a domain (struct sd_lb_stats). */
export class DomainStats {
  busiest: SchedGroup | null = null;
  local: SchedGroup | null = null;
  totalLoad = D0;
  totalCapacity = 0;
  avgLoad = D0;
  preferSibling = false;
  readonly busiestStat = new GroupStats();
  readonly localStat = new GroupStats();
}
