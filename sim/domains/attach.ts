import type { Topology } from "../chip/topology.ts";
import type { GroupSums } from "../state/cpu-snapshot.ts";
import { type SchedDomain, SD_SHARE_PKG_RESOURCES } from "../state/domain.ts";
import type { Machine } from "../state/machine.ts";
import type { Rq } from "../state/rq.ts";
import { buildDomains } from "./build-domains.ts";
import { initGroupCapacities } from "./capacity.ts";
import { partitionBy } from "./levels.ts";

/** Gives the CPUs of a machine at its start their siblings, nodes and domains: cpu_attach_domain() and what it updates. */
export function attachDomains(machine: Machine, topology: Topology): void {
  const { nohz } = machine;
  const smt = partitionBy(topology, (cpu) => cpu.core);
  const node = partitionBy(topology, (cpu) => cpu.node);
  machine.smtActive = smt.some((mask) => mask.weight() > 1);
  const domains = buildDomains(topology);
  for (const rq of machine.cpus) {
    const { cpu } = rq;
    rq.smtMask = smt[cpu];
    rq.nodeMask = node[cpu];
    rq.sd = domains[cpu];
    for (let sd: SchedDomain | null = rq.sd; sd !== null; sd = sd.parent) {
      sd.cacheNiceTries = machine.tunables.cacheNiceTries[sd.name] ?? sd.cacheNiceTries;
      if (sd.flags & SD_SHARE_PKG_RESOURCES) rq.sdLlc = sd;
    }
    if (rq.sdLlc !== null) updateTopCacheDomain(rq, rq.sdLlc);
    if (rq.nohz && rq.sd !== null) {
      rq.nohzTickStopped = true;
      nohz.idleCpus.set(cpu);
      nohz.nrCpus++;
    }
  }
  collectSums(machine);
  initGroupCapacities(machine);
}

/** update_top_cache_domain(), and an idle machine: what its first balance passes would find. */
function updateTopCacheDomain(rq: Rq, sd: SchedDomain): void {
  const shared = sd.shared!;
  rq.llcId = sd.span.first();
  rq.llcSize = sd.spanWeight;
  rq.llcShared = shared;
  shared.hasIdleCores = true;
  shared.nrIdleScan = rq.llcSize;
  shared.nrBusyCpus = rq.nohz ? 0 : rq.llcSize;
  sd.nohzIdle = rq.nohz;
}

/** Tells each CPU the sums of all groups it is in, in whosever domains. */
function collectSums(machine: Machine): void {
  const seen = new Set<GroupSums>();
  for (const rq of machine.cpus) {
    for (let sd = rq.sd; sd !== null; sd = sd.parent) {
      let group = sd.groups;
      do {
        if (!group.span.subsetOf(sd.span)) sd.groupsInside = false;
        if (!seen.has(group.sums)) {
          seen.add(group.sums);
          for (const cpu of group.cpus) machine.cpus[cpu].groupSums.push(group.sums);
        }
        group = group.next;
      } while (group !== sd.groups);
    }
  }
}
