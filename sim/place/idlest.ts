import { adjustNumaImbalance } from "../domains/numa.ts";
import { refreshSnapshot } from "../domains/refresh-snapshot.ts";
import { divide } from "../lib/arithmetic.ts";
import { syncLoadAvg } from "../pelt/load-avg.ts";
import { type SchedDomain, type SchedGroup, SD_BALANCE_FORK, SD_NUMA } from "../state/domain.ts";
import {
  GROUP_FULLY_BUSY,
  GROUP_HAS_SPARE,
  GROUP_IMBALANCED,
  GROUP_OVERLOADED,
  type GroupStats,
} from "../state/group-stats.ts";
import type { Machine } from "../state/machine.ts";
import { idleCpu, schedIdleCpu } from "../state/occupancy.ts";
import type { Task } from "../state/task.ts";
import { NICE_0_WEIGHT } from "../state/weights.ts";
import { updateGroupWakeupStats } from "./wakeup-stats.ts";

/** The slow way to a CPU, for fork and exec: find_idlest_cpu() of Linux 6.1 and what it calls. */

/** find_idlest_cpu(): down from `from`, into the idlest group of each domain. */
export function findIdlestCpu(
  machine: Machine,
  from: SchedDomain,
  task: Task,
  start: number,
  prevCpu: number,
  sdFlag: number,
): number {
  if (!from.span.intersects(task.affinity)) return prevCpu;
  if ((sdFlag & SD_BALANCE_FORK) === 0) syncLoadAvg(task.se.cfsRq, task.se);
  let sd: SchedDomain | null = from;
  let cpu = start;
  let newCpu = cpu;
  while (sd !== null) {
    if ((sd.flags & sdFlag) === 0) {
      sd = sd.child;
      continue;
    }
    const group = findIdlestGroup(machine, sd, task, cpu);
    if (group === null) {
      sd = sd.child;
      continue;
    }
    newCpu = findIdlestGroupCpu(machine, group, task, cpu);
    if (newCpu === cpu) {
      sd = sd.child;
      continue;
    }
    // on in the domains of the new CPU, below the width reached
    cpu = newCpu;
    const weight: number = sd.spanWeight;
    sd = null;
    for (let lower = machine.cpus[cpu].sd; lower !== null; lower = lower.parent) {
      if (weight <= lower.spanWeight) break;
      if ((lower.flags & sdFlag) !== 0) sd = lower;
    }
  }
  return newCpu;
}

/** find_idlest_group_cpu(): idle since the shortest time, else the least loaded. */
function findIdlestGroupCpu(machine: Machine, group: SchedGroup, task: Task, thisCpu: number): number {
  if (group.weight === 1) return group.cpus[0];
  let latestIdle = 0;
  let idlest = -1;
  let minLoad = Number.POSITIVE_INFINITY;
  let leastLoaded = thisCpu;
  for (let i = 0; i < group.cpus.length; i++) {
    const cpu = group.cpus[i];
    if (!task.affinity.has(cpu)) continue;
    const rq = machine.cpus[cpu];
    if (schedIdleCpu(rq)) return cpu;
    if (idleCpu(rq)) {
      if (rq.idleStamp > latestIdle) {
        latestIdle = rq.idleStamp;
        idlest = cpu;
      }
    } else if (idlest === -1 && rq.cfs.avg.loadAvg < minLoad) {
      minLoad = rq.cfs.avg.loadAvg;
      leastLoaded = cpu;
    }
  }
  return idlest !== -1 ? idlest : leastLoaded;
}

/** update_pick_idlest() */
function idler(best: GroupStats, stats: GroupStats): boolean {
  if (stats.groupType !== best.groupType) return stats.groupType < best.groupType;
  switch (stats.groupType) {
    case GROUP_OVERLOADED:
    case GROUP_FULLY_BUSY:
      return best.avgLoad > stats.avgLoad;
    case GROUP_HAS_SPARE:
      if (best.idleCpus > stats.idleCpus) return false;
      return !(best.idleCpus === stats.idleCpus && best.groupUtil <= stats.groupUtil);
    default:
      return false;
  }
}

/** find_idlest_group(): null = stay in the local group. */
function findIdlestGroup(machine: Machine, sd: SchedDomain, task: Task, thisCpu: number): SchedGroup | null {
  const local = machine.localStats;
  const stats = machine.groupStats;
  const best = machine.idlestStats;
  refreshSnapshot(machine);
  best.clear();
  best.avgLoad = 0xffffffff;
  best.groupType = GROUP_OVERLOADED;
  let idlest: SchedGroup | null = null;
  let localGroup: SchedGroup | null = null;
  let group = sd.groups;
  do {
    if (group.span.intersects(task.affinity)) {
      if (group.span.has(thisCpu)) {
        localGroup = group;
        updateGroupWakeupStats(machine, sd, group, local, task);
      } else {
        updateGroupWakeupStats(machine, sd, group, stats, task);
        if (idler(best, stats)) {
          idlest = group;
          best.copy(stats);
        }
      }
    }
    group = group.next;
  } while (group !== sd.groups);
  if (idlest === null) return null;
  if (localGroup === null) return idlest; // affinity keeps the task out of the local group
  if (local.groupType < best.groupType) return null;
  if (local.groupType > best.groupType) return idlest;
  switch (local.groupType) {
    case GROUP_OVERLOADED:
    case GROUP_FULLY_BUSY: {
      const imbalance = divide(NICE_0_WEIGHT * (sd.imbalancePct - 100), 100);
      if ((sd.flags & SD_NUMA) !== 0 && best.avgLoad + imbalance >= local.avgLoad) return null;
      if (best.avgLoad >= local.avgLoad + imbalance) return null;
      return 100 * local.avgLoad <= sd.imbalancePct * best.avgLoad ? null : idlest;
    }
    case GROUP_IMBALANCED:
      return null;
    default: {
      if ((sd.flags & SD_NUMA) !== 0 && staysOnNode(machine, sd, localGroup, local, best, task)) return null;
      return local.idleCpus >= best.idleCpus ? null : idlest;
    }
  }
}

/** Few enough tasks on this node that the new one may stay near its parent. */
function staysOnNode(
  machine: Machine,
  sd: SchedDomain,
  localGroup: SchedGroup,
  local: GroupStats,
  best: GroupStats,
  task: Task,
): boolean {
  const cpus = machine.selectMask;
  cpus.and(localGroup.span, task.affinity);
  const tolerated = Math.min(cpus.weight(), sd.imbNumaNr);
  const imbalance = Math.abs(local.idleCpus - best.idleCpus);
  return adjustNumaImbalance(imbalance, local.sumNrRunning + 1, tolerated) === 0;
}
