import type { TraceTable } from "../../traces/schema.ts";
import type { ExplorerCpu } from "./run.ts";

/** Levels of domains within a cache. */
const IN_CACHE = ["SMT", "CLS", "MC"];

/**
 * The CPUs of a machine as calls of can_migrate_task() tell them: two between which a task may move without leaving the core share
 * it, two of one MC domain share a cache, two of any domain but NUMA's a node. What no call tells is -1.
 */
export function cpusOfCalls({ numeric, text, rows }: TraceTable): ExplorerCpu[] {
  const { src_cpu: src, dst_cpu: dst, sd_share_capacity: shared } = numeric;
  const [cores, caches, nodes] = [new Circles(), new Circles(), new Circles()];
  for (let i = 0; i < rows; i++) {
    const [a, b] = [src[i], dst[i]];
    if (!(a >= 0 && b >= 0)) continue;
    const level = text.sd_level[i];
    if (shared[i] === 1) cores.join(a, b);
    if (IN_CACHE.includes(level)) caches.join(a, b);
    if (level !== "" && !level.startsWith("NUMA") && level !== "NODE") nodes.join(a, b);
    for (const cpu of [a, b]) for (const circles of [cores, caches, nodes]) circles.join(cpu, cpu);
  }
  const [core, llc, node] = [cores, caches, nodes].map((circles) => circles.numbers());
  return [...core.keys()].map((number) => ({
    ...{ number, core: core.get(number)!, llc: llc.get(number)!, node: node.get(number)! },
  }));
}

/** CPUs that belong together. */
class Circles {
  /** Leads from each CPU towards the least one of its circle. */
  private readonly above = new Map<number, number>();

  join(a: number, b: number): void {
    const [x, y] = [this.leastOf(a), this.leastOf(b)];
    this.above.set(Math.max(x, y), Math.min(x, y));
  }

  /** The number of each CPU's circle, counted from 0, by CPU in ascending order; -1: it is alone. */
  numbers(): Map<number, number> {
    const cpus = [...this.above.keys()].sort((a, b) => a - b);
    const sizes = new Map<number, number>();
    for (const cpu of cpus) sizes.set(this.leastOf(cpu), (sizes.get(this.leastOf(cpu)) ?? 0) + 1);
    const circles = [...sizes].filter(([, size]) => size > 1).map(([least]) => least);
    return new Map(cpus.map((cpu) => [cpu, circles.indexOf(this.leastOf(cpu))]));
  }

  private leastOf(cpu: number): number {
    let at = cpu;
    for (;;) {
      const next = this.above.get(at);
      if (next === undefined) this.above.set(at, at);
      if (next === undefined || next === at) return at;
      at = next;
    }
  }
}
