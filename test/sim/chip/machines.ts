import { cpuListText } from "../../../sim/chip/import/cpu-list.ts";
import type { Topology } from "../../../sim/chip/topology.ts";
import { cpuNumbers } from "../../../sim/chip/topology.ts";

/** Writes a chip as the tools would that describe a machine: what the readers of sim/chip/import/ are to read back. */

/** CPUs by a key, each list ascending. */
function groupBy<T>(items: readonly T[], key: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

interface Cpu {
  id: number;
  core: number;
  llc: number;
  package: number;
  node: number;
}

const cpusOf = (topology: Topology): Cpu[] => {
  const numbers = cpuNumbers(topology);
  return topology.cpus.map((cpu, i) => ({ ...cpu, id: numbers[i], package: cpu.package ?? cpu.node }));
};

/** The files of /sys/devices/system, by path. */
export function sysfsFiles(topology: Topology): Map<string, string> {
  const cpus = cpusOf(topology);
  const files = new Map<string, string>();
  const list = (of: (cpu: Cpu) => number, cpu: Cpu) =>
    cpuListText(cpus.filter((other) => of(other) === of(cpu)).map(({ id }) => id));
  files.set("cpu/online", `${cpuListText(cpus.map(({ id }) => id))}\n`);
  for (const cpu of cpus) {
    const folder = `cpu/cpu${cpu.id}`;
    const file = (name: string, text: string | number) => files.set(`${folder}/${name}`, `${text}\n`);
    file("topology/physical_package_id", cpu.package);
    file("topology/core_id", cpu.core);
    file(
      "topology/core_cpus_list",
      list((c) => c.core, cpu),
    );
    const caches: [string, number, (c: Cpu) => number][] = [
      ["Data", 1, (c) => c.core],
      ["Instruction", 1, (c) => c.core],
      ["Unified", 2, (c) => c.core],
      ["Unified", 3, (c) => c.llc],
    ];
    caches.forEach(([type, level, of], i) => {
      file(`cache/index${i}/type`, type);
      file(`cache/index${i}/level`, level);
      file(`cache/index${i}/shared_cpu_list`, list(of, cpu));
    });
  }
  const nodes = [...groupBy(cpus, (c) => c.node)].sort(([a], [b]) => a - b);
  for (const [i, [node, members]] of nodes.entries()) {
    files.set(`node/node${node}/cpulist`, `${cpuListText(members.map(({ id }) => id))}\n`);
    const row = nodes.map((_, j) => topology.numaDistance?.[i]?.[j] ?? (i === j ? 10 : 20));
    files.set(`node/node${node}/distance`, `${row.join(" ")}\n`);
  }
  return files;
}

/** `lscpu -p`, offline CPUs left out. */
export function lscpuP(topology: Topology): string {
  const rows = cpusOf(topology).map((c) =>
    [c.id, c.core, c.package, c.node, "", c.core, c.core, c.core, c.llc].join(","),
  );
  return [
    "# The following is the parsable format",
    "# CPU,Core,Socket,Node,,L1d,L1i,L2,L3",
    ...rows,
    "",
  ].join("\n");
}

/** `lscpu -J -e`; `old`: as util-linux before 2.34 writes it, all in quotes. */
export function lscpuJsonE(topology: Topology, old: boolean): string {
  const cpus = cpusOf(topology);
  const last = Math.max(...cpus.map(({ id }) => id));
  const rows = Array.from({ length: last + 1 }, (_, id) => {
    const c = cpus.find((cpu) => cpu.id === id);
    if (c === undefined)
      return { cpu: id, node: null, socket: null, core: null, "l1d:l1i:l2:l3": "-", online: false };
    const caches = `${c.core}:${c.core}:${c.core}:${c.llc}`;
    return { cpu: id, node: c.node, socket: c.package, core: c.core, "l1d:l1i:l2:l3": caches, online: true };
  });
  const text = (value: unknown) =>
    value === null ? "-" : value === true ? "yes" : value === false ? "no" : String(value);
  const written = old
    ? rows.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, text(v)])))
    : rows;
  return JSON.stringify({ cpus: written }, null, 3);
}

