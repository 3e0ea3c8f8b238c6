/**
 * A chip as the scheduler sees it: which CPUs share a core, a cluster, a last-level cache, a package and a node.
 *
 * Invariants:
 *  C1. `cpus[i]` describes CPU i; there are 1..MAX_CPUS of them.
 *  C2. CPUs of one core share cluster, llc, package and node; CPUs of one cluster share llc and what is above it, and
 *      so on upwards: each level is a partition that refines the next one.
 */
export interface TopologyCpu {
  /** Physical core; CPUs with equal `core` are SMT siblings. */
  core: number;
  /** L2 cluster (kernel: cpu_clustergroup_mask); absent means no cluster level. */
  cluster?: number;
  /** Last-level cache (kernel: cpu_coregroup_mask, the MC level). */
  llc: number;
  /** Package (the DIE level spans the packages of one node); absent means the node. */
  package?: number;
  /** NUMA node. */
  node: number;
}

export interface Topology {
  name: string;
  cpus: readonly TopologyCpu[];
  /** numaDistance[a][b], ACPI SLIT units (10 local); absent means 20 between any two different nodes. */
  numaDistance?: readonly (readonly number[])[];
  /**
   * CPUs of the machine's cores and last-level caches that exist but are kept out of the scheduling domains (a cpuset
   * partition, isolated CPUs). Linux takes a domain's min_interval from the weight of the hardware's mask, which
   * counts them; key = level name ("SMT", "CLS", "MC", "DIE"), value = weight to use instead.
   */
  levelWeight?: Readonly<Record<string, number>>;
}

/** Upper limit of CPUs in a topology. */
export const MAX_CPUS = 4096;
