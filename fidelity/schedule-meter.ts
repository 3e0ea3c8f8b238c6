import type { TimelineState } from "../traces/timeline.ts";
import {
  type Cause,
  type HistoryListener,
  isStopper,
  type MoveKind,
  type RecordedLife,
} from "../traces/timelines/history.ts";
import { type Metric, RUN_TIME } from "./metrics.ts";

/** Names that had less of the CPU time than this are not compared one by one. */
const LEAST_SHARE = 0.02;
const PERCENTS = [10, 50, 90] as const;

/** What is known of a task between two events. */
class Seen {
  ranOn = -1;
  cameAt = -1;
  /** CPU of its waker; -1: it has not been woken since it ran, -2: by nobody who ran. */
  wokenFrom = -1;
}

/**
 * Measures a schedule, recorded or simulated, as its history is told. Tasks of one name count as one; stoppers do not count.
 *
 *  M1. Both sides are measured by this same code: whatever it does not see, it does not see on either.
 */
export class ScheduleMeter implements HistoryListener {
  private readonly seen: Seen[] = [];
  private readonly cpuNs: number[] = [];
  private readonly queueNs: number[] = [];
  private readonly nameNs = new Map<string, number>();
  private readonly runs: number[] = [];
  private readonly waits: number[] = [];
  private readonly moves: Record<MoveKind, number> = { wakeup: 0, balance: 0, active: 0 };
  private readonly placed = { before: 0, waker: 0, elsewhere: 0 };
  private switches = 0;
  private wakeups = 0;
  private forks = 0;

  begins(
    _life: RecordedLife,
    _time: number,
    how: "running" | "runnable" | "asleep" | "new",
    parent: RecordedLife | null,
  ): void {
    if (how === "new" && parent !== null) this.forks++; // a replay starts by itself who was there from the beginning
  }

  wakes(life: RecordedLife, _time: number, _cause: Cause, waker: RecordedLife | null): void {
    if (isStopper(life)) return;
    this.wakeups++;
    this.of(life).wokenFrom = waker ? waker.cpu : -2;
  }

  moved(life: RecordedLife, kind: MoveKind): void {
    if (!isStopper(life)) this.moves[kind]++;
  }

  comes(life: RecordedLife, cpu: number, time: number, waitedNs: number): void {
    this.switches++;
    if (isStopper(life)) return;
    const seen = this.of(life);
    seen.cameAt = time;
    if (waitedNs >= 0) {
      this.waits.push(waitedNs);
      this.queueNs[cpu] = (this.queueNs[cpu] ?? 0) + waitedNs;
    }
    if (seen.wokenFrom !== -1 && seen.ranOn >= 0) {
      if (cpu === seen.ranOn) this.placed.before++;
      else if (cpu === seen.wokenFrom) this.placed.waker++;
      else this.placed.elsewhere++;
    }
    seen.wokenFrom = -1;
    seen.ranOn = cpu;
  }

  ran(life: RecordedLife, cpu: number, from: number, to: number): void {
    this.cpuNs[cpu] = (this.cpuNs[cpu] ?? 0) + to - from;
    const name = groupOf(life.comm);
    this.nameNs.set(name, (this.nameNs.get(name) ?? 0) + to - from);
  }

  leaves(life: RecordedLife, _cpu: number, time: number, _state: TimelineState): void {
    const seen = this.of(life);
    if (seen.cameAt >= 0 && !isStopper(life)) this.runs.push(time - seen.cameAt);
    seen.cameAt = -1;
  }

  /** Shares of the CPU time by name, of those names that had a share worth the name. */
  names(): string[] {
    const all = this.cpuTime();
    return [...this.nameNs].filter(([, ns]) => ns >= LEAST_SHARE * all).map(([name]) => name);
  }

  /** All metrics of a run of `seconds` on `cpus` CPUs, those of CPU time for these names. */
  metrics(seconds: number, cpus: number, names: readonly string[]): Metric[] {
    const all = this.cpuTime();
    const waited = this.waits.reduce((sum, ns) => sum + ns, 0);
    const rate = (name: string, n: number): Metric => ({
      ...{ name, family: "rate", value: n / seconds },
      events: n,
    });
    const time = (name: string, ns: number): Metric => ({
      ...{ name, family: "time", value: ns / 1e9 / seconds },
      events: this.switches,
    });
    const placed = this.placed.before + this.placed.waker + this.placed.elsewhere;
    const placement = (name: string, n: number): Metric => ({
      ...{ name, family: "share", value: placed === 0 ? 0 : (100 * n) / placed },
      events: placed,
    });
    const perCpu = Array.from({ length: cpus }, (_, cpu) => ({
      busy: (this.cpuNs[cpu] ?? 0) / 1e9 / seconds,
      queue: ((this.cpuNs[cpu] ?? 0) + (this.queueNs[cpu] ?? 0)) / 1e9 / seconds,
    }));
    const busy = perCpu.map((each) => 100 * each.busy).sort((a, b) => a - b);
    const queues = perCpu.map((each) => each.queue).sort((a, b) => a - b);
    const load = (name: string, value: number): Metric => ({
      ...{ name, family: "load", value },
      events: this.switches,
    });
    const queue = (name: string, value: number): Metric => ({
      ...{ name, family: "queue", value },
      events: this.switches,
    });
    const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / cpus;
    return [
      time(RUN_TIME, all),
      time("wait s/s", waited),
      ...names.map(
        (name): Metric => ({
          name: `${name}, CPU time %`,
          family: "cpuTime",
          value: all === 0 ? 0 : (100 * (this.nameNs.get(name) ?? 0)) / all,
          events: this.switches,
        }),
      ),
      rate("switches/s", this.switches),
      rate("wake-ups/s", this.wakeups),
      rate("forks/s", this.forks),
      placement("woken where it ran %", this.placed.before),
      placement("woken to its waker %", this.placed.waker),
      placement("woken elsewhere %", this.placed.elsewhere),
      rate("moves at wake-up/s", this.moves.wakeup),
      rate("moves by balancing/s", this.moves.balance),
      rate("moves by stoppers/s", this.moves.active),
      ...quantiles("run", this.runs),
      ...quantiles("wait", this.waits),
      load("CPUs busy, mean %", mean(busy)),
      load("CPUs busy, least %", busy[0] ?? 0),
      load("CPUs busy, most %", busy.at(-1) ?? 0),
      queue("queue length, mean", mean(queues)),
      queue("queue length, longest", queues.at(-1) ?? 0),
    ];
  }

  private cpuTime(): number {
    return this.cpuNs.reduce((sum, ns) => sum + (ns ?? 0), 0);
  }

  private of(life: RecordedLife): Seen {
    this.seen[life.index] ??= new Seen();
    return this.seen[life.index]!;
  }
}

function quantiles(what: string, values: readonly number[]): Metric[] {
  const sorted = Float64Array.from(values).sort();
  return PERCENTS.map((percent) => ({
    name: `${what} p${percent} ms`,
    family: "stretch",
    value: sorted.length === 0 ? 0 : sorted[Math.floor((sorted.length * percent) / 100)]! / 1e6,
    events: sorted.length,
  }));
}

/** Tasks whose names differ in a number are of one kind: kworker/0:1-events and kworker/3:0, hog-1 and hog-2. */
const groupOf = (comm: string): string => comm.replace(/[-/:.#]?\d.*$/, "") || comm;
