import { checkCpuCapacity, updateGroupCapacity } from "../domains/capacity.ts";
import { adjustNumaImbalance } from "../domains/numa.ts";
import { refreshSnapshot } from "../domains/refresh-snapshot.ts";
import { divide, INV_POW2 } from "../lib/arithmetic.ts";
import { CPU_NEWLY_IDLE, CPU_NOT_IDLE } from "../state/core-listener.ts";
import {
  type SchedGroup,
  SD_NUMA,
  SD_OVERLAP,
  SD_PREFER_SIBLING,
  SD_SHARE_PKG_RESOURCES,
} from "../state/domain.ts";
import {
  type DomainStats,
  GROUP_FULLY_BUSY,
  GROUP_HAS_SPARE,
  GROUP_IMBALANCED,
  GROUP_MISFIT_TASK,
  GROUP_OVERLOADED,
  type GroupStats,
} from "../state/group-stats.ts";
import { type LbEnv, MIGRATE_LOAD, MIGRATE_TASK, MIGRATE_UTIL } from "../state/lb-env.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { updateGroupStats } from "./group-stats.ts";

/** From where to pull, and how much: find_busiest_group(), calculate_imbalance(), find_busiest_queue() of Linux 6.1. */

/** update_sd_pick_busiest(): is the group `stats` describes a better source than the best one so far? */
export function busier(busiest: GroupStats, stats: GroupStats): boolean {
  if (stats.sumHNrRunning === 0) return false;
  if (stats.groupType !== busiest.groupType) return stats.groupType > busiest.groupType;
  switch (stats.groupType) {
    case GROUP_OVERLOADED:
    case GROUP_FULLY_BUSY:
      return stats.avgLoad > busiest.avgLoad;
    case GROUP_IMBALANCED:
      return false;
    case GROUP_MISFIT_TASK:
      return stats.misfitLoad >= busiest.misfitLoad;
    default:
      if (stats.idleCpus > busiest.idleCpus) return false;
      return !(stats.idleCpus === busiest.idleCpus && stats.sumNrRunning <= busiest.sumNrRunning);
  }
}

/** update_sd_lb_stats() */
function updateDomainStats(machine: Machine, env: LbEnv, stats: DomainStats): void {
  const sd = env.sd!;
  const busiest = stats.busiestStat;
  stats.busiest = null;
  stats.local = null;
  stats.totalLoad = 0;
  stats.totalCapacity = 0;
  stats.avgLoad = 0;
  busiest.clear();
  busiest.idleCpus = 0x7fffffff;
  refreshSnapshot(machine);
  const { watch } = machine.listener;
  watch?.looks();
  let sumUtil = 0;
  let overload = false;
  const overlap = (sd.flags & SD_OVERLAP) !== 0;
  let group = sd.groups;
  do {
    const local = overlap ? group.span.has(env.dstRq.cpu) : group === sd.groups; // D1
    const groupStats = local ? stats.localStat : machine.groupStats;
    if (local) {
      stats.local = group;
      if (env.idle !== CPU_NEWLY_IDLE || machine.jiffies >= group.sgc.nextUpdate)
        updateGroupCapacity(machine, sd, env.dstRq.cpu);
    }
    if (updateGroupStats(machine, env, group, groupStats, local)) overload = true;
    watch?.group(group, groupStats, local);
    if (!local && busier(busiest, groupStats)) {
      stats.busiest = group;
      busiest.copy(groupStats);
    }
    stats.totalLoad += groupStats.groupLoad;
    stats.totalCapacity += groupStats.groupCapacity;
    sumUtil += groupStats.groupUtil;
    group = group.next;
  } while (group !== sd.groups);
  stats.preferSibling = sd.child !== null && (sd.child.flags & SD_PREFER_SIBLING) !== 0;
  if (sd.parent === null) machine.overload = overload;
  updateIdleScan(env, sumUtil);
}

/**
 * update_idle_cpu_scan(): how many CPUs of the cache a wake-up may search, by its utilisation x: all of them times
 * 1 - (x * imbalance_pct / 100)^2, so none from 85 % on. Fixed point with 1024 = 1.
 */
function updateIdleScan(env: LbEnv, sumUtil: number): void {
  if (env.idle === CPU_NEWLY_IDLE) return;
  const sd = env.sd!;
  const weight = env.dstRq.llcSize;
  const shared = env.dstRq.llcShared;
  if (sd.spanWeight !== weight || shared === null) return;
  const x = divide(sumUtil, weight);
  const pct = sd.imbalancePct;
  const busy = Math.min(divide(x * x * pct * pct, 10000 * 1024), 1024);
  shared.nrIdleScan = ((1024 - busy) * weight) >> 10;
}

/** find_busiest_group(): null = balanced. Leaves migration type and imbalance in `env`. */
export function findBusiestGroup(machine: Machine, env: LbEnv): SchedGroup | null {
  const stats = machine.domainStats;
  updateDomainStats(machine, env, stats);
  if (!worthBalancing(env, stats)) {
    env.imbalance = 0;
    return null;
  }
  calculateImbalance(env, stats);
  if (env.imbalance === 0) return null;
  machine.listener.watch?.picked(env, stats.busiest!);
  return stats.busiest;
}

