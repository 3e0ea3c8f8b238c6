import type { SchedDomain } from "../state/domain.ts";
import { SD_OVERLAP } from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";

/** What of the CPUs is left for fair tasks once real-time tasks have had theirs, by CPU and by group of CPUs. */

/** scale_rt_capacity(); no interrupt time, no deadline tasks, no thermal pressure. */
function scaleRtCapacity(rq: Rq): number {
  return Math.max(rq.capacityOrig - rq.rt.avg.utilAvg, 1);
}

/** check_cpu_capacity(): noticeably less than the CPU has, by the domain's imbalance_pct. */
export function checkCpuCapacity(rq: Rq, sd: SchedDomain): boolean {
  return rq.capacity * sd.imbalancePct < rq.capacityOrig * 100;
}

/** update_group_capacity() of the domain's own group, whose CPU `cpu` balances. */
export function updateGroupCapacity(machine: Machine, sd: SchedDomain, cpu: number): void {
  const { sgc } = sd.groups;
  const interval = Math.min(machine.msToJiffies(sd.balanceInterval), machine.maxBalanceInterval);
  sgc.nextUpdate = machine.jiffies + Math.max(interval, 1);
  const { child } = sd;
  if (child === null) {
    // update_cpu_capacity()
    const rq = machine.cpus[cpu];
    const capacity = scaleRtCapacity(rq);
    if (capacity !== rq.capacity) machine.capacityVaries = true;
    rq.capacity = capacity;
    sgc.capacity = capacity;
  } else if (machine.capacityVaries) {
    sgc.capacity = sumOf(machine, sd, child);
  }
}

function sumOf(machine: Machine, sd: SchedDomain, child: SchedDomain): number {
  let sum = 0;
  if ((child.flags & SD_OVERLAP) !== 0) {
    // the child's groups reach beyond this one
    for (const cpu of sd.groups.cpus) sum += machine.cpus[cpu].capacity;
    return sum;
  }
  let group = child.groups;
  do {
    sum += group.sgc.capacity;
    group = group.next;
  } while (group !== child.groups);
  return sum;
}

/** All groups of a machine at its start: each can do what its CPUs can do together. */
export function initGroupCapacities(machine: Machine): void {
  for (const rq of machine.cpus) {
    for (let sd = rq.sd; sd !== null; sd = sd.parent) {
      let group = sd.groups;
      do {
        group.sgc.capacity = group.cpus.reduce((sum, cpu) => sum + machine.cpus[cpu].capacity, 0);
        group = group.next;
      } while (group !== sd.groups);
    }
  }
}
