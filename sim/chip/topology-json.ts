import { InputError, printable } from "../../traces/input-error.ts";
import { index, object, only, positive } from "./json-fields.ts";
import { MAX_CPU_NUMBER, MAX_CPUS, type Topology, type TopologyCpu } from "./topology.ts";
import { regularTopology } from "./topology-presets.ts";

/** Most CPUs that a machine may be said to have beyond those modelled: NR_CPUS of a large kernel. */
const MAX_HARDWARE_CPUS = 8192;
/** Rows of a table of distances: MAX_NUMNODES of a large kernel, four times. */
const MAX_NODES = 4096;
/** CPUs x nodes x distances: 4096 CPUs in 1024 nodes. */
const MAX_NODE_GROUPS = 2 ** 22;

const MAX_NOTES = 100;

/** Keys of a chip file, by the object they belong to; docs/chips.md explains them. */
export const CHIP_KEYS = {
  listed: ["name", "cpus", "numaDistance", "nodeReclaimDistance", "hardware", "notes"],
  regular: [
    "name",
    "cores",
    "threads",
    "coresPerLlc",
    "coresPerNode",
    "coresPerPackage",
    "numaDistance",
    "nodeReclaimDistance",
    "hardware",
    "notes",
  ],
  cpu: ["id", "core", "cluster", "llc", "package", "node"],
  hardware: ["cpus", "levelWeight"],
  levelWeight: ["SMT", "CLS", "MC", "DIE", "NODE", "NUMA"],
} as const;

/**
 * Reads a chip from the text of a JSON file, as docs/chips.md describes it: a list of CPUs with the fields of
 * TopologyCpu, or a regular chip by its numbers of cores and threads. Time and memory are bounded by the text's length and
 * MAX_CPUS.
 *
 * @throws InputError where the text is no such topology; `file` is named in it.
 */
export function parseTopology(text: string, file: string): Topology {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError("not JSON", {
      file,
      found: error instanceof Error ? error.message : error,
      expected: 'an object {"name": ..., "cpus": [...]}, without comments',
    });
  }
  return validateTopology(value, file);
}

/** Checks that a value is a Topology by invariants C1 and C2. @throws InputError */
export function validateTopology(value: unknown, file: string): Topology {
  const top = object(value, file, "");
  const name = top.name ?? file;
  if (typeof name !== "string") {
    throw new InputError("the chip's name is no text", { file, field: "name", found: name });
  }
  const regular = top.cores !== undefined && top.cpus === undefined;
  only(top, regular ? CHIP_KEYS.regular : CHIP_KEYS.listed, file, "");
  const cpus = regular ? regularCpus(top, file) : listedCpus(top.cpus, file);
  const topology: Topology = { name: printable(name), cpus };
  if (top.numaDistance !== undefined) topology.numaDistance = parseDistances(top.numaDistance, cpus, file);
  boundNodes(topology, file);
  if (top.nodeReclaimDistance !== undefined)
    topology.nodeReclaimDistance = positive(top.nodeReclaimDistance, file, "nodeReclaimDistance", 255, 10);
  if (top.notes !== undefined) topology.notes = parseNotes(top.notes, file);
  if (top.hardware !== undefined) topology.hardware = parseHardware(top.hardware, cpus.length, file);
  return topology;
}

/** Every CPU has a domain for each distance, with a group for each node: what a gigabyte holds of them. */
function boundNodes({ cpus, numaDistance }: Topology, file: string): void {
  const nodes = new Set(cpus.map((cpu) => cpu.node)).size;
  const distances = numaDistance === undefined ? 1 : new Set(numaDistance.flat()).size - 1;
  const groups = cpus.length * nodes * distances;
  if (groups <= MAX_NODE_GROUPS) return;
  throw new InputError("too many nodes, or too many distances between them", {
    file,
    found: `${cpus.length} CPUs, ${nodes} nodes, ${distances} distances`,
    expected: `their product at most ${MAX_NODE_GROUPS}`,
    hint: "Put more CPUs into a node, or round the distances",
  });
}

