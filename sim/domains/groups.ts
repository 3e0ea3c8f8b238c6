import { CpuMask } from "../lib/cpumask.ts";
import { GroupSums } from "../state/cpu-snapshot.ts";
import { GroupCapacity, type SchedDomain, SchedGroup } from "../state/domain.ts";

/** The groups of a domain: a ring of its children's spans. */

/** One GroupSums per set of CPUs. */
export class SumsBySpan {
  private readonly known = new Map<string, GroupSums>();
  private readonly bySpan = new Map<CpuMask, GroupSums>();

  of(span: CpuMask): GroupSums {
    const found = this.bySpan.get(span);
    if (found !== undefined) return found;
    const sums = this.byContent(span);
    this.bySpan.set(span, sums);
    return sums;
  }

  private byContent(span: CpuMask): GroupSums {
    const key = span.words.join();
    let sums = this.known.get(key);
    if (sums === undefined) {
      sums = new GroupSums();
      this.known.set(key, sums);
    }
    return sums;
  }
}

/** build_sched_groups(): the children's spans, each group and its state shared by all domains over it (D1). */
export function buildGroups(
  sd: SchedDomain,
  cpu: number,
  peers: (SchedDomain | undefined)[],
  capacities: Map<number, GroupCapacity>,
  groups: Map<number, SchedGroup>,
  sums: SumsBySpan,
): void {
  const own = sd.child === null ? cpu : sd.child.span.first();
  const ring = groups.get(own);
  if (ring !== undefined) {
    // another CPU of the span has closed the ring already: enter it at the own group
    sd.groups = ring;
    return;
  }
  const built = new Ring(sd.span.bits);
  forEachWrap(sd.span, cpu, (i) => {
    if (built.covered.has(i)) return;
    const child = peers[i]!.child;
    const id = child === null ? i : child.span.first();
    const span = child === null ? CpuMask.of(sd.span.bits, [i]) : child.span;
    const sgc = new GroupCapacity(span, span);
    capacities.set(id, sgc);
    const group = new SchedGroup(span, sgc, sums.of(span));
    groups.set(id, group);
    built.add(group);
  });
  sd.groups = built.first!;
}

/** Calls `visit` with the CPUs of a mask, starting at `from` and wrapping around (for_each_cpu_wrap). */
export function forEachWrap(mask: CpuMask, from: number, visit: (cpu: number) => void): void {
  const cpus = mask.list();
  const at = cpus.findIndex((cpu) => cpu >= from);
  const start = Math.max(at, 0);
  for (let i = start; i < cpus.length; i++) visit(cpus[i]);
  for (let i = 0; i < start; i++) visit(cpus[i]);
}

/** A ring of groups under construction. */
export class Ring {
  readonly covered: CpuMask;
  first: SchedGroup | null = null;
  private last: SchedGroup | null = null;

  constructor(bits: number) {
    this.covered = new CpuMask(bits);
  }

  add(group: SchedGroup): void {
    this.covered.or(group.span);
    this.first ??= group;
    if (this.last !== null) this.last.next = group;
    this.last = group;
    group.next = this.first;
  }
}
