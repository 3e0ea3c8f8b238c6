import { InputError } from "../../../traces/input-error.ts";
import { MAX_CPUS, type Topology } from "../topology.ts";
import { validateTopology } from "../topology-json.ts";
import { cpuListText } from "./cpu-list.ts";

/** An online CPU as a description of a machine shows it. Parts are named by keys, equal for CPUs that share the part. */
export interface FoundCpu {
  id: number;
  /** Physical core; unique in the machine. */
  core: string;
  /** L2 cache; undefined: not known. */
  l2?: string;
  /** Last-level cache; undefined: not known. */
  llc?: string;
  package?: string;
  node?: number;
}

/** What a description says beyond its CPUs. */
export interface FoundMachine {
  file: string;
  name: string;
  cpus: FoundCpu[];
  /** Distances row by row; nodes[i] is the number of the node of row and column i. */
  distances?: { nodes: number[]; table: number[][] };
  /** As CPUID says them. */
  vendor?: string;
  family?: number;
  /** Cores of different kinds (Intel's P and E cores). */
  hybrid?: boolean;
  notes: string[];
}

/**
 * Makes a chip of what was found: numbers its parts, brings them into the shape that Linux gives them (C2), and says in
 * notes what could not be known and what was taken for it.
 * @throws InputError where no chip comes of it.
 */
export function assemble(found: FoundMachine): Topology {
  const { file, notes } = found;
  const cpus = [...found.cpus].sort((a, b) => a.id - b.id);
  if (cpus.length === 0 || cpus.length > MAX_CPUS) {
    throw new InputError("wrong number of online CPUs", {
      file,
      found: cpus.length,
      expected: `1 to ${MAX_CPUS}`,
    });
  }
  giveNodes(cpus, notes);
  giveCaches(cpus, notes);
  splitAtNodes(cpus, "core", "core", notes);
  splitAtNodes(cpus, "llc", "last-level cache", notes);
  oneOuterEach(cpus, "core", "llc", "the threads of a core have different last-level caches", notes);
  const clustered = clusters(cpus, found.hybrid === true, notes);

  const [core, llc, cluster, pack] = [1, 2, 3, 4].map(() => new Numbering());
  const topology: Record<string, unknown> = {
    name: found.name === file ? (file.split("/").pop() ?? file) : found.name,
    cpus: cpus.map((cpu) => ({
      id: cpu.id,
      core: core.of(cpu.core),
      ...(clustered ? { cluster: cluster.of(cpu.l2!) } : {}),
      llc: llc.of(cpu.llc!),
      ...(cpu.package === undefined ? {} : { package: pack.of(cpu.package) }),
      node: cpu.node,
    })),
  };
  addDistances(topology, found, cpus);
  if (notes.length > 0) topology.notes = notes;
  return validateTopology(topology, file);
}

/** Numbers from 0 on, in the order of first sight. */
class Numbering {
  private readonly known = new Map<string, number>();

  of(key: string): number {
    let number = this.known.get(key);
    if (number === undefined) {
      number = this.known.size;
      this.known.set(key, number);
    }
    return number;
  }
}

function giveNodes(cpus: FoundCpu[], notes: string[]): void {
  const without = cpus.filter(({ node }) => node === undefined);
  if (without.length > 0)
    notes.push(
      without.length === cpus.length
        ? "nothing says which node the CPUs are in: all in node 0"
        : `nothing says which node these CPUs are in: ${cpuListText(without.map((c) => c.id))}; taken for node 0`,
    );
  for (const cpu of without) cpu.node = 0;
}

function giveCaches(cpus: FoundCpu[], notes: string[]): void {
  const without = cpus.filter(({ llc }) => llc === undefined);
  if (without.length === 0) return;
  const all = without.length === cpus.length;
  const packages = all && cpus.every((cpu) => cpu.package !== undefined);
  for (const cpu of without)
    cpu.llc = packages ? `package ${cpu.package}` : all ? `node ${cpu.node}` : `core ${cpu.core}`;
  notes.push(
    all
      ? `nothing says which CPUs share a last-level cache: those of a ${packages ? "package" : "node"} taken to`
      : `nothing says which last-level cache these CPUs have: ${cpuListText(without.map((c) => c.id))}; each core taken to have its own`,
  );
}