/** `cores` cores of `threads` threads each. */
function regularCpus(top: Record<string, unknown>, file: string): readonly TopologyCpu[] {
  const cores = positive(top.cores, file, "cores", MAX_CPUS);
  const threads = positive(top.threads ?? 1, file, "threads", Math.floor(MAX_CPUS / cores));
  const perLlc = positive(top.coresPerLlc ?? cores, file, "coresPerLlc", cores);
  const perNode = positive(top.coresPerNode ?? cores, file, "coresPerNode", cores);
  if (perNode < cores && perNode % perLlc !== 0) {
    throw new InputError("a last-level cache would lie in two nodes", {
      file,
      field: "coresPerLlc",
      found: perLlc,
      expected: `a divisor of coresPerNode, ${perNode}`,
    });
  }
  const perPackage = positive(top.coresPerPackage ?? perNode, file, "coresPerPackage", cores);
  return regularTopology("", cores, threads, perLlc, perNode, perPackage).cpus;
}

function listedCpus(list: unknown, file: string): TopologyCpu[] {
  if (!Array.isArray(list)) {
    throw new InputError("no list of CPUs", {
      file,
      field: "cpus",
      found: list,
      expected: 'an array, or "cores" for a regular chip',
    });
  }
  if (list.length < 1 || list.length > MAX_CPUS) {
    throw new InputError("wrong number of CPUs", {
      file,
      field: "cpus",
      found: list.length,
      expected: `1 to ${MAX_CPUS}`,
    });
  }
  const cpus = list.map((cpu, i) => parseCpu(cpu, i, file));
  numberCpus(cpus, file);
  const clusters = cpus.filter((cpu) => cpu.cluster !== undefined).length;
  if (clusters !== 0 && clusters !== cpus.length) {
    throw new InputError("some CPUs have a cluster, some have none", {
      file,
      field: "cpus[].cluster",
      found: `${clusters} of ${cpus.length}`,
      expected: "all or none",
    });
  }
  refines(cpus, file, "core", "cluster");
  refines(cpus, file, "core", "llc");
  refines(cpus, file, "cluster", "llc");
  refines(cpus, file, "llc", "node");
  return cpus;
}

function parseCpu(value: unknown, id: number, file: string): TopologyCpu {
  const field = `cpus[${id}]`;
  const cpu = object(value, file, field);
  only(cpu, CHIP_KEYS.cpu, file, field);
  const result: TopologyCpu = {
    core: index(cpu.core, file, `${field}.core`),
    llc: index(cpu.llc, file, `${field}.llc`),
    node: index(cpu.node ?? 0, file, `${field}.node`),
  };
  if (cpu.id !== undefined) result.id = positive(cpu.id, file, `${field}.id`, MAX_CPU_NUMBER, 0);
  if (cpu.cluster !== undefined) result.cluster = index(cpu.cluster, file, `${field}.cluster`);
  if (cpu.package !== undefined) result.package = index(cpu.package, file, `${field}.package`);
  return result;
}

/** Gives CPUs without a number the one after that of the CPU before, sorts them, and leaves numbers out where all are i (C1). */
function numberCpus(cpus: TopologyCpu[], file: string): void {
  const place = new Map<number, number>();
  cpus.forEach((cpu, i) => {
    cpu.id ??= i === 0 ? 0 : cpus[i - 1].id! + 1;
    const before = place.get(cpu.id);
    if (before !== undefined || cpu.id > MAX_CPU_NUMBER) {
      throw new InputError(before === undefined ? "a CPU number too large" : "one number for two CPUs", {
        file,
        field: `cpus[${i}].id`,
        found: cpu.id,
        expected: before === undefined ? `0 to ${MAX_CPU_NUMBER}` : `another than that of cpus[${before}]`,
      });
    }
    place.set(cpu.id, i);
  });
  cpus.sort((a, b) => a.id! - b.id!);
  if (cpus.every((cpu, i) => cpu.id === i)) for (const cpu of cpus) delete cpu.id;
}

