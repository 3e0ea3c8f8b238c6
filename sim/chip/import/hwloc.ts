import { SaxesParser } from "saxes";
import { InputError } from "../../../traces/input-error.ts";
import type { Topology } from "../topology.ts";
import { assemble, type FoundCpu, type FoundMachine } from "./assemble.ts";
import { parseBitmap } from "./cpu-list.ts";

/**
 * The XML of hwloc (`lstopo --of xml`), of its versions 1.11 and 2: <object>s within each other, of which a CPU (PU) lies in
 * its core, its caches and its package. A node is around its CPUs in version 1 and beside them, with a set of CPUs, in
 * version 2. Distances stand in <distances> and <distances2>. The text is read in one pass, without a tree; entities of its
 * own are refused by the parser.
 */

/** hwloc's trees have a dozen levels. */
const MAX_DEPTH = 64;

/** An <object> that is open. `key` is its place in the text, as a name for it. */
interface Part {
  type: string;
  key: string;
  node?: number;
}

interface Node {
  os: number;
  gp: number;
  cpus: ReadonlySet<number>;
  /** High-bandwidth memory beside the node that the CPUs belong to. */
  special: boolean;
}

/** A table of distances, as numbers come in. */
interface Distances {
  indexing: string;
  latency: boolean;
  indexes: number[];
  values: number[];
}

export function hwlocChip(text: string, file: string): Topology {
  const reader = new Reader(file);
  reader.read(text);
  return reader.chip();
}

class Reader {
  private readonly file: string;
  private readonly parser = new SaxesParser();
  private readonly open: string[] = [];
  private readonly parts: Part[] = [];
  private readonly cpus: (FoundCpu & { numaParent?: number })[] = [];
  private readonly nodes: Node[] = [];
  private readonly tables: Distances[] = [];
  private readonly kinds = new Set<string>();
  private readonly infos = new Map<string, string>();
  private objects = 0;
  private complete = 0;
  private words = "";

  constructor(file: string) {
    this.file = file;
  }

  read(text: string): void {
    const { parser } = this;
    parser.on("error", (error) => {
      this.fail("not XML", { found: error.message.replace(/^\d+:\d+: /, ""), expected: "the XML of lstopo" });
    });
    parser.on("opentag", ({ name, attributes }) => this.opened(name, attributes));
    parser.on("closetag", ({ name }) => this.closed(name));
    parser.on("text", (t) => {
      if (this.words.length < 1 << 24) this.words += t;
    });
    parser.write(text.replace(/^\uFEFF/, "")).close();
  }

  chip(): Topology {
    const { cpus, file, infos } = this;
    if (cpus.length === 0)
      throw new InputError("no CPUs in this topology", {
        file,
        expected: '<object type="PU" os_index="0" ...>',
      });
    const notes: string[] = [];
    for (const cpu of cpus) cpu.node = cpu.numaParent ?? this.nodeOf(cpu.id);
    if (this.nodes.length === 0) for (const cpu of cpus) cpu.node = 0;
    const special = this.nodes.filter((node) => node.special).length;
    if (special > 0) notes.push(`${special} nodes of high-bandwidth memory: CPUs belong to the others`);
    if (this.complete > cpus.length)
      notes.push(
        `the machine has ${this.complete} CPUs, of which lstopo saw ${cpus.length}: the others are offline or were not allowed to it`,
      );
    const machine: FoundMachine = {
      file,
      name: (infos.get("CPUModel") ?? file).replace(/\s+/g, " ").trim(),
      cpus,
      vendor: infos.get("CPUVendor"),
      family: Number(infos.get("CPUFamilyNumber") ?? Number.NaN),
      hybrid: this.kinds.size > 1,
      notes,
    };
    const distances = this.distances();
    if (distances !== undefined) machine.distances = distances;
    return assemble(machine);
  }

  private opened(name: string, attributes: Record<string, string>): void {
    if (this.open.length === 0 && name !== "topology")
      this.fail("not the XML of hwloc", { found: `<${name}>`, expected: "<topology>" });
    if (this.open.push(name) > MAX_DEPTH)
      this.fail("not the XML of hwloc", { expected: `at most ${MAX_DEPTH} levels` });
    this.words = "";
    switch (name) {
      case "object":
        this.object(attributes);
        break;
      case "info":
        this.info(attributes.name ?? "", attributes.value ?? "");
        break;
      case "distances2":
        this.tables.push({
          indexing: attributes.type === "NUMANode" ? (attributes.indexing ?? "os") : "none",
          latency: (Number(attributes.kind) & 4) !== 0,
          indexes: [],
          values: [],
        });
        break;
      case "distances":
        this.tables.push({ indexing: "order", latency: true, indexes: [], values: [] });
        this.base = Number(attributes.latency_base ?? 1);
        break;
      case "latency":
        this.tables.at(-1)?.values.push(Math.round(Number(attributes.value) * this.base));
        break;
    }
  }

