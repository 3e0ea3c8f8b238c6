import type { Parameters } from "../parameters.ts";
import type { CpuView, PlaceQuery } from "./place.ts";
import type { Policy, PolicyFactory, PolicyHost } from "./policy.ts";

const parameter = (value: number, least: number, unit: string, about: string) => ({
  ...{ value, unit, about, min: least, max: 4096 },
});

/** Names, meaning and defaults are those of the paper. */
const PARAMETERS: Parameters = {
  pRemove: parameter(2, 0, "ticks", "an idle CPU leaves the primary nest after so long"),
  rMax: parameter(5, 0, "", "CPUs in the reserve nest at most"),
  rImpatient: parameter(2, 1, "", "wake-ups in a row to a taken CPU that make a task impatient"),
  sMax: parameter(2, 0, "ticks", "an idle CPU of the primary nest spins for so long"),
};

/** What is kept of a task: where it was placed last, and last twice in a row (-1: nowhere), and wake-ups in a row to a taken CPU. */
interface History {
  last: number;
  attached: number;
  misses: number;
}

/**
 * Nest (Lawall et al., "OS Scheduling with Nest: Keeping Tasks Close Together on Warm Cores", EuroSys 2022): tasks are placed on
 * few CPUs, which are kept warm.
 *
 *  N1. The primary nest has the CPUs in use, or used of late: placing looks for an idle one there first, from where the task was,
 *      its own die before others. The reserve nest has at most rMax CPUs that have left it or may yet enter it: they come next,
 *      always in the same order. Where neither has an idle one, CFS chooses; finds it none, any idle CPU of any die is taken.
 *  N2. What is taken from the reserve enters the primary nest; what CFS has chosen enters the reserve, if there is room.
 *  N3. An idle CPU leaves the primary nest for the reserve (without room, altogether) after pRemove ticks, looked at when the
 *      next task is placed, and at once where a task ended on it.
 *  N4. A task that wakes up rImpatient times in a row to find its CPU taken is impatient: it looks outside the primary nest, which
 *      what it finds enters.
 *  N5. A CPU of the primary nest that goes idle spins for sMax ticks, so that its clock stays up.
 *
 * Left out: races between CPUs that place at once, and that a CPU stops spinning when its SMT sibling has work (their core is busy
 * then). CPUs are threads of cores, as in the paper. Who executes a programme stays where it is, unless others wait there.
 */
export const nest: PolicyFactory = Object.assign((host: PolicyHost) => new Nest(host).policy, {
  parameters: PARAMETERS,
});

class Nest {
  private readonly primary = new Set<number>();
  private readonly reserve = new Set<number>();
  private readonly histories = new Map<number, History>();
  /** By CPU: all CPUs from it on, its die before others. */
  private readonly orders = new Map<number, readonly number[]>();
  private readonly host: PolicyHost;

  readonly policy: Policy = {
    name: "nest",
    place: (query) => this.place(query),
    idle: ({ cpu, exited }) => {
      if (exited) this.demote(cpu);
      return this.primary.has(cpu) ? this.ticks("sMax") : 0;
    },
  };

  constructor(host: PolicyHost) {
    this.host = host;
  }

  private ticks(parameter: string): number {
    return this.host.parameters[parameter] * Math.floor(1e9 / this.host.tunables.hz);
  }

  private place(query: PlaceQuery): number {
    const { prevCpu, reason, task, now } = query;
    const prev = query.cpu(prevCpu);
    if (reason === "exec" && prev.nrRunning <= 1) return prevCpu;
    for (const cpu of this.primary) {
      const { idleSince } = query.cpu(cpu);
      if (idleSince >= 0 && now - idleSince >= this.ticks("pRemove")) this.demote(cpu);
    }
    const history = this.histories.get(task.pid) ?? { last: -1, attached: -1, misses: 0 };
    this.histories.set(task.pid, history);
    if (reason === "wakeup") history.misses = prev.idle ? 0 : history.misses + 1;
    const impatient = history.misses >= this.host.parameters.rImpatient;
    if (impatient) history.misses = 0;
    const cpu = this.choose(query, history.attached, impatient);
    if (cpu === history.last) history.attached = cpu;
    history.last = cpu;
    return cpu;
  }

  private choose(query: PlaceQuery, attached: number, impatient: boolean): number {
    const free = (cpu: number) => query.allowed(cpu) && query.cpu(cpu).idle;
    const order = this.orderFrom(query.cpu(query.prevCpu), query.cpus);
    if (!impatient) {
      const isFree = (cpu: number) => this.primary.has(cpu) && free(cpu);
      if (isFree(attached)) return attached;
      const found = this.primary.size > 0 ? order.find(isFree) : undefined;
      if (found !== undefined) return found;
    }
    const die = dieOf(query.cpu(query.prevCpu));
    const spare = [...this.reserve].filter(free).sort((a, b) => a - b);
    const taken = spare.find((cpu) => die.includes(cpu)) ?? spare[0];
    if (taken !== undefined) return this.enter(this.primary, taken);
    const stock = query.stock();
    const cpu = free(stock) ? stock : order.find(free);
    return cpu === undefined ? stock : this.enter(impatient ? this.primary : this.reserve, cpu);
  }

  private demote(cpu: number): void {
    if (this.primary.delete(cpu)) this.enter(this.reserve, cpu);
  }

  /** The CPU, which is in the nest from now on; where it is in the primary nest, or the reserve is full, it stays where it is. */
  private enter(nest: Set<number>, cpu: number): number {
    const full = nest === this.reserve && nest.size >= this.host.parameters.rMax;
    if (full || this.primary.has(cpu)) return cpu;
    this.reserve.delete(cpu);
    nest.add(cpu);
    return cpu;
  }

  private orderFrom(from: CpuView, cpus: readonly CpuView[]): readonly number[] {
    const known = this.orders.get(from.cpu);
    if (known) return known;
    const die = dieOf(from);
    const at = die.indexOf(from.cpu);
    const others = cpus.map(({ cpu }) => cpu).filter((cpu) => !die.includes(cpu));
    const order = [...die.slice(at), ...die.slice(0, at), ...others];
    this.orders.set(from.cpu, order);
    return order;
  }
}

/** The CPUs of its package: the largest domain within a node. */
const dieOf = ({ cpu, domains }: CpuView): readonly number[] =>
  domains.filter(({ level }) => level !== "NUMA").at(-1)?.cpus ?? [cpu];