/** CPUs with the same `inner` must have the same `outer` (C2). */
function refines(
  cpus: readonly TopologyCpu[],
  file: string,
  inner: "core" | "cluster" | "llc",
  outer: "cluster" | "llc" | "node",
): void {
  const seen = new Map<number, number>();
  cpus.forEach((cpu, i) => {
    const key = cpu[inner];
    const value = cpu[outer];
    if (key === undefined || value === undefined) return;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, value);
    else if (first !== value) {
      throw new InputError(`${inner} ${key} lies in more than one ${outer}`, {
        file,
        field: `cpus[${i}].${outer}`,
        found: value,
        expected: String(first),
      });
    }
  });
}

/**
 * The distances between the nodes that have CPUs, in ascending order of their numbers. A table with more rows is that of all
 * nodes, row i for node i: those without CPUs (memory only) have no part in scheduling, as in sched_init_numa().
 */
function parseDistances(value: unknown, cpus: readonly TopologyCpu[], file: string): number[][] {
  const nodes = [...new Set(cpus.map((cpu) => cpu.node))].sort((a, b) => a - b);
  const field = "numaDistance";
  const rows = Array.isArray(value) ? value.length : 0;
  const last = nodes[nodes.length - 1];
  const byNumber = rows > nodes.length && rows > last && rows <= MAX_NODES;
  if (!Array.isArray(value) || (rows !== nodes.length && !byNumber)) {
    throw new InputError("wrong table of node distances", {
      file,
      field,
      found: Array.isArray(value) ? `${rows} rows` : value,
      expected: `${nodes.length} rows, one per node with CPUs, or ${last + 1} and more, row i for node i`,
    });
  }
  const table = value.map((row, i) => {
    if (!Array.isArray(row) || row.length !== rows) {
      throw new InputError("wrong row of node distances", {
        file,
        field: `${field}[${i}]`,
        found: Array.isArray(row) ? `${row.length} entries` : row,
        expected: `${rows} entries`,
      });
    }
    return row.map((x, j) => parseDistance(x, i === j, file, `${field}[${i}][${j}]`));
  });
  return byNumber ? nodes.map((a) => nodes.map((b) => table[a][b])) : table;
}

/** As slit_valid() of Linux (drivers/acpi/numa/srat.c) has it: what it refuses makes the kernel forget the whole table. */
function parseDistance(value: unknown, self: boolean, file: string, field: string): number {
  const distance = index(value, file, field);
  if (self ? distance === 10 : distance > 10 && distance <= 255) return distance;
  throw new InputError("impossible node distance", {
    file,
    field,
    found: distance,
    expected: self ? "10, a node to itself" : "11 to 255",
    hint: "Linux takes no table with such an entry and goes on with 10 and 20: leave numaDistance out to do the same",
  });
}

function parseNotes(value: unknown, file: string): string[] {
  if (Array.isArray(value) && value.length <= MAX_NOTES && value.every((text) => typeof text === "string"))
    return value.map((text: string) => printable(text, 1000));
  throw new InputError("notes that are no list of texts", {
    file,
    field: "notes",
    found: Array.isArray(value) ? `an array of ${value.length}` : value,
    expected: `an array of at most ${MAX_NOTES} texts`,
  });
}

function parseHardware(value: unknown, cpus: number, file: string): NonNullable<Topology["hardware"]> {
  const hardware = object(value, file, "hardware");
  only(hardware, CHIP_KEYS.hardware, file, "hardware");
  const result: NonNullable<Topology["hardware"]> = {};
  if (hardware.cpus !== undefined)
    result.cpus = positive(hardware.cpus, file, "hardware.cpus", MAX_HARDWARE_CPUS, cpus);
  if (hardware.levelWeight !== undefined) {
    const field = "hardware.levelWeight";
    const weights = object(hardware.levelWeight, file, field);
    only(weights, CHIP_KEYS.levelWeight, file, field);
    result.levelWeight = Object.fromEntries(
      Object.entries(weights).map(([k, v]) => [k, positive(v, file, `${field}.${k}`, result.cpus ?? cpus)]),
    );
  }
  return result;
}
