import { InputError } from "../../../traces/input-error.ts";
import { MAX_CPU_NUMBER, type Topology } from "../topology.ts";
import { assemble, type FoundCpu, type FoundMachine } from "./assemble.ts";
import { type Place, parseCpuList } from "./cpu-list.ts";

/**
 * A copy of /sys/devices/system/cpu, with /sys/devices/system/node beside or in it where there is one: what the running
 * kernel tells of its CPUs. Everything that a chip needs is in it.
 */
export interface SysfsTree {
  /** Where the copy lies, for complaints. */
  readonly name: string;
  /** Names in a folder, given by its path from the folder that holds cpu0; none where there is none. */
  list(folder: string): readonly string[];
  /** The text of a file; undefined where there is none. */
  read(path: string): string | undefined;
}

/** Caches of a CPU are index0, index1, ...: at most so many are looked at. */
const MAX_CACHES = 16;

export function sysfsChip(tree: SysfsTree): Topology {
  const notes: string[] = [];
  const nodes = nodesOf(tree);
  const nodeByCpu = new Map<number, number>();
  for (const { node, cpus } of nodes) for (const cpu of cpus) nodeByCpu.set(cpu, node);
  const cpus: FoundCpu[] = [];
  let blind = 0;
  for (const id of onlineCpus(tree)) {
    const cpu = cpuOf(tree, id);
    if (!cpu.told) blind++;
    const node = nodeByCpu.get(id) ?? nodeLink(tree, id);
    cpus.push({ ...cpu.found, ...(node === undefined ? {} : { node }) });
  }
  if (cpus.length > 0 && blind === cpus.length) {
    throw new InputError("no CPU of this copy says what it is made of", {
      file: tree.name,
      expected: "files such as cpu0/topology/core_id",
      hint: "Copy with `cp -rL` or `tar`, as root if need be",
    });
  }
  if (blind > 0) notes.push(`${blind} CPUs have no folder topology: each taken for a core of its own`);
  const machine: FoundMachine = { file: tree.name, name: tree.name, cpus, ...identity(tree), notes };
  const distances = distancesOf(tree, nodes);
  if (distances !== undefined) machine.distances = distances;
  return assemble(machine);
}

/** /sys/devices/system/cpu/online; where it is missing, the CPUs that have a folder and do not say 0 in cpuN/online. */
function onlineCpus(tree: SysfsTree): number[] {
  const online = tree.read("online");
  if (online !== undefined) return parseCpuList(online, { file: tree.name, field: "online" });
  return numbered(tree.list("."), "cpu").filter((cpu) => tree.read(`cpu${cpu}/online`)?.trim() !== "0");
}

/** N of the names "prefixN", ascending. */
function numbered(names: readonly string[], prefix: string): number[] {
  return names
    .flatMap((name) => {
      const match = name.startsWith(prefix) && /^\d{1,5}$/.exec(name.slice(prefix.length));
      return match ? [Number(match[0])] : [];
    })
    .filter((n) => n <= MAX_CPU_NUMBER)
    .sort((a, b) => a - b);
}

function cpuOf(tree: SysfsTree, id: number): { found: FoundCpu; told: boolean } {
  const topology = (file: string) => tree.read(`cpu${id}/topology/${file}`)?.trim();
  // thread_siblings_list is the older name
  const threads = topology("core_cpus_list") ?? topology("thread_siblings_list");
  const coreId = topology("core_id");
  const pack = topology("physical_package_id");
  const die = topology("die_id") ?? "";
  const first =
    threads === undefined
      ? undefined
      : firstOf(threads, { file: tree.name, field: `cpu${id}/topology/core_cpus_list` });
  const found: FoundCpu = {
    id,
    core:
      first !== undefined ? `cpu ${first}` : coreId !== undefined ? `${pack}/${die}/${coreId}` : `cpu ${id}`,
  };
  if (pack !== undefined && pack !== "-1") found.package = pack;
  let highest = 0;
  for (const index of numbered(tree.list(`cpu${id}/cache`), "index").slice(0, MAX_CACHES)) {
    const cache = (file: string) => tree.read(`cpu${id}/cache/index${index}/${file}`)?.trim();
    const level = Number(cache("level"));
    const list = cache("shared_cpu_list");
    if (cache("type") === "Instruction" || !Number.isInteger(level) || list === undefined) continue;
    const key = `L${level} of cpu ${firstOf(list, { file: tree.name, field: `cpu${id}/cache/index${index}/shared_cpu_list` })}`;
    if (level === 2) found.l2 = key;
    if (level >= highest) {
      highest = level;
      found.llc = key;
    }
  }
  return { found, told: threads !== undefined || coreId !== undefined };
}

function firstOf(list: string, place: Place): number | undefined {
  return parseCpuList(list, place)[0];
}

/** cpuN/nodeM, a link that a copy may keep without its aim. */
const nodeLink = (tree: SysfsTree, cpu: number): number | undefined =>
  numbered(tree.list(`cpu${cpu}`), "node")[0];

/** Folders in which a copy may have the nodes: in place, beside the CPUs, or among them. */
const NODE_FOLDERS = ["../node", "node", "."];

interface FoundNode {
  node: number;
  folder: string;
  cpus: number[];
}

function nodesOf(tree: SysfsTree): FoundNode[] {
  for (const parent of NODE_FOLDERS) {
    const found = numbered(tree.list(parent), "node").flatMap((node): FoundNode[] => {
      const folder = parent === "." ? `node${node}` : `${parent}/node${node}`;
      const list = tree.read(`${folder}/cpulist`);
      if (list === undefined) return [];
      return [{ node, folder, cpus: parseCpuList(list, { file: tree.name, field: `node${node}/cpulist` }) }];
    });
    if (found.length > 0) return found;
  }
  return [];
}

/** nodeN/distance: a row of the table, the online nodes in ascending order. */
function distancesOf(
  tree: SysfsTree,
  found: readonly FoundNode[],
): { nodes: number[]; table: number[][] } | undefined {
  const nodes = found.map(({ node }) => node);
  const table: number[][] = [];
  for (const { node, folder } of found) {
    const text = tree.read(`${folder}/distance`);
    if (text === undefined) return undefined;
    const row = text.trim().split(/\s+/).map(Number);
    if (row.length !== nodes.length || !row.every((d) => Number.isInteger(d) && d >= 0)) {
      throw new InputError("wrong row of node distances", {
        file: tree.name,
        field: `node${node}/distance`,
        found: text.trim(),
        expected: `${nodes.length} integers, one per node`,
      });
    }
    table.push(row);
  }
  return { nodes, table };
}

/** modalias of x86: cpu:type:x86,ven0002fam0019mod0011:feature:... */
function identity(tree: SysfsTree): { vendor?: string; family?: number } {
  const match = /^cpu:type:x86,ven([0-9A-F]{4})fam([0-9A-F]{4})mod/.exec(tree.read("modalias") ?? "");
  if (!match) return {};
  // X86_VENDOR_AMD (arch/x86/include/asm/processor.h)
  return { vendor: match[1] === "0002" ? "AuthenticAMD" : "other", family: Number.parseInt(match[2], 16) };
}
