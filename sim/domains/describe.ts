import { cpuNumbers, type Topology } from "../chip/topology.ts";
import type { CpuMask } from "../lib/cpumask.ts";
import { type SchedDomain, SD_FLAG_NAMES } from "../state/domain.ts";
import { CAPACITY_SCALE } from "../state/rq.ts";
import { buildDomains } from "./build-domains.ts";

/** The domains that CPUs of one class have at one level. CPUs by the kernel's numbers. */
export interface LevelDescription {
  /** SMT, CLS, MC, DIE, NODE or NUMA. */
  name: string;
  /** sd->level: degenerate levels are counted. */
  level: number;
  flags: number;
  /** The same as the kernel writes them, "0x917", and by name. */
  flagsHex: string;
  flagNames: string[];
  cacheNiceTries: number;
  imbalancePct: number;
  /** ms */
  minIntervalMs: number;
  maxIntervalMs: number;
  /** Capacity of all CPUs of a domain. */
  capacity: number;
  /** Imbalance in tasks that NUMA levels tolerate. */
  imbNumaNr: number;
  /** Each domain once, in the order of its first CPU: whose it is, what it spans, and its groups by their first CPU. */
  domains: { cpus: number[]; span: number[]; groups: number[][] }[];
}

/** CPUs whose domains have the same names, sizes and values, level by level. No levels: they balance with nobody. */
export interface CpuClass {
  cpus: number[];
  levels: LevelDescription[];
}

/** The scheduling domains of a chip, class by class in the order of their first CPUs. */
export function describeDomains(topology: Topology): CpuClass[] {
  const numbers = cpuNumbers(topology);
  const texts = new MaskTexts(numbers);
  const classes = new Map<string, ClassInMaking>();
  buildDomains(topology).forEach((lowest, cpu) => {
    const stack: SchedDomain[] = [];
    for (let sd = lowest; sd !== null; sd = sd.parent) stack.push(sd);
    const key = stack.map((sd) => signature(sd)).join(";");
    let found = classes.get(key);
    if (found === undefined) {
      found = new ClassInMaking(stack);
      classes.set(key, found);
    }
    found.add(numbers[cpu], stack, texts);
  });
  return [...classes.values()].map((c) => c.described);
}

/** Everything of a domain but which CPUs it has. */
function signature(sd: SchedDomain): string {
  const sizes = groupsOf(sd).map((span) => span.list().length);
  const values = [sd.name, sd.level, sd.flags, sd.spanWeight, sd.minInterval, sd.maxInterval];
  return [...values, sd.imbalancePct, sd.cacheNiceTries, sd.imbNumaNr, sizes.sort().join("+")].join(",");
}

function groupsOf(sd: SchedDomain): CpuMask[] {
  const spans: CpuMask[] = [];
  let group = sd.groups;
  do {
    spans.push(group.span);
    group = group.next;
  } while (group !== sd.groups);
  return spans;
}

class ClassInMaking {
  readonly described: CpuClass;
  /** Of each level: its domains by span and groups. */
  private readonly domains: Map<string, LevelDescription["domains"][number]>[];

  constructor(stack: readonly SchedDomain[]) {
    this.described = { cpus: [], levels: stack.map(levelOf) };
    this.domains = stack.map(() => new Map());
  }

  add(cpu: number, stack: readonly SchedDomain[], texts: MaskTexts): void {
    this.described.cpus.push(cpu);
    stack.forEach((sd, i) => {
      const groups = groupsOf(sd).sort((a, b) => a.first() - b.first());
      const key = [sd.span, ...groups].map((mask) => texts.of(mask)).join("|");
      let domain = this.domains[i].get(key);
      if (domain === undefined) {
        domain = {
          cpus: [],
          span: texts.numbersOf(sd.span),
          groups: groups.map((mask) => texts.numbersOf(mask)),
        };
        this.domains[i].set(key, domain);
        this.described.levels[i].domains.push(domain);
      }
      domain.cpus.push(cpu);
    });
  }
}

function levelOf(sd: SchedDomain): LevelDescription {
  return {
    name: sd.name,
    level: sd.level,
    flags: sd.flags,
    flagsHex: `0x${sd.flags.toString(16)}`,
    flagNames: SD_FLAG_NAMES.flatMap(([flag, name]) => ((sd.flags & flag) !== 0 ? [name] : [])),
    cacheNiceTries: sd.cacheNiceTries,
    imbalancePct: sd.imbalancePct,
    minIntervalMs: sd.minInterval,
    maxIntervalMs: sd.maxInterval,
    capacity: CAPACITY_SCALE * sd.spanWeight,
    imbNumaNr: sd.imbNumaNr,
    domains: [],
  };
}

/** Masks as numbers of the kernel and as keys, each made once: masks are shared. */
class MaskTexts {
  private readonly numbers: readonly number[];
  private readonly keys = new Map<CpuMask, string>();

  constructor(numbers: readonly number[]) {
    this.numbers = numbers;
  }

  of(mask: CpuMask): string {
    let key = this.keys.get(mask);
    if (key === undefined) {
      key = mask.words.join();
      this.keys.set(mask, key);
    }
    return key;
  }

  numbersOf(mask: CpuMask): number[] {
    return Array.from(mask.list(), (cpu) => this.numbers[cpu]);
  }
}
