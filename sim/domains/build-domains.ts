import type { Topology } from "../chip/topology.ts";
import { CpuMask } from "../lib/cpumask.ts";
import {
  type GroupCapacity,
  type SchedDomain,
  type SchedGroup,
  SD_NUMA,
  SD_OVERLAP,
  SD_SHARE_PKG_RESOURCES,
  type SharedDomain,
} from "../state/domain.ts";
import { dropDegenerate } from "./degenerate.ts";
import { buildGroups, SumsBySpan } from "./groups.ts";
import { initDomain, topologyLevels } from "./levels.ts";
import { buildOverlapGroups } from "./overlap.ts";

/** Scheduling domains of every CPU from a topology: build_sched_domains() of Linux 6.1 (kernel/sched/topology.c). */

/** The lowest domain of each CPU (null when it balances with nobody). */
export function buildDomains(topology: Topology): (SchedDomain | null)[] {
  const nr = topology.cpus.length;
  const levels = topologyLevels(topology);
  const full = CpuMask.full(nr);
  const sums = new SumsBySpan();
  // domains[level][cpu]
  const domains: (SchedDomain | undefined)[][] = levels.map(() => new Array(nr).fill(undefined));
  const capacities = levels.map(() => new Map<number, GroupCapacity>());
  const plainGroups = levels.map(() => new Map<number, SchedGroup>());
  const shares = levels.map(() => new Map<number, SharedDomain>());

  for (let cpu = 0; cpu < nr; cpu++) {
    let child: SchedDomain | null = null;
    for (let i = 0; i < levels.length; i++) {
      const level = levels[i];
      const sd: SchedDomain = initDomain(topology, level, i, cpu, shares[i]);
      domains[i][cpu] = sd;
      sd.child = child;
      if (child !== null) child.parent = sd;
      if (level.flags & SD_NUMA) sd.flags |= SD_OVERLAP;
      child = sd;
      if (sd.span.equals(full)) break;
    }
  }
  for (let cpu = 0; cpu < nr; cpu++) {
    for (let i = 0; i < levels.length; i++) {
      const sd = domains[i][cpu];
      if (sd === undefined) break;
      if (sd.flags & SD_OVERLAP) buildOverlapGroups(sd, cpu, domains, capacities, sums);
      else buildGroups(sd, cpu, domains[i], capacities[i], plainGroups[i], sums);
    }
  }
  for (let cpu = 0; cpu < nr; cpu++) setNumaImbalance(domains[0]![cpu]!);
  return domains[0].map((sd) => dropDegenerate(sd!));
}

/** The tail of build_sched_domains(): how many tasks of imbalance NUMA levels tolerate. */
function setNumaImbalance(lowest: SchedDomain): void {
  let imbalance = 0;
  let span = 1;
  for (let sd: SchedDomain | null = lowest; sd !== null; sd = sd.parent) {
    const child = sd.child;
    if (!(sd.flags & SD_SHARE_PKG_RESOURCES) && child !== null && child.flags & SD_SHARE_PKG_RESOURCES) {
      const llcs = Math.floor(sd.spanWeight / child.spanWeight);
      imbalance = Math.max(1, llcs === 1 ? sd.spanWeight >> 3 : llcs);
      sd.imbNumaNr = imbalance;
      let top = sd.parent;
      while (top !== null && !(top.flags & SD_NUMA)) top = top.parent;
      span = top === null ? sd.spanWeight : top.spanWeight;
    } else {
      sd.imbNumaNr = imbalance * Math.max(1, Math.floor(sd.spanWeight / span));
    }
  }
}
