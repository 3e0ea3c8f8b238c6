import type { MoveKind } from "../traces/timelines/history-listener.ts";
import { type Metric, RUN_TIME } from "./metrics.ts";

/** What is counted of a part of a schedule. Tallies of parts add up to that of the whole. */
export class ScheduleTally {
  /** By CPU, ns: had by tasks, and waited for it in its queue. */
  readonly cpuNs: number[] = [];
  readonly queueNs: number[] = [];
  /** CPU time of tasks by name, ns. */
  readonly nameNs = new Map<string, number>();
  readonly moves: Record<MoveKind, number> = { wakeup: 0, balance: 0, active: 0 };
  readonly placed = { before: 0, waker: 0, elsewhere: 0 };
  switches = 0;
  wakeups = 0;
  forks = 0;

  add(other: ScheduleTally): void {
    addAt(this.cpuNs, other.cpuNs);
    addAt(this.queueNs, other.queueNs);
    for (const [name, ns] of other.nameNs) this.ran(name, ns);
    for (const kind of ["wakeup", "balance", "active"] as const) this.moves[kind] += other.moves[kind];
    for (const where of ["before", "waker", "elsewhere"] as const) this.placed[where] += other.placed[where];
    this.switches += other.switches;
    this.wakeups += other.wakeups;
    this.forks += other.forks;
  }

  ran(name: string, ns: number): void {
    this.nameNs.set(name, (this.nameNs.get(name) ?? 0) + ns);
  }

  cpuTime(): number {
    return this.cpuNs.reduce((sum, ns) => sum + (ns ?? 0), 0);
  }
}

/** The sum of some tallies. */
export function sumOf(tallies: readonly ScheduleTally[]): ScheduleTally {
  const sum = new ScheduleTally();
  for (const tally of tallies) sum.add(tally);
  return sum;
}

function addAt(to: number[], from: readonly number[]): void {
  from.forEach((x, i) => {
    to[i] = (to[i] ?? 0) + x;
  });
}

/** The metrics of what was tallied in `seconds` on `cpus` CPUs, those of CPU time for these names. */
export function tallyMetrics(
  tally: ScheduleTally,
  seconds: number,
  cpus: number,
  names: readonly string[],
): Metric[] {
  const all = tally.cpuTime();
  const rate = (name: string, n: number): Metric => ({
    ...{ name, family: "rate", value: n / seconds },
    events: n,
  });
  const bySwitches =
    (family: Metric["family"]) =>
    (name: string, value: number): Metric => ({ name, family, value, events: tally.switches });
  const [time, cpuTime, load, queue] = (["time", "cpuTime", "load", "queue"] as const).map(bySwitches);
  const { before, waker, elsewhere } = tally.placed;
  const placed = before + waker + elsewhere;
  const placement = (name: string, n: number): Metric => ({
    ...{ name, family: "share", value: placed === 0 ? 0 : (100 * n) / placed },
    events: placed,
  });
  const perCpu = Array.from({ length: cpus }, (_, cpu) => ({
    busy: (tally.cpuNs[cpu] ?? 0) / 1e9 / seconds,
    queue: ((tally.cpuNs[cpu] ?? 0) + (tally.queueNs[cpu] ?? 0)) / 1e9 / seconds,
  }));
  const busy = perCpu.map((each) => 100 * each.busy).sort((a, b) => a - b);
  const queues = perCpu.map((each) => each.queue).sort((a, b) => a - b);
  const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / cpus;
  const waited = tally.queueNs.reduce((sum, ns) => sum + (ns ?? 0), 0);
  return [
    time!(RUN_TIME, all / 1e9 / seconds),
    time!(WAITED, waited / 1e9 / seconds),
    ...names.map((name) =>
      cpuTime!(`${name}, CPU time %`, all === 0 ? 0 : (100 * (tally.nameNs.get(name) ?? 0)) / all),
    ),
    rate("switches/s", tally.switches),
    rate("wake-ups/s", tally.wakeups),
    rate("forks/s", tally.forks),
    placement("woken where it ran %", before),
    placement("woken to its waker %", waker),
    placement("woken elsewhere %", elsewhere),
    rate("moves at wake-up/s", tally.moves.wakeup),
    rate(BALANCE_MOVES, tally.moves.balance),
    rate("moves by stoppers/s", tally.moves.active),
    load!(BUSY_MEAN, mean(busy)),
    load!("CPUs busy, least %", busy[0] ?? 0),
    load!("CPUs busy, most %", busy.at(-1) ?? 0),
    queue!("queue length, mean", mean(queues)),
    queue!("queue length, longest", queues.at(-1) ?? 0),
  ];
}

/** Metrics that say whether a control can be found out (control.ts). */
export const BALANCE_MOVES = "moves by balancing/s";
export const WAITED = "wait s/s";
export const BUSY_MEAN = "CPUs busy, mean %";
