import { InputError } from "../../traces/input-error.ts";
import { MAX_CPUS, type Topology, type TopologyCpu } from "./topology.ts";

/**
 * Reads a chip from the text of a JSON file: `{"name": "...", "cpus": [{"core": 0, "llc": 0, "node": 0}, ...]}` with the
 * fields of Topology. Time and memory are bounded by the text's length and MAX_CPUS.
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
      expected: 'an object {"name": ..., "cpus": [...]}',
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
  if (!Array.isArray(top.cpus)) {
    throw new InputError("no list of CPUs", { file, field: "cpus", found: top.cpus, expected: "an array" });
  }
  if (top.cpus.length < 1 || top.cpus.length > MAX_CPUS) {
    throw new InputError("wrong number of CPUs", {
      file,
      field: "cpus",
      found: top.cpus.length,
      expected: `1 to ${MAX_CPUS}`,
    });
  }
  const cpus = top.cpus.map((cpu, i) => parseCpu(cpu, file, `cpus[${i}]`));
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
  const topology: Topology = { name, cpus };
  if (top.numaDistance !== undefined) topology.numaDistance = parseDistances(top.numaDistance, cpus, file);
  if (top.hardware !== undefined) topology.hardware = parseHardware(top.hardware, file);
  return topology;
}

function parseCpu(value: unknown, file: string, field: string): TopologyCpu {
  const cpu = object(value, file, field);
  const result: TopologyCpu = {
    core: index(cpu.core, file, `${field}.core`),
    llc: index(cpu.llc, file, `${field}.llc`),
    node: index(cpu.node ?? 0, file, `${field}.node`),
  };
  if (cpu.cluster !== undefined) result.cluster = index(cpu.cluster, file, `${field}.cluster`);
  if (cpu.package !== undefined) result.package = index(cpu.package, file, `${field}.package`);
  return result;
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

function parseDistances(value: unknown, cpus: readonly TopologyCpu[], file: string): number[][] {
  const nodes = new Set(cpus.map((cpu) => cpu.node)).size;
  const field = "numaDistance";
  if (!Array.isArray(value) || value.length !== nodes) {
    throw new InputError("wrong table of node distances", {
      file,
      field,
      found: Array.isArray(value) ? `${value.length} rows` : value,
      expected: `${nodes} rows, one per node`,
    });
  }
  const table = value.map((row, i) => {
    if (!Array.isArray(row) || row.length !== nodes) {
      throw new InputError("wrong row of node distances", {
        file,
        field: `${field}[${i}]`,
        found: Array.isArray(row) ? `${row.length} entries` : row,
        expected: `${nodes} entries`,
      });
    }
    return row.map((x, j) => {
      const where = `${field}[${i}][${j}]`;
      const distance = index(x, file, where);
      if (i === j ? distance !== 10 : distance <= 10 || distance > 255) {
        throw new InputError("impossible node distance", {
          file,
          field: where,
          found: distance,
          expected: i === j ? "10, a node to itself" : "11 to 255",
        });
      }
      return distance;
    });
  });
  for (let i = 0; i < nodes; i++) {
    for (let j = 0; j < i; j++) {
      if (table[i]![j] !== table[j]![i]) {
        throw new InputError("node distances are not symmetric", {
          file,
          field: `${field}[${i}][${j}]`,
          found: table[i]![j],
          expected: String(table[j]![i]),
        });
      }
    }
  }
  return table;
}

function parseHardware(value: unknown, file: string): NonNullable<Topology["hardware"]> {
  const hardware = object(value, file, "hardware");
  const result: NonNullable<Topology["hardware"]> = {};
  if (hardware.cpus !== undefined) result.cpus = positive(hardware.cpus, file, "hardware.cpus");
  if (hardware.levelWeight !== undefined) {
    const weights = object(hardware.levelWeight, file, "hardware.levelWeight");
    result.levelWeight = Object.fromEntries(
      Object.entries(weights).map(([k, v]) => [k, positive(v, file, `hardware.levelWeight.${k}`)]),
    );
  }
  return result;
}

function object(value: unknown, file: string, field: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new InputError("not an object", {
    file,
    ...(field === "" ? {} : { field }),
    found: Array.isArray(value) ? "an array" : value,
    expected: "an object",
  });
}

function index(value: unknown, file: string, field: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new InputError("not a number of a part", { file, field, found: value, expected: "an integer >= 0" });
}

function positive(value: unknown, file: string, field: string): number {
  const number = index(value, file, field);
  if (number >= 1 && number <= 1_000_000) return number;
  throw new InputError("out of range", { file, field, found: number, expected: "1 to 1000000" });
}
