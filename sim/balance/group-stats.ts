import { checkCpuCapacity } from "../domains/capacity.ts";
import { classify, takeSums } from "../domains/classify.ts";
import { divide } from "../lib/arithmetic.ts";
import type { CpuMask } from "../lib/cpumask.ts";
import { CPU_NOT_IDLE } from "../state/core-listener.ts";
import type { SchedGroup } from "../state/domain.ts";
import { GROUP_OVERLOADED, type GroupStats } from "../state/group-stats.ts";
import type { LbEnv } from "../state/lb-env.ts";
import type { Machine } from "../state/machine.ts";

/** What a group of CPUs looks like to the balancer. */

/** update_sg_lb_stats() on a fresh snapshot; returns true when a CPU of the group has more than one task (SG_OVERLOAD). */
export function updateGroupStats(
  machine: Machine,
  env: LbEnv,
  group: SchedGroup,
  stats: GroupStats,
  local: boolean,
): boolean {
  if (env.wholeSpan) takeSums(stats, group.sums);
  else addAllowed(machine, env.cpus, group, stats);
  if (machine.capacityVaries && env.idle !== CPU_NOT_IDLE && !local)
    stats.misfitLoad = misfitLoad(machine, env, group);
  stats.groupType = classify(env.sd!.imbalancePct, group, stats);
  stats.avgLoad =
    stats.groupType === GROUP_OVERLOADED ? divide(stats.groupLoad * 1024, stats.groupCapacity) : 0;
  return env.wholeSpan ? group.sums.crowdedCpus !== 0 : crowded(machine, env.cpus, group);
}

/** The same sums over those CPUs of the group that are still under consideration. */
function addAllowed(machine: Machine, allowed: CpuMask, group: SchedGroup, stats: GroupStats): void {
  const snapshot = machine.snapshot;
  stats.clear();
  for (const cpu of group.cpus) {
    if (!allowed.has(cpu)) continue;
    stats.groupLoad += snapshot.load[cpu];
    stats.groupUtil += snapshot.util[cpu];
    stats.groupRunnable += snapshot.runnable[cpu];
    stats.sumHNrRunning += snapshot.fairTasks[cpu];
    stats.sumNrRunning += snapshot.tasks[cpu];
    stats.idleCpus += snapshot.idle[cpu];
  }
}

/** sched_reduced_capacity(): the largest load of a CPU with one fair task and little capacity left for it. */
function misfitLoad(machine: Machine, env: LbEnv, group: SchedGroup): number {
  const { load, fairTasks } = machine.snapshot;
  let most = 0;
  for (const cpu of group.cpus) {
    if (!env.cpus.has(cpu) || fairTasks[cpu] !== 1 || load[cpu] <= most) continue;
    if (checkCpuCapacity(machine.cpus[cpu], env.sd!)) most = load[cpu];
  }
  return most;
}

function crowded(machine: Machine, allowed: CpuMask, group: SchedGroup): boolean {
  const { tasks } = machine.snapshot;
  return group.cpus.some((cpu) => allowed.has(cpu) && tasks[cpu] > 1);
}