/** The conditions of find_busiest_group(). */
export function worthBalancing(env: LbEnv, stats: DomainStats): boolean {
  if (stats.busiest === null) return false;
  const sd = env.sd!;
  const busiest = stats.busiestStat;
  const local = stats.localStat;
  if (busiest.groupType === GROUP_MISFIT_TASK || busiest.groupType === GROUP_IMBALANCED) return true;
  if (local.groupType > busiest.groupType) return false;
  if (local.groupType === GROUP_OVERLOADED) {
    if (local.avgLoad >= busiest.avgLoad) return false;
    stats.avgLoad = divide(stats.totalLoad * 1024, stats.totalCapacity);
    if (local.avgLoad >= stats.avgLoad) return false;
    if (100 * busiest.avgLoad <= sd.imbalancePct * local.avgLoad) return false;
  }
  if (
    stats.preferSibling &&
    local.groupType === GROUP_HAS_SPARE &&
    busiest.sumNrRunning > local.sumNrRunning + 1
  ) {
    return true;
  }
  if (busiest.groupType !== GROUP_OVERLOADED) {
    if (env.idle === CPU_NOT_IDLE) return false;
    if (busiest.groupWeight > 1 && local.idleCpus <= busiest.idleCpus + 1) return false;
    if (busiest.sumHNrRunning === 1) return false;
  }
  return true;
}

/** calculate_imbalance() */
export function calculateImbalance(env: LbEnv, stats: DomainStats): void {
  const sd = env.sd!;
  const local = stats.localStat;
  const busiest = stats.busiestStat;
  if (busiest.groupType === GROUP_MISFIT_TASK) {
    // the task is to leave the CPU that has little capacity left
    env.migrationType = MIGRATE_LOAD;
    env.imbalance = busiest.misfitLoad;
    return;
  }
  if (busiest.groupType === GROUP_IMBALANCED) {
    env.migrationType = MIGRATE_TASK;
    env.imbalance = 1;
    return;
  }
  if (local.groupType === GROUP_HAS_SPARE) {
    if (busiest.groupType > GROUP_FULLY_BUSY && (sd.flags & SD_SHARE_PKG_RESOURCES) === 0) {
      // fill the spare capacity with utilisation; across caches load would say little
      env.migrationType = MIGRATE_UTIL;
      env.imbalance = Math.max(local.groupCapacity, local.groupUtil) - local.groupUtil;
      if (env.idle !== CPU_NOT_IDLE && env.imbalance === 0) {
        env.migrationType = MIGRATE_TASK;
        env.imbalance = 1;
      }
      return;
    }
    env.migrationType = MIGRATE_TASK;
    let imbalance =
      busiest.groupWeight === 1 || stats.preferSibling
        ? Math.max(0, busiest.sumNrRunning - local.sumNrRunning)
        : Math.max(0, local.idleCpus - busiest.idleCpus);
    if ((sd.flags & SD_NUMA) !== 0) {
      imbalance = adjustNumaImbalance(imbalance, local.sumNrRunning + 1, sd.imbNumaNr);
    }
    env.imbalance = imbalance >> 1;
    return;
  }
  if (local.groupType < GROUP_OVERLOADED) {
    local.avgLoad = divide(local.groupLoad * 1024, local.groupCapacity);
    if (local.avgLoad >= busiest.avgLoad) {
      env.imbalance = 0;
      return;
    }
    stats.avgLoad = divide(stats.totalLoad * 1024, stats.totalCapacity);
    if (local.avgLoad >= stats.avgLoad) {
      env.imbalance = 0;
      return;
    }
  }
  env.migrationType = MIGRATE_LOAD;
  const take = (stats.avgLoad - local.avgLoad) * local.groupCapacity;
  const give = (busiest.avgLoad - stats.avgLoad) * busiest.groupCapacity;
  // a group below the average: the kernel's unsigned difference wraps to a huge number, which never is the minimum
  env.imbalance = Math.floor((give < 0 || take < give ? take : give) * INV_POW2[10]);
}

/** find_busiest_queue() */
export function findBusiestQueue(machine: Machine, env: LbEnv, group: SchedGroup): Rq | null {
  const snapshot = machine.snapshot;
  let busiest = -1;
  let most = 0;
  let mostCapacity = 1;
  for (let i = 0; i < group.cpus.length; i++) {
    const cpu = group.cpus[i];
    if (!env.wholeSpan && !env.cpus.has(cpu)) continue;
    const nr = snapshot.fairTasks[cpu];
    if (nr === 0) continue;
    let amount: number;
    if (env.migrationType === MIGRATE_LOAD) {
      const rq = machine.cpus[cpu];
      amount = snapshot.load[cpu];
      if (nr === 1 && amount > env.imbalance && !checkCpuCapacity(rq, env.sd!)) continue;
      // the largest load by capacity
      if (amount * mostCapacity > most * rq.capacity) {
        most = amount;
        mostCapacity = rq.capacity;
        busiest = cpu;
      }
      continue;
    } else if (env.migrationType === MIGRATE_UTIL) {
      if (nr <= 1) continue;
      amount = snapshot.util[cpu];
    } else {
      amount = nr;
    }
    if (amount > most) {
      most = amount;
      busiest = cpu;
    }
  }
  return busiest < 0 ? null : machine.cpus[busiest];
}
