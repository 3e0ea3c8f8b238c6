import type { GroupSums } from "../state/cpu-snapshot.ts";
import type { SchedGroup } from "../state/domain.ts";
import {
  GROUP_FULLY_BUSY,
  GROUP_HAS_SPARE,
  GROUP_IMBALANCED,
  GROUP_MISFIT_TASK,
  GROUP_OVERLOADED,
  type GroupStats,
} from "../state/group-stats.ts";

/** What balancing and placement both ask of a group of CPUs; no asymmetric packing. */

/** group_classify(), with the capacity and weight that it goes by filled in. */
export function classify(imbalancePct: number, group: SchedGroup, stats: GroupStats): number {
  stats.groupCapacity = group.sgc.capacity;
  stats.groupWeight = group.weight;
  const { sumNrRunning, groupWeight, groupCapacity, groupUtil, groupRunnable } = stats;
  if (sumNrRunning > groupWeight) {
    // group_is_overloaded()
    if (groupCapacity * 100 < groupUtil * imbalancePct) return GROUP_OVERLOADED;
    if (groupCapacity * imbalancePct < groupRunnable * 100) return GROUP_OVERLOADED;
  }
  if (group.sgc.imbalance) return GROUP_IMBALANCED;
  if (stats.misfitLoad !== 0) return GROUP_MISFIT_TASK;
  // group_has_capacity()
  if (sumNrRunning < groupWeight) return GROUP_HAS_SPARE;
  if (groupCapacity * imbalancePct < groupRunnable * 100) return GROUP_FULLY_BUSY;
  if (groupCapacity * 100 > groupUtil * imbalancePct) return GROUP_HAS_SPARE;
  return GROUP_FULLY_BUSY;
}

/** The sums over all CPUs of a group, on a fresh snapshot. */
export function takeSums(stats: GroupStats, sums: GroupSums): void {
  stats.groupLoad = sums.load;
  stats.groupUtil = sums.util;
  stats.groupRunnable = sums.runnable;
  stats.sumHNrRunning = sums.fairTasks;
  stats.sumNrRunning = sums.tasks;
  stats.idleCpus = sums.idleCpus;
  stats.misfitLoad = 0;
}
