import {
  DEFAULT_NODE_RECLAIM_DISTANCE,
  numaDistances,
  numaInPackage,
  type Topology,
  type TopologyCpu,
} from "../chip/topology.ts";
import { CpuMask } from "../lib/cpumask.ts";
import {
  LEVEL_NAMES,
  SchedDomain,
  SD_BALANCE_EXEC,
  SD_BALANCE_FORK,
  SD_BALANCE_NEWIDLE,
  SD_NUMA,
  SD_PREFER_SIBLING,
  SD_SERIALIZE,
  SD_SHARE_CPUCAPACITY,
  SD_SHARE_PKG_RESOURCES,
  SD_WAKE_AFFINE,
  SharedDomain,
} from "../state/domain.ts";

/**
 * The levels of a topology as on x86: SMT, CLS, MC, DIE, NODE and one NUMA level per distinct distance. Where a package has
 * several nodes there is no DIE level (arch/x86/kernel/smpboot.c), and NODE is what joins the caches of a node.
 */

export interface Level {
  name: string;
  flags: number;
  /** Span of each CPU's domain at this level; CPUs of one span share one mask. */
  spans: CpuMask[];
  numaDistance: number;
}

/** sched_domain_topology: what each level spans and which flags it brings (sd_flags() of x86). */
export function topologyLevels(topology: Topology): Level[] {
  const { cpus } = topology;
  const partition = (key: (cpu: TopologyCpu) => number) => partitionBy(topology, key);
  const smt = partition((cpu) => cpu.core);
  const node = partition((cpu) => cpu.node);
  const clustered = cpus.every((cpu) => cpu.cluster !== undefined);
  const levels: Level[] = [
    {
      name: LEVEL_NAMES[0],
      flags: SD_SHARE_CPUCAPACITY | SD_SHARE_PKG_RESOURCES,
      spans: smt,
      numaDistance: 0,
    },
    {
      name: LEVEL_NAMES[1],
      flags: SD_SHARE_PKG_RESOURCES,
      spans: clustered ? partition((cpu) => cpu.cluster!) : smt,
      numaDistance: 0,
    },
    {
      name: LEVEL_NAMES[2],
      flags: SD_SHARE_PKG_RESOURCES,
      spans: partition((cpu) => cpu.llc),
      numaDistance: 0,
    },
  ];
  // x86_numa_in_package_topology has no DIE; sched_init_numa() puts NODE, the identity distance, behind either list.
  if (!numaInPackage(topology)) levels.push({ name: LEVEL_NAMES[3], flags: 0, spans: node, numaDistance: 0 });
  levels.push({ name: LEVEL_NAMES[4], flags: 0, spans: node, numaDistance: 0 });
  // sched_init_numa(): one level per distance, spanning all nodes at most that far away.
  const { nodes, distance } = numaDistances(topology);
  const distances = [...new Set(distance.flat())].sort((a, b) => a - b);
  for (const limit of distances.slice(1)) {
    const byNode = nodes.map((_, i) => {
      const mask = new CpuMask(cpus.length);
      cpus.forEach((cpu, id) => {
        if (distance[i][nodes.indexOf(cpu.node)] <= limit) mask.set(id);
      });
      return mask;
    });
    levels.push({
      name: "NUMA",
      flags: SD_NUMA,
      spans: cpus.map((cpu) => byNode[nodes.indexOf(cpu.node)]),
      numaDistance: limit,
    });
  }
  return levels;
}

/** partition[cpu]: the CPUs with the same `key` as that CPU, one mask for all of them. */
export function partitionBy(topology: Topology, key: (cpu: TopologyCpu) => number): CpuMask[] {
  const masks = new Map<number, CpuMask>();
  return topology.cpus.map((cpu, id) => {
    const k = key(cpu);
    let mask = masks.get(k);
    if (mask === undefined) {
      mask = new CpuMask(topology.cpus.length);
      masks.set(k, mask);
    }
    mask.set(id);
    return mask;
  });
}

/** sd_init() */
export function initDomain(
  topology: Topology,
  level: Level,
  index: number,
  cpu: number,
  shares: Map<number, SharedDomain>,
): SchedDomain {
  const span = level.spans[cpu];
  const flags =
    SD_BALANCE_NEWIDLE | SD_BALANCE_EXEC | SD_BALANCE_FORK | SD_WAKE_AFFINE | SD_PREFER_SIBLING | level.flags;
  const weight = topology.hardware?.levelWeight?.[level.name] ?? span.weight();
  const sd = new SchedDomain(span, index, level.name, flags, weight);
  if (flags & SD_SHARE_CPUCAPACITY) {
    sd.imbalancePct = 110;
  } else if (flags & SD_SHARE_PKG_RESOURCES) {
    sd.cacheNiceTries = 1;
  } else if (flags & SD_NUMA) {
    sd.cacheNiceTries = 2;
    sd.flags &= ~SD_PREFER_SIBLING;
    sd.flags |= SD_SERIALIZE;
    if (level.numaDistance > (topology.nodeReclaimDistance ?? DEFAULT_NODE_RECLAIM_DISTANCE)) {
      sd.flags &= ~(SD_BALANCE_EXEC | SD_BALANCE_FORK | SD_WAKE_AFFINE);
    }
  } else {
    sd.cacheNiceTries = 1;
  }
  if (flags & SD_SHARE_PKG_RESOURCES) {
    const id = span.first();
    let shared = shares.get(id);
    if (shared === undefined) {
      shared = new SharedDomain();
      shares.set(id, shared);
    }
    sd.shared = shared;
  }
  return sd;
}
