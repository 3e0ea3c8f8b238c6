import { z } from "zod";
import { InputError, printable } from "../../traces/input-error.ts";
import { checked, onlyObject, parseJson } from "../../traces/json.ts";
import { FREQUENCY_KEYS, readFrequency } from "./frequency-json.ts";
import { MAX_CPU_NUMBER, MAX_CPUS, type Topology, type TopologyCpu } from "./topology.ts";
import { regularTopology } from "./topology-presets.ts";

/** Most CPUs that a machine may be said to have beyond those modelled: NR_CPUS of a large kernel. */
const MAX_HARDWARE_CPUS = 8192;
/** Rows of a table of distances: MAX_NUMNODES of a large kernel, four times. */
const MAX_NODES = 4096;
/** CPUs x nodes x distances: 4096 CPUs in 1024 nodes. */
const MAX_NODE_GROUPS = 2 ** 22;

const MAX_NOTES = 100;

const PART = "not a number of a part; an integer >= 0";
const index = z
  .int(PART)
  .min(0, PART)
  .max(2 ** 31 - 1, PART);
const range = (least: number, most: number) => {
  const message = `out of range; ${least} to ${most}`;
  return z.int(PART).min(least, message).max(most, message);
};
const notes = z
  .array(z.string(), "an array of texts")
  .max(MAX_NOTES, `an array of at most ${MAX_NOTES} texts`);
const name = z.string("the chip's name is no text; text").optional();
const COMMON = {
  numaDistance: z.unknown().optional(),
  nodeReclaimDistance: range(10, 255).optional(),
  frequency: z.unknown().optional(),
  hardware: z.unknown().optional(),
  notes: notes.optional(),
};
const LISTED = onlyObject({ name, cpus: z.unknown().optional(), ...COMMON });
const REGULAR = onlyObject({
  name,
  cores: range(1, MAX_CPUS),
  threads: index.optional(),
  coresPerLlc: index.optional(),
  coresPerNode: index.optional(),
  coresPerPackage: index.optional(),
  ...COMMON,
});
const CPU = onlyObject({
  id: range(0, MAX_CPU_NUMBER).optional(),
  core: index,
  cluster: index.optional(),
  llc: index,
  package: index.optional(),
  node: index.default(0),
});
const CPU_COUNT = `wrong number of CPUs; 1 to ${MAX_CPUS}`;
const CPUS = z
  .array(z.unknown(), 'no list of CPUs; an array, or "cores" for a regular chip')
  .min(1, CPU_COUNT)
  .max(MAX_CPUS, CPU_COUNT);
/** @param cpus CPUs modelled. */
const WEIGHTS = (cpus: number) => {
  const weight = range(1, cpus).optional();
  return onlyObject({ SMT: weight, CLS: weight, MC: weight, DIE: weight, NODE: weight, NUMA: weight });
};
const HARDWARE = (cpus: number) =>
  onlyObject({ cpus: range(cpus, MAX_HARDWARE_CPUS).optional(), levelWeight: z.unknown().optional() });

/** Keys of a chip file, by the object they belong to; docs/chips.md explains them. */
export const CHIP_KEYS = {
  listed: Object.keys(LISTED.shape),
  regular: Object.keys(REGULAR.shape),
  cpu: Object.keys(CPU.shape),
  frequency: FREQUENCY_KEYS,
  hardware: Object.keys(HARDWARE(1).shape),
  levelWeight: Object.keys(WEIGHTS(1).shape),
};

/**
 * Reads a chip from the text of a JSON file, as docs/chips.md describes it: a list of CPUs with the fields of
 * TopologyCpu, or a regular chip by its numbers of cores and threads. Time and memory are bounded by the text's length and
 * MAX_CPUS.
 *
 * @throws InputError where the text is no such topology; `file` is named in it.
 */
export function parseTopology(text: string, file: string): Topology {
  const expected = 'an object {"name": ..., "cpus": [...]}, without comments';
  return validateTopology(parseJson(text, { file, problem: "not JSON", expected }), file);
}

/** A value of the file that is as the schema says. @throws InputError */
const check = <T>(schema: z.ZodType<T>, value: unknown, file: string, field?: string): T =>
  checked(schema, value, { file, field, problem: "not valid" });

/** Checks that a value is a Topology by invariants C1 and C2. @throws InputError */
export function validateTopology(value: unknown, file: string): Topology {
  const { cores, cpus: list } = Object(value);
  const regular = cores !== undefined && list === undefined;
  const top = regular ? check(REGULAR, value, file) : check(LISTED, value, file);
  const cpus = "cores" in top ? regularCpus(top, file) : listedCpus(top.cpus, file);
  const topology: Topology = { name: printable(top.name ?? file), cpus };
  if (top.numaDistance !== undefined) topology.numaDistance = parseDistances(top.numaDistance, cpus, file);
  boundNodes(topology, file);
  if (top.nodeReclaimDistance !== undefined) topology.nodeReclaimDistance = top.nodeReclaimDistance;
  if (top.frequency !== undefined) topology.frequency = readFrequency(top.frequency, file);
  if (top.notes !== undefined) topology.notes = top.notes.map((text) => printable(text, 1000));
  if (top.hardware !== undefined) {
    const { cpus: all, levelWeight } = check(HARDWARE(cpus.length), top.hardware, file, "hardware");
    topology.hardware = all === undefined ? {} : { cpus: all };
    if (levelWeight !== undefined)
      topology.hardware.levelWeight = check(
        WEIGHTS(all ?? cpus.length),
        levelWeight,
        file,
        "hardware.levelWeight",
      );
  }
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
function regularCpus(top: z.infer<typeof REGULAR>, file: string): readonly TopologyCpu[] {
  const { cores } = top;
  const threads = check(range(1, Math.floor(MAX_CPUS / cores)), top.threads ?? 1, file, "threads");
  const perLlc = check(range(1, cores), top.coresPerLlc ?? cores, file, "coresPerLlc");
  const perNode = check(range(1, cores), top.coresPerNode ?? cores, file, "coresPerNode");
  if (perNode < cores && perNode % perLlc !== 0) {
    throw new InputError("a last-level cache would lie in two nodes", {
      file,
      field: "coresPerLlc",
      found: perLlc,
      expected: `a divisor of coresPerNode, ${perNode}`,
    });
  }
  const perPackage = check(range(1, cores), top.coresPerPackage ?? perNode, file, "coresPerPackage");
  return regularTopology("", cores, threads, perLlc, perNode, perPackage).cpus;
}

function listedCpus(list: unknown, file: string): TopologyCpu[] {
  const cpus = check(CPUS, list, file, "cpus").map(
    (cpu, i): TopologyCpu => check(CPU, cpu, file, `cpus[${i}]`),
  );
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
  const distance = check(index, value, file, field);
  if (self ? distance === 10 : distance > 10 && distance <= 255) return distance;
  throw new InputError("impossible node distance", {
    file,
    field,
    found: distance,
    expected: self ? "10, a node to itself" : "11 to 255",
    hint: "Linux takes no table with such an entry and goes on with 10 and 20: leave numaDistance out to do the same",
  });
}
