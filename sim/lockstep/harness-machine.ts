import type { Topology } from "../chip/topology.ts";

/** The machine on which the kernel harness stands for a chip: the chip's CPUs, and more before them that control. */
export interface HarnessMachine {
  /** Each socket has one last-level cache. */
  sockets: number;
  /** Cores of a socket, threads of a core. */
  cores: number;
  threads: number;
  /** CPUs of each NUMA node, in order; empty: one node. */
  nodes: readonly number[];
  /** CPUs before those under test; the first two control, others idle. */
  control: number;
  /** What the scheduler sees of the whole machine although it balances among the tested CPUs alone. */
  hardware: NonNullable<Topology["hardware"]>;
}

/**
 * A chip with one last-level cache gets two more CPUs in it; one with several gets one more cache, in a node of its own
 * where the chip has nodes. Null for a chip that is not regular: caches and nodes of different sizes, clusters, CPU
 * numbers that are not in the order of cores, node distances of its own.
 */
export function harnessMachine(chip: Topology): HarnessMachine | null {
  const nr = chip.cpus.length;
  const threads = chip.cpus.filter(({ core }) => core === chip.cpus[0].core).length;
  const perLlc = chip.cpus.filter(({ llc }) => llc === chip.cpus[0].llc).length;
  const perNode = chip.cpus.filter(({ node }) => node === chip.cpus[0].node).length;
  const first = chip.cpus[0];
  const regular = chip.cpus.every(
    ({ core, llc, node, cluster }, i) =>
      core === first.core + Math.floor(i / threads) &&
      llc === first.llc + Math.floor(i / perLlc) &&
      node === first.node + Math.floor(i / perNode) &&
      cluster === undefined,
  );
  if (!regular || threads > 2 || chip.numaDistance !== undefined || chip.hardware !== undefined) return null;
  if (perLlc === nr) {
    const cpus = nr + 2;
    return {
      ...{ sockets: 1, cores: cpus / threads, threads, nodes: [], control: 2 },
      hardware: { cpus, levelWeight: { MC: cpus } },
    };
  }
  const cpus = nr + perLlc;
  const nodes = perNode === nr ? [] : [perLlc, ...Array<number>(nr / perNode).fill(perNode)];
  return {
    ...{ sockets: nr / perLlc + 1, cores: perLlc / threads, threads, nodes, control: perLlc },
    hardware: { cpus, levelWeight: nodes.length === 0 ? { DIE: cpus } : { NUMA: cpus } },
  };
}
