import { classify, takeSums } from "../domains/classify.ts";
import { divide } from "../lib/arithmetic.ts";
import { taskHLoad } from "../pelt/h-load.ts";
import { cpuUtil, estimatedUtil } from "../pelt/util-est.ts";
import type { SchedDomain, SchedGroup } from "../state/domain.ts";
import { GROUP_FULLY_BUSY, GROUP_OVERLOADED, type GroupStats } from "../state/group-stats.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import type { Task } from "../state/task.ts";

/** What a group of CPUs looks like to a task that is to be placed. */

/** update_sg_wakeup_stats() on a fresh snapshot: without what the task itself contributes. */
export function updateGroupWakeupStats(
  machine: Machine,
  sd: SchedDomain,
  group: SchedGroup,
  stats: GroupStats,
  task: Task,
): void {
  const home = task.se.avg.lastUpdateTime !== 0 && group.span.has(task.cpu);
  if (task.affinity === machine.allCpus && !home) takeSums(stats, group.sums);
  else addWithout(machine, group, stats, task);
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
    const rq = machine.cpus[cpu];
    const avg = rq.cfs.avg;
    const contributes = cpu === task.cpu && task.se.avg.lastUpdateTime !== 0;
    if (contributes) {
      const load = taskHLoad(machine, task);
      stats.groupLoad += avg.loadAvg > load ? avg.loadAvg - load : 0;
      stats.groupUtil += utilWithout(machine, rq, task);
      stats.groupRunnable +=
        avg.runnableAvg > task.se.avg.runnableAvg ? avg.runnableAvg - task.se.avg.runnableAvg : 0;
    } else {
      stats.groupLoad += avg.loadAvg;
      stats.groupUtil += cpuUtil(rq);
      stats.groupRunnable += avg.runnableAvg;
    }
    const local = contributes && task.onRq ? 1 : 0; // task_running_on_cpu()
    stats.sumHNrRunning += rq.cfs.hNrRunning - local;
    const nr = rq.nrTasks - local;
    stats.sumNrRunning += nr;
    // idle_cpu_without()
    if (nr === 0 && (rq.running === rq.idle || rq.running === task)) stats.idleCpus++;
  }
}

/** cpu_util_without(): cpu_util_next(cpu, task, -1) for the CPU the task is on. */
function utilWithout(machine: Machine, rq: Rq, task: Task): number {
  const avg = rq.cfs.avg;
  let util = avg.utilAvg > task.se.avg.utilAvg ? avg.utilAvg - task.se.avg.utilAvg : 0;
  let estimate = avg.utilEstEnqueued;
  if (task.onRq || machine.cpus[machine.thisCpu]?.running === task) {
    const own = estimatedUtil(task);
    estimate = estimate > own ? estimate - own : 0;
  }
  if (estimate > util) util = estimate;
  return Math.min(util, rq.capacityOrig);
}
