import { InputError } from "../../../traces/input-error.ts";
import { MAX_CPUS, type Topology } from "../topology.ts";
import { assemble, type FoundCpu } from "./assemble.ts";
import { parseCpuList } from "./cpu-list.ts";

/**
 * `lscpu` and `lscpu -J` without -e: how many of each part there are, and the CPUs of each node. Which CPUs share a core or
 * a cache is not in it; it is taken from the counts as Linux numbers CPUs on most servers and desktops: first the first
 * threads of all cores of a node, core by core, then the second ones.
 */

/** Members of "lscpu" may have "children"; deeper than this is none of lscpu. */
const MAX_DEPTH = 8;

/** {"lscpu": [{"field": "CPU(s):", "data": "8", "children": [...]}]} */
export function lscpuJsonSummary(list: readonly unknown[], file: string): Topology {
  const fields = new Map<string, string>();
  const collect = (items: readonly unknown[], depth: number) => {
    if (depth > MAX_DEPTH) fail(file, "lscpu", `more than ${MAX_DEPTH} levels`, "fields with children");
    for (const item of items) {
      if (typeof item !== "object" || item === null) fail(file, "lscpu", item, "objects with field and data");
      const { field, data, children } = item as Record<string, unknown>;
      if (typeof field === "string" && (typeof data === "string" || typeof data === "number"))
        set(fields, field, String(data));
      if (Array.isArray(children)) collect(children, depth + 1);
    }
  };
  collect(list, 0);
  return chipOf(fields, file);
}

/** "CPU(s):    8", line by line. */
export function lscpuText(text: string, file: string): Topology {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*([^:]{1,60}):\s*(.*?)\s*$/.exec(line);
    if (match) set(fields, match[1], match[2]);
  }
  return chipOf(fields, file);
}

/** The first of several with one name counts. */
function set(fields: Map<string, string>, field: string, data: string): void {
  const name = field.trim().replace(/:$/, "");
  if (!fields.has(name)) fields.set(name, data);
}

function chipOf(fields: ReadonlyMap<string, string>, file: string): Topology {
  const notes: string[] = [];
  const online = onlineCpus(fields, file);
  const threads = count(fields, "Thread(s) per core") ?? 1;
  const cpus = new Map<number, FoundCpu>();
  const perNode = nodesOf(fields, online, file);
  const cores: FoundCpu[][] = [];
  for (const [node, list] of perNode) {
    const whole = list.length % threads === 0;
    if (!whole)
      notes.push(
        `node ${node} has ${list.length} CPUs, no multiple of ${threads} threads: each taken for a core`,
      );
    const nrCores = whole ? list.length / threads : list.length;
    for (let core = 0; core < nrCores; core++) {
      const members: FoundCpu[] = [];
      for (let i = core; i < list.length; i += nrCores)
        members.push({ id: list[i], core: String(cores.length), node });
      for (const cpu of members) cpus.set(cpu.id, cpu);
      cores.push(members);
    }
  }
  if (threads > 1) notes.push(`lscpu does not say which CPUs share a core: ${pairs(cores)} taken to`);
  share(cores, count(fields, "Socket(s)"), (cpu, i) => {
    cpu.package = String(i);
  });
  const caches = instances(fields);
  const exact = share(cores, caches, (cpu, i) => {
    cpu.llc = String(i);
  });
  if (caches !== undefined && !exact)
    notes.push(`${cores.length} cores cannot share ${caches} last-level caches evenly`);
  else if (caches !== undefined && caches > 1 && caches < cores.length)
    notes.push(
      "lscpu does not say which CPUs share a last-level cache: cores in the order of their numbers taken to",
    );
  const family = count(fields, "CPU family");
  notes.push(
    "for what lscpu -J leaves out take `lscpu -J -e`, lstopo's XML or a copy of /sys/devices/system/cpu",
  );
  return assemble({
    file,
    name: fields.get("Model name") ?? file,
    cpus: [...cpus.values()],
    vendor: fields.get("Vendor ID"),
    family,
    notes,
  });
}

/** "0+4, 1+5, ..." */
function pairs(cores: readonly FoundCpu[][]): string {
  const shown = cores.slice(0, 2).map((cpus) => cpus.map((c) => c.id).join("+"));
  return cores.length > 2 ? `${shown.join(", ")}, ...` : shown.join(", ");
}

/** Gives `parts` equal shares of the cores, in their order; false where there is no equal share. */
function share(
  cores: readonly FoundCpu[][],
  parts: number | undefined,
  give: (cpu: FoundCpu, part: number) => void,
): boolean {
  if (parts === undefined || parts < 1 || cores.length % parts !== 0) return false;
  cores.forEach((cpus, i) => {
    for (const cpu of cpus) give(cpu, Math.floor(i / (cores.length / parts)));
  });
  return true;
}

function onlineCpus(fields: ReadonlyMap<string, string>, file: string): number[] {
  const list = fields.get("On-line CPU(s) list");
  if (list !== undefined) return parseCpuList(list, { file, field: "On-line CPU(s) list" });
  const number = count(fields, "CPU(s)");
  if (number === undefined || number < 1 || number > MAX_CPUS) {
    throw new InputError("lscpu without a number of CPUs", {
      file,
      field: "CPU(s)",
      found: fields.get("CPU(s)") ?? "nothing",
      expected: `1 to ${MAX_CPUS}`,
      hint: "lscpu translates its words: write LC_ALL=C lscpu -J",
    });
  }
  return Array.from({ length: number }, (_, cpu) => cpu);
}

/** The online CPUs of each node. */
function nodesOf(
  fields: ReadonlyMap<string, string>,
  online: readonly number[],
  file: string,
): [number, number[]][] {
  const nodes: [number, number[]][] = [];
  const there = new Set(online);
  const taken = new Set<number>();
  for (const [field, data] of fields) {
    const match = /^NUMA node(\d{1,4}) CPU\(s\)$/.exec(field);
    if (!match) continue;
    const list = parseCpuList(data === "-" ? "" : data, { file, field }).filter((cpu) => there.has(cpu));
    for (const cpu of list) {
      if (taken.has(cpu)) fail(file, field, cpu, "each CPU in one node");
      taken.add(cpu);
    }
    if (list.length > 0) nodes.push([Number(match[1]), list]);
  }
  const rest = online.filter((cpu) => !taken.has(cpu));
  if (rest.length > 0 && nodes.length > 0)
    fail(file, "NUMA node CPU(s)", rest[0], "each online CPU in a node");
  return nodes.length === 0 ? [[0, [...online]]] : nodes.sort(([a], [b]) => a - b);
}

/** "32 MiB (4 instances)" of the highest cache; versions before util-linux 2.37 do not say. */
function instances(fields: ReadonlyMap<string, string>): number | undefined {
  for (const level of ["L4", "L3", "L2"]) {
    const data = fields.get(`${level} cache`) ?? fields.get(level);
    if (data === undefined) continue;
    const match = /\((\d{1,5}) instances?\)/.exec(data);
    return match ? Number(match[1]) : undefined;
  }
  return undefined;
}

function count(fields: ReadonlyMap<string, string>, field: string): number | undefined {
  const text = fields.get(field);
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}

function fail(file: string, field: string, found: unknown, expected: string): never {
  throw new InputError("not what lscpu writes", { file, field, found, expected });
}
