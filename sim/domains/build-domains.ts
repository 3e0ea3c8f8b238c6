import {
  DEFAULT_NODE_RECLAIM_DISTANCE,
  numaDistances,
  numaInPackage,
  type Topology,
} from "../chip/topology.ts";
import { CpuMask } from "../lib/cpumask.ts";
import { GroupSums } from "../state/cpu-snapshot.ts";
import {
  GroupCapacity,
  LEVEL_NAMES,
  SchedDomain,
  SchedGroup,
  SD_BALANCE_EXEC,
  SD_BALANCE_FORK,
  SD_BALANCE_NEWIDLE,
  SD_NEEDS_GROUPS,
  SD_NUMA,
  SD_OVERLAP,
  SD_PREFER_SIBLING,
  SD_SERIALIZE,
  SD_SHARE_CPUCAPACITY,
  SD_SHARE_PKG_RESOURCES,
  SD_WAKE_AFFINE,
  SharedDomain,
} from "../state/domain.ts";

/**
 * Scheduling domains of every CPU from a topology: build_sched_domains() of Linux 6.1 (kernel/sched/topology.c), with the
 * levels of x86: SMT, CLS, MC, DIE, NODE and one NUMA level per distinct distance. Where a package has several nodes there
 * is no DIE level (arch/x86/kernel/smpboot.c), and NODE is what joins the caches of a node.
 */

interface Level {
  name: string;
  flags: number;
  /** Span of each CPU's domain at this level; CPUs of one span share one mask. */
  spans: CpuMask[];
  numaDistance: number;
}

/** One GroupSums per set of CPUs. */
class SumsBySpan {
  private readonly known = new Map<string, GroupSums>();
  private readonly bySpan = new Map<CpuMask, GroupSums>();

  of(span: CpuMask): GroupSums {
    const found = this.bySpan.get(span);
    if (found !== undefined) return found;
    const sums = this.byContent(span);
    this.bySpan.set(span, sums);
    return sums;
  }

  private byContent(span: CpuMask): GroupSums {
    const key = span.words.join();
    let sums = this.known.get(key);
    if (sums === undefined) {
      sums = new GroupSums();
      this.known.set(key, sums);
    }
    return sums;
  }
}

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
      const level = levels[i]!;
      const sd: SchedDomain = initDomain(topology, level, i, cpu, shares[i]!);
      domains[i]![cpu] = sd;
      sd.child = child;
      if (child !== null) child.parent = sd;
      if (level.flags & SD_NUMA) sd.flags |= SD_OVERLAP;
      child = sd;
      if (sd.span.equals(full)) break;
    }
  }
  for (let cpu = 0; cpu < nr; cpu++) {
    for (let i = 0; i < levels.length; i++) {
      const sd = domains[i]![cpu];
      if (sd === undefined) break;
      if (sd.flags & SD_OVERLAP) buildOverlapGroups(sd, cpu, domains[i]!, capacities, sums);
      else buildGroups(sd, cpu, domains[i]!, capacities[i]!, plainGroups[i]!, sums);
    }
  }
  for (let cpu = 0; cpu < nr; cpu++) setNumaImbalance(domains[0]![cpu]!);
  return domains[0]!.map((sd) => attach(sd!));
}

/** sched_domain_topology: what each level spans and which flags it brings (sd_flags() of x86). */
function topologyLevels(topology: Topology): Level[] {
  const { cpus } = topology;
  const partition = (key: (cpu: number) => number): CpuMask[] => {
    const masks = new Map<number, CpuMask>();
    return cpus.map((_, cpu) => {
      const k = key(cpu);
      let mask = masks.get(k);
      if (mask === undefined) {
        mask = new CpuMask(cpus.length);
        masks.set(k, mask);
      }
      mask.set(cpu);
      return mask;
    });
  };
  const smt = partition((cpu) => cpus[cpu]!.core);
  const node = partition((cpu) => cpus[cpu]!.node);
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
      spans: clustered ? partition((cpu) => cpus[cpu]!.cluster!) : smt,
      numaDistance: 0,
    },
    {
      name: LEVEL_NAMES[2],
      flags: SD_SHARE_PKG_RESOURCES,
      spans: partition((cpu) => cpus[cpu]!.llc),
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
        if (distance[i]![nodes.indexOf(cpu.node)]! <= limit) mask.set(id);
      });
      return mask;
    });
    levels.push({
      name: "NUMA",
      flags: SD_NUMA,
      spans: cpus.map((cpu) => byNode[nodes.indexOf(cpu.node)]!),
      numaDistance: limit,
    });
  }
  return levels;
}

