import { divide } from "../lib/arithmetic.ts";
import type { CpuMask } from "../lib/cpumask.ts";
import { taskHLoad } from "../pelt/load-avg.ts";
import { estimatedUtil } from "../pelt/util-est.ts";
import type { GroupSums } from "../state/cpu-snapshot.ts";
import type { SchedDomain, SchedGroup } from "../state/domain.ts";
import {
  GROUP_FULLY_BUSY,
  GROUP_HAS_SPARE,
  GROUP_IMBALANCED,
  GROUP_OVERLOADED,
  type GroupStats,
} from "../state/group-stats.ts";
import type { LbEnv } from "../state/lb-env.ts";
import type { Machine } from "../state/machine.ts";
import { cpuUtil, type Rq } from "../state/rq.ts";
import type { Task } from "../state/task.ts";

/**
 * What a group of CPUs looks like: update_sg_lb_stats(), update_sg_wakeup_stats() and group_classify() of Linux 6.1, for
 * CPUs of equal, undiminished capacity (no misfit tasks, no asymmetric packing).
 */

/** group_classify() */
function classify(imbalancePct: number, group: SchedGroup, stats: GroupStats): number {
  const { sumNrRunning, groupWeight, groupCapacity, groupUtil, groupRunnable } = stats;
  if (sumNrRunning > groupWeight) {
    // group_is_overloaded()
    if (groupCapacity * 100 < groupUtil * imbalancePct) return GROUP_OVERLOADED;
    if (groupCapacity * imbalancePct < groupRunnable * 100) return GROUP_OVERLOADED;
  }
  if (group.sgc.imbalance) return GROUP_IMBALANCED;
  // group_has_capacity()
  if (sumNrRunning < groupWeight) return GROUP_HAS_SPARE;
  if (groupCapacity * imbalancePct < groupRunnable * 100) return GROUP_FULLY_BUSY;
  if (groupCapacity * 100 > groupUtil * imbalancePct) return GROUP_HAS_SPARE;
  return GROUP_FULLY_BUSY;
}

/** update_sg_lb_stats() on a fresh snapshot; returns true when a CPU of the group has more than one task (SG_OVERLOAD). */
export function updateGroupStats(
  machine: Machine,
  env: LbEnv,
  group: SchedGroup,
  stats: GroupStats,
): boolean {
  if (env.wholeSpan) takeSums(stats, group.sums);
  else addAllowed(machine, env.cpus, group, stats);
  stats.groupCapacity = group.sgc.capacity;
  stats.groupWeight = group.weight;
  stats.groupType = classify(env.sd!.imbalancePct, group, stats);
  stats.avgLoad =
    stats.groupType === GROUP_OVERLOADED ? divide(stats.groupLoad * 1024, stats.groupCapacity) : 0;
  return env.wholeSpan ? group.sums.crowdedCpus !== 0 : crowded(machine, env.cpus, group);
}

function takeSums(stats: GroupStats, sums: GroupSums): void {
  stats.groupLoad = sums.load;
  stats.groupUtil = sums.util;
  stats.groupRunnable = sums.runnable;
  stats.sumHNrRunning = sums.fairTasks;
  stats.sumNrRunning = sums.tasks;
  stats.idleCpus = sums.idleCpus;
}

/** The same sums over those CPUs of the group that are still under consideration. */
function addAllowed(machine: Machine, allowed: CpuMask, group: SchedGroup, stats: GroupStats): void {
  const snapshot = machine.snapshot;
  stats.clear();
  for (const cpu of group.cpus) {
    if (!allowed.has(cpu)) continue;
    stats.groupLoad += snapshot.load[cpu]!;
    stats.groupUtil += snapshot.util[cpu]!;
    stats.groupRunnable += snapshot.runnable[cpu]!;
    stats.sumHNrRunning += snapshot.fairTasks[cpu]!;
    stats.sumNrRunning += snapshot.tasks[cpu]!;
    stats.idleCpus += snapshot.idle[cpu]!;
  }
}

function crowded(machine: Machine, allowed: CpuMask, group: SchedGroup): boolean {
  const { tasks } = machine.snapshot;
  return group.cpus.some((cpu) => allowed.has(cpu) && tasks[cpu]! > 1);
}

/** update_sg_wakeup_stats() on a fresh snapshot: the same as seen by a task that is to be placed, without its own contribution. */
export function updateGroupWakeupStats(
  machine: Machine,
  sd: SchedDomain,
  group: SchedGroup,
  stats: GroupStats,
  task: Task,
): void {
  const home = task.avg.lastUpdateTime !== 0 && group.span.has(task.cpu);
  if (task.affinity === machine.allCpus && !home) takeSums(stats, group.sums);
  else addWithout(machine, group, stats, task);
  stats.groupCapacity = group.sgc.capacity;
  stats.groupWeight = group.weight;
  stats.groupType = classify(sd.imbalancePct, group, stats);
  stats.avgLoad =
    stats.groupType === GROUP_FULLY_BUSY || stats.groupType === GROUP_OVERLOADED
      ? divide(stats.groupLoad * 1024, stats.groupCapacity)
      : 0;
}

/** The group's sums over the CPUs that the task may use, less what it contributes to one of them. */
function addWithout(machine: Machine, group: SchedGroup, stats: GroupStats, task: Task): void {
  stats.clear();
  for (const cpu of group.cpus) {
    if (!task.affinity.has(cpu)) continue;
    const rq = machine.cpus[cpu]!;
    const avg = rq.cfs.avg;
    const contributes = cpu === task.cpu && task.avg.lastUpdateTime !== 0;
    if (contributes) {
      const load = taskHLoad(machine, task);
      stats.groupLoad += avg.loadAvg > load ? avg.loadAvg - load : 0;
      stats.groupUtil += utilWithout(machine, rq, task);
      stats.groupRunnable +=
        avg.runnableAvg > task.avg.runnableAvg ? avg.runnableAvg - task.avg.runnableAvg : 0;
    } else {
      stats.groupLoad += avg.loadAvg;
      stats.groupUtil += cpuUtil(rq);
      stats.groupRunnable += avg.runnableAvg;
    }
    const local = contributes && task.onRq ? 1 : 0; // task_running_on_cpu()
    stats.sumHNrRunning += rq.cfs.nrRunning - local;
    const nr = rq.nrTasks - local;
    stats.sumNrRunning += nr;
    // idle_cpu_without()
    if (nr === 0 && (rq.running === rq.idle || rq.running === task)) stats.idleCpus++;
  }
}

/** cpu_util_without(): cpu_util_next(cpu, task, -1) for the CPU the task is on. */
function utilWithout(machine: Machine, rq: Rq, task: Task): number {
  const avg = rq.cfs.avg;
  let util = avg.utilAvg > task.avg.utilAvg ? avg.utilAvg - task.avg.utilAvg : 0;
  let estimate = avg.utilEstEnqueued;
  if (task.onRq || machine.cpus[machine.thisCpu]?.running === task) {
    const own = estimatedUtil(task);
    estimate = estimate > own ? estimate - own : 0;
  }
  if (estimate > util) util = estimate;
  return Math.min(util, 1024);
}