  /** What a latency of version 1 is multiplied with. */
  private base = 1;

  private closed(name: string): void {
    this.open.pop();
    if (name === "object") this.parts.pop();
    const table = this.tables.at(-1);
    if (name === "indexes") table?.indexes.push(...this.numbers());
    else if (name === "u64values") table?.values.push(...this.numbers());
    this.words = "";
  }

  private object(attributes: Record<string, string>): void {
    const type = attributes.type ?? "";
    const part: Part = { type, key: String(this.objects++) };
    if (type === "Cache") part.type = `L${attributes.depth}${attributes.cache_type === "2" ? "i" : ""}Cache`;
    this.parts.push(part);
    if (type === "Machine" && attributes.complete_cpuset !== undefined)
      this.complete = this.bitmap(attributes.complete_cpuset, "complete_cpuset").length;
    if (type === "NUMANode") {
      part.node = this.osIndex(attributes);
      this.nodes.push({
        os: part.node,
        gp: Number(attributes.gp_index ?? -1),
        cpus: new Set(this.bitmap(attributes.cpuset ?? "", "cpuset")),
        special: /^(MCDRAM|HBM)$/i.test(attributes.subtype ?? ""),
      });
    }
    if (type === "PU") this.cpu(attributes);
  }

  private cpu(attributes: Record<string, string>): void {
    if (
      attributes.online_cpuset !== undefined &&
      this.bitmap(attributes.online_cpuset, "online_cpuset").length === 0
    )
      return;
    const id = this.osIndex(attributes);
    const around = (fits: (p: Part) => boolean) => this.parts.findLast(fits);
    const core = around((p) => p.type === "Core");
    const pack = around((p) => p.type === "Package" || p.type === "Socket");
    const l2 = around((p) => p.type === "L2Cache");
    const llc = this.parts.find((p) => /^L\dCache$/.test(p.type));
    const node = around((p) => p.node !== undefined);
    this.cpus.push({
      id,
      core: core === undefined ? `cpu ${id}` : core.key,
      ...(pack === undefined ? {} : { package: pack.key }),
      ...(l2 === undefined ? {} : { l2: l2.key }),
      ...(llc === undefined ? {} : { llc: llc.key }),
      ...(node === undefined ? {} : { numaParent: node.node }),
    });
  }

  private info(name: string, value: string): void {
    if (this.open.at(-2) === "cpukind") {
      if (name === "CoreType") this.kinds.add(value);
    } else if (/^CPU(Vendor|FamilyNumber|Model)$/.test(name) && !this.infos.has(name))
      this.infos.set(name, value);
  }

  /** The node of version 2 that lies closest around the CPU: the first of the smallest. */
  private nodeOf(cpu: number): number | undefined {
    let best: Node | undefined;
    for (const node of this.nodes)
      if (!node.special && node.cpus.has(cpu) && (best === undefined || node.cpus.size < best.cpus.size))
        best = node;
    return best?.os;
  }

  private distances(): { nodes: number[]; table: number[][] } | undefined {
    const n = this.nodes.length;
    for (const { indexing, latency, indexes, values } of this.tables) {
      const nodes =
        indexing === "order"
          ? this.nodes.map(({ os }) => os)
          : indexing === "gp"
            ? indexes.map((gp) => this.nodes.find((node) => node.gp === gp)?.os ?? -1)
            : indexes;
      if (indexing === "none" || !latency || nodes.length !== n || values.length !== n * n) continue;
      return { nodes, table: nodes.map((_, a) => values.slice(a * n, (a + 1) * n)) };
    }
    return undefined;
  }

  private numbers(): number[] {
    const words = this.words.trim().split(/\s+/);
    return words[0] === "" ? [] : words.map(Number);
  }

  private osIndex(attributes: Record<string, string>): number {
    const { type, os_index: text } = attributes;
    if (text === undefined || !/^\d{1,6}$/.test(text))
      this.fail(`${type} without a number`, {
        field: "os_index",
        found: text ?? "nothing",
        expected: "an integer from 0 on",
      });
    return Number(text);
  }

  private bitmap(text: string, field: string): number[] {
    return parseBitmap(text, { file: this.file, line: this.parser.line, field });
  }

  private fail(problem: string, details: { field?: string; found?: unknown; expected: string }): never {
    throw new InputError(problem, { file: this.file, line: this.parser.line, ...details });
  }
}