/** topology_sane() of Linux (arch/x86/kernel/smpboot.c): what lies in several nodes counts as several. */
function splitAtNodes(cpus: FoundCpu[], part: "core" | "llc", name: string, notes: string[]): void {
  const nodes = new Map<string, number>();
  let split = false;
  for (const cpu of cpus) {
    const first = nodes.get(cpu[part]!);
    if (first === undefined) nodes.set(cpu[part]!, cpu.node!);
    else if (first !== cpu.node) split = true;
  }
  if (!split) return;
  for (const cpu of cpus) cpu[part] = `${cpu[part]} in node ${cpu.node}`;
  notes.push(`a ${name} reaches over several nodes: it counts as one in each, as in Linux`);
}

/** All CPUs of an inner part get the outer part of its first. */
function oneOuterEach(cpus: FoundCpu[], inner: "core", outer: "llc", problem: string, notes: string[]): void {
  const first = new Map<string, string>();
  let bent = false;
  for (const cpu of cpus) {
    const expected = first.get(cpu[inner]) ?? cpu[outer]!;
    first.set(cpu[inner], expected);
    if (cpu[outer] !== expected) {
      cpu[outer] = expected;
      bent = true;
    }
  }
  if (bent) notes.push(`${problem}: taken to have that of the first thread`);
}

/**
 * Is there a level of clusters: L2 caches that several cores share (cpu_clustergroup_mask() of x86)? Hybrid chips have none
 * in Linux 6.1 (x86_hybrid_topology).
 */
function clusters(cpus: readonly FoundCpu[], hybrid: boolean, notes: string[]): boolean {
  if (hybrid) {
    notes.push(
      "cores of several kinds: all are taken to be equally fast, and there is no level CLS, as in Linux 6.1",
    );
    return false;
  }
  if (cpus.some(({ l2 }) => l2 === undefined)) return false;
  const coreOf = new Map<string, string>();
  const llcOf = new Map<string, string>();
  const l2Of = new Map<string, string>();
  let shared = false;
  for (const { l2, core, llc } of cpus) {
    const bent = (llcOf.get(l2!) ?? llc) !== llc || (l2Of.get(core) ?? l2) !== l2;
    if (bent) {
      notes.push("L2 caches that do not lie between cores and last-level caches: no level CLS");
      return false;
    }
    llcOf.set(l2!, llc!);
    l2Of.set(core, l2!);
    if ((coreOf.get(l2!) ?? core) !== core) shared = true;
    coreOf.set(l2!, core);
  }
  return shared;
}

/** Families that Linux 6.1 calls Zen; it sets node_reclaim_distance to 32 there (init_amd_zen_common()). */
const ZEN_FAMILIES = [0x17, 0x19];
const ZEN_RECLAIM_DISTANCE = 32;

function addDistances(
  topology: Record<string, unknown>,
  found: FoundMachine,
  cpus: readonly FoundCpu[],
): void {
  const { distances, notes } = found;
  const nodes = [...new Set(cpus.map((cpu) => cpu.node!))].sort((a, b) => a - b);
  const without = distances?.nodes.filter((node) => !nodes.includes(node)) ?? [];
  if (without.length > 0)
    notes.push(
      `nodes without CPUs, which have no part in scheduling: ${cpuListText(without.sort((a, b) => a - b))}`,
    );
  if (nodes.length === 1) return;
  if (found.vendor === "AuthenticAMD" && ZEN_FAMILIES.includes(found.family ?? -1))
    topology.nodeReclaimDistance = ZEN_RECLAIM_DISTANCE;
  const place = nodes.map((node) => distances?.nodes.indexOf(node) ?? -1);
  if (distances === undefined || place.includes(-1)) {
    notes.push(
      "nothing says how far apart the nodes are: 20 between any two (numaDistance in a chip file says it)",
    );
    return;
  }
  const table = place.map((a) => place.map((b) => distances.table[a][b]));
  const sane = table.every((row, a) => row.every((d, b) => (a === b ? d === 10 : d > 10 && d <= 255)));
  if (!sane) {
    notes.push("the distances between nodes are such as Linux does not take: 20 between any two");
    return;
  }
  topology.numaDistance = table;
  if (found.vendor === undefined && table.flat().some((d) => d > 30))
    notes.push(
      "nothing says whether this is an AMD Zen: node_reclaim_distance 30 taken (a chip file says 32 by nodeReclaimDistance)",
    );
}