/** `lscpu -e`, the table. */
export function lscpuE(topology: Topology): string {
  const { cpus } = JSON.parse(lscpuJsonE(topology, true)) as { cpus: Record<string, string>[] };
  const header = "CPU NODE SOCKET CORE L1d:L1i:L2:L3 ONLINE    MAXMHZ";
  return [header, ...cpus.map((row) => `${Object.values(row).join("  ")} 3000.0`), ""].join("\n");
}

/** The XML of lstopo: nodes beside their CPUs (version 2), or around them (version 1). */
export function lstopoXml(topology: Topology, version: 1 | 2): string {
  const cpus = cpusOf(topology);
  const mask = (list: readonly Cpu[]) => bitmap(list.map(({ id }) => id));
  const set = (list: readonly Cpu[]) => `cpuset="${mask(list)}"`;
  const core = (id: number, list: Cpu[]) =>
    `<object type="Core" os_index="${id}" ${set(list)}>${list
      .map((c) => `<object type="PU" os_index="${c.id}" ${set([c])}/>`)
      .join("")}</object>`;
  const cores = (list: Cpu[]) => [...groupBy(list, (c) => c.core)].map(([id, l]) => core(id, l)).join("\n");
  const l3 = version === 2 ? 'type="L3Cache"' : 'type="Cache" depth="3" cache_type="0"';
  const llcs = (list: Cpu[]) =>
    [...groupBy(list, (c) => c.llc)]
      .map(([, l]) => `<object ${l3} ${set(l)}>\n${cores(l)}</object>`)
      .join("\n");
  const node = (id: number, list: Cpu[]) =>
    version === 2
      ? `<object type="NUMANode" os_index="${id}" gp_index="${id + 70}" ${set(list)}/>\n${llcs(list)}`
      : `<object type="NUMANode" os_index="${id}" ${set(list)}>\n${llcs(list)}</object>`;
  const nodes = (list: Cpu[]) => [...groupBy(list, (c) => c.node)].map(([id, l]) => node(id, l)).join("\n");
  const packs = [...groupBy(cpus, (c) => c.package)]
    .map(
      ([id, l]) =>
        `<object type="${version === 2 ? "Package" : "Socket"}" os_index="${id}" ${set(l)}>\n${nodes(l)}</object>`,
    )
    .join("\n");
  const ids = [...new Set(cpus.map((c) => c.node))];
  const sorted = [...ids].sort((a, b) => a - b);
  const at = (a: number, b: number) =>
    topology.numaDistance?.[sorted.indexOf(a)]?.[sorted.indexOf(b)] ?? (a === b ? 10 : 20);
  const values = ids.flatMap((a) => ids.map((b) => at(a, b)));
  const distances2 = `<distances2 type="NUMANode" nbobjs="${ids.length}" kind="5" name="NUMALatency" indexing="os">
    <indexes length="9">${ids.join(" ")} </indexes><u64values length="9">${values.join(" ")} </u64values></distances2>`;
  const distances1 = `<distances nbobjs="${ids.length}" relative_depth="2" latency_base="10.000000">${values
    .map((v) => `<latency value="${(v / 10).toFixed(6)}"/>`)
    .join("")}</distances>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topology SYSTEM "hwloc${version === 2 ? "2" : ""}.dtd">
<topology${version === 2 ? ' version="2.0"' : ""}>
<object type="Machine" os_index="0" ${set(cpus)} complete_cpuset="${mask(cpus)}">
${version === 1 ? distances1 : ""}${packs}</object>
${version === 2 ? distances2 : ""}</topology>`;
}

/** As hwloc prints bitmaps: words of 32 bits, the highest first, empty ones left out between commas. */
function bitmap(bits: readonly number[]): string {
  const words = new Uint32Array(Math.max(...bits.map((bit) => (bit >> 5) + 1)));
  for (const bit of bits) words[bit >> 5] |= 1 << (bit & 31);
  return [...words]
    .reverse()
    .map((word, i) =>
      word === 0 && i > 0 && i < words.length - 1 ? "" : `0x${word.toString(16).padStart(8, "0")}`,
    )
    .join(",");
}