/** sd_init() */
function initDomain(
  topology: Topology,
  level: Level,
  index: number,
  cpu: number,
  shares: Map<number, SharedDomain>,
): SchedDomain {
  const span = level.spans[cpu]!;
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

/** build_sched_groups(): the children's spans, each group and its state shared by all domains over it (D1). */
function buildGroups(
  sd: SchedDomain,
  cpu: number,
  peers: (SchedDomain | undefined)[],
  capacities: Map<number, GroupCapacity>,
  groups: Map<number, SchedGroup>,
  sums: SumsBySpan,
): void {
  const own = sd.child === null ? cpu : sd.child.span.first();
  const ring = groups.get(own);
  if (ring !== undefined) {
    // another CPU of the span has closed the ring already: enter it at the own group
    sd.groups = ring;
    return;
  }
  const built = new Ring(sd.span.bits);
  forEachWrap(sd.span, cpu, (i) => {
    if (built.covered.has(i)) return;
    const child = peers[i]!.child;
    const id = child === null ? i : child.span.first();
    const span = child === null ? CpuMask.of(sd.span.bits, [i]) : child.span;
    const sgc = new GroupCapacity(span, span);
    capacities.set(id, sgc);
    const group = new SchedGroup(span, sgc, sums.of(span));
    groups.set(id, group);
    built.add(group);
  });
  sd.groups = built.first!;
}

/** build_overlap_sched_groups(): NUMA levels, whose groups may overlap and belong to one domain each. */
function buildOverlapGroups(
  sd: SchedDomain,
  cpu: number,
  peers: (SchedDomain | undefined)[],
  capacities: Map<number, GroupCapacity>[],
  sums: SumsBySpan,
): void {
  const ring = new Ring(sd.span.bits);
  forEachWrap(sd.span, cpu, (i) => {
    if (ring.covered.has(i)) return;
    let sibling = peers[i];
    if (sibling === undefined || !sibling.span.has(i)) return;
    if (sibling.child !== null && !sibling.child.span.subsetOf(sd.span)) {
      sibling = findDescendedSibling(sd, sibling);
    }
    const span: CpuMask = sibling.child === null ? sibling.span : sibling.child.span;
    ring.add(new SchedGroup(span, overlapCapacity(sibling, span, peers, capacities), sums.of(span)));
  });
  sd.groups = ring.first!;
}

/** find_descended_sibling(): the lower domain of a far CPU that does not reach out of `sd`. */
function findDescendedSibling(sd: SchedDomain, from: SchedDomain): SchedDomain {
  let sibling = from;
  while (sibling.child !== null && !sibling.child.span.subsetOf(sd.span)) sibling = sibling.child;
  while (sibling.child?.span.equals(sibling.span)) sibling = sibling.child;
  return sibling;
}

/** init_overlap_sched_group() and build_balance_mask(): those CPUs that reach this group as their own. */
function overlapCapacity(
  sibling: SchedDomain,
  span: CpuMask,
  peers: (SchedDomain | undefined)[],
  capacities: Map<number, GroupCapacity>[],
): GroupCapacity {
  const known = capacities[sibling.level]!;
  for (const sgc of known.values()) if (sgc.span === span) return sgc;
  const mask = new CpuMask(span.bits);
  for (const i of span.list()) {
    let peer: SchedDomain | null = peers[i] ?? null;
    while (peer !== null && peer.level > sibling.level) peer = peer.child;
    if (peer?.level !== sibling.level || peer.child === null) continue;
    if (peer.child.span.equals(span)) mask.set(i);
  }
  const id = mask.first();
  let sgc = known.get(id);
  if (sgc === undefined) {
    sgc = new GroupCapacity(span, mask);
    known.set(id, sgc);
  }
  return sgc;
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

/** cpu_attach_domain(): drops the levels that add nothing; returns the lowest that remains. */
function attach(lowest: SchedDomain): SchedDomain | null {
  for (let sd: SchedDomain = lowest; sd.parent !== null; ) {
    const parent: SchedDomain = sd.parent;
    if (!parentDegenerate(sd, parent)) {
      sd = parent;
      continue;
    }
    sd.parent = parent.parent;
    if (parent.parent !== null) parent.parent.child = sd;
    if (parent.flags & SD_PREFER_SIBLING) sd.flags |= SD_PREFER_SIBLING;
  }
  if (!degenerate(lowest)) return lowest;
  const parent = lowest.parent;
  if (parent !== null) parent.child = null;
  return parent;
}

/** sd_degenerate() */
function degenerate(sd: SchedDomain): boolean {
  if (sd.spanWeight === 1) return true;
  if (sd.flags & SD_NEEDS_GROUPS && sd.groups !== sd.groups.next) return false;
  return (sd.flags & SD_WAKE_AFFINE) === 0;
}

/** sd_parent_degenerate() */
function parentDegenerate(sd: SchedDomain, parent: SchedDomain): boolean {
  if (degenerate(parent)) return true;
  if (!sd.span.equals(parent.span)) return false;
  let flags = parent.flags;
  if (parent.groups === parent.groups.next) flags &= ~SD_NEEDS_GROUPS;
  return (~sd.flags & flags) === 0;
}

/** Calls `visit` with the CPUs of a mask, starting at `from` and wrapping around (for_each_cpu_wrap). */
function forEachWrap(mask: CpuMask, from: number, visit: (cpu: number) => void): void {
  const cpus = mask.list();
  const at = cpus.findIndex((cpu) => cpu >= from);
  const start = Math.max(at, 0);
  for (let i = start; i < cpus.length; i++) visit(cpus[i]!);
  for (let i = 0; i < start; i++) visit(cpus[i]!);
}

/** A ring of groups under construction. */
class Ring {
  readonly covered: CpuMask;
  first: SchedGroup | null = null;
  private last: SchedGroup | null = null;

  constructor(bits: number) {
    this.covered = new CpuMask(bits);
  }

  add(group: SchedGroup): void {
    this.covered.or(group.span);
    this.first ??= group;
    if (this.last !== null) this.last.next = group;
    this.last = group;
    group.next = this.first;
  }
}
