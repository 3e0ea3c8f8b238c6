/**
 * A chip as the scheduler sees it: which CPUs share a core, a cluster, a last-level cache and a node.
 *
 * Invariants:
 *  C1. There are 1..MAX_CPUS CPUs. `cpus[i]` is the i-th of them; where the kernel's numbers of online CPUs have gaps each has
 *      its number as `id`, in ascending order, else none has one and i is the number. Inside the simulator CPUs are counted
 *      by i; what people read and write has the kernel's numbers.
 *  C2. CPUs of one core share cluster, llc and node; CPUs of one cluster share llc and node; CPUs of one llc share the
 *      node: each level is a partition that refines the next one.
 */
export interface TopologyCpu {
  /** The kernel's number, on chips whose numbers have gaps (C1). */
  id?: number;
  /** Physical core; CPUs with equal `core` are SMT siblings. */
  core: number;
  /** L2 cluster (kernel: cpu_clustergroup_mask); absent on all CPUs means no cluster level. */
  cluster?: number;
  /** Last-level cache (kernel: cpu_coregroup_mask, the MC level). */
  llc: number;
  /** Package. Linux takes the DIE level from the node, but has none where a package holds several nodes. */
  package?: number;
  /** NUMA node. */
  node: number;
}

/** How fast the cores of a chip are clocked; multiples of 100 MHz. */
export interface ChipFrequency {
  /** What an idle core falls to. */
  minMhz: number;
  /** What is guaranteed, and what durations of work are meant at. */
  baseMhz: number;
  /** turboMhz[n - 1]: at most, while n cores of a package are active; with more than there are entries, the last. Never rising. */
  turboMhz: readonly number[];
}

/** A chip: its CPUs, and what they share. */
export interface Topology {
  name: string;
  cpus: readonly TopologyCpu[];
  /**
   * numaDistance[a][b] between the nodes in ascending order of their numbers, ACPI SLIT units: 10 local, larger is
   * farther. Absent: 20 between any two nodes.
   */
  numaDistance?: readonly (readonly number[])[];
  /**
   * Nodes farther apart than this neither share wake-ups nor fork and exec balancing (node_reclaim_distance). Absent:
   * DEFAULT_NODE_RECLAIM_DISTANCE. On AMD Zen Linux sets 32 (arch/x86/kernel/cpu/amd.c).
   */
  nodeReclaimDistance?: number;
  /** Absent: not known. */
  frequency?: ChipFrequency;
  /** What whoever uses the chip should know of it: what could not be read of the machine it stands for. */
  notes?: readonly string[];
  /** What the machine has beyond the CPUs modelled: a cpuset partition or isolated CPUs leave some out. */
  hardware?: {
    /** Online CPUs of the whole machine (default: those of the topology); bounds the balance interval. */
    cpus?: number;
    /** CPUs of a whole level's mask by level name ("MC": ...), from which Linux takes a domain's min_interval. */
    levelWeight?: Readonly<Record<string, number>>;
  };
}

/** Highest number that a CPU may have: NR_CPUS of a large kernel. */
export const MAX_CPU_NUMBER = 8191;

/** The kernel's number of each CPU, ascending. */
export const cpuNumbers = ({ cpus }: Topology): number[] => cpus.map(({ id }, i) => id ?? i);

/** RECLAIM_DISTANCE (include/linux/topology.h). */
export const DEFAULT_NODE_RECLAIM_DISTANCE = 30;

/** Upper limit of CPUs in a topology. */
export const MAX_CPUS = 4096;

/** The nodes in ascending order and the distances between them. */
export function numaDistances(topology: Topology): { nodes: number[]; distance: number[][] } {
  const nodes = [...new Set(topology.cpus.map((cpu) => cpu.node))].sort((a, b) => a - b);
  const distance = nodes.map((_, i) =>
    nodes.map((_, j) => topology.numaDistance?.[i]?.[j] ?? (i === j ? 10 : 20)),
  );
  return { nodes, distance };
}

/**
 * Some package holds several nodes (x86_has_numa_in_package): AMD's NPS modes, Intel's sub-NUMA clustering. CPUs without
 * a package are taken for packages of one node each.
 */
export function numaInPackage({ cpus }: Topology): boolean {
  const nodeOf = new Map<number, number>();
  return cpus.some(({ package: id, node }) => {
    if (id === undefined) return false;
    const first = nodeOf.get(id);
    if (first === undefined) nodeOf.set(id, node);
    return first !== undefined && first !== node;
  });
}
