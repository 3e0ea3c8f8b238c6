import type { TimelineState } from "../traces/timeline.ts";
import type { HistoryListener, MoveKind } from "../traces/timelines/history-listener.ts";
import { type Cause, isStopper, type RecordedLife } from "../traces/timelines/life.ts";
import { BLOCKS, blockOf, withErrors } from "./blocks.ts";
import type { Metric } from "./metrics.ts";
import { sampledQuantile } from "./quantile.ts";
import { ScheduleTally, sumOf, tallyMetrics } from "./schedule-tally.ts";

/** Names that had less of the CPU time than this are not compared one by one. */
const LEAST_SHARE = 0.02;
const PERCENTS = [10, 50, 90] as const;

/** What a schedule is like: all its runs and waits, ns, and how busy each CPU was, as a share of the time. */
export interface ScheduleShape {
  runs: readonly number[];
  waits: readonly number[];
  busy: readonly number[];
}

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
 *  M2. What is counted is counted in the block of time in which it happens; stretches of time are divided among blocks.
 */
export class ScheduleMeter implements HistoryListener {
  private readonly seen: Seen[] = [];
  private readonly blocks: readonly ScheduleTally[];
  private readonly runs: number[] = [];
  private readonly waits: number[] = [];
  private readonly untilNs: number;

  /** What is after `untilNs`, a finite time, does not count. */
  constructor(untilNs: number) {
    this.untilNs = untilNs;
    this.blocks = Array.from({ length: BLOCKS }, () => new ScheduleTally());
  }

  begins(
    _life: RecordedLife,
    time: number,
    how: "running" | "runnable" | "asleep" | "new",
    parent: RecordedLife | null,
  ): void {
    if (time > this.untilNs) return;
    if (how === "new" && parent !== null) this.at(time).forks++; // a replay starts by itself who was there from the beginning
  }

  wakes(life: RecordedLife, time: number, _cause: Cause, waker: RecordedLife | null): void {
    if (isStopper(life) || time > this.untilNs) return;
    this.at(time).wakeups++;
    this.of(life).wokenFrom = waker ? waker.cpu : -2;
  }

  moved(life: RecordedLife, kind: MoveKind, time: number): void {
    if (!isStopper(life) && time <= this.untilNs) this.at(time).moves[kind]++;
  }

  comes(life: RecordedLife, cpu: number, time: number, waitedNs: number): void {
    if (waitedNs > 0 && !isStopper(life))
      this.divide(time - waitedNs, time, ({ queueNs }, ns) => {
        queueNs[cpu] = (queueNs[cpu] ?? 0) + ns;
      });
    if (time > this.untilNs) return;
    const tally = this.at(time);
    tally.switches++;
    if (isStopper(life)) return;
    const seen = this.of(life);
    seen.cameAt = time;
    if (waitedNs >= 0) this.waits.push(waitedNs);
    if (seen.wokenFrom !== -1 && seen.ranOn >= 0) {
      if (cpu === seen.ranOn) tally.placed.before++;
      else if (cpu === seen.wokenFrom) tally.placed.waker++;
      else tally.placed.elsewhere++;
    }
    seen.wokenFrom = -1;
    seen.ranOn = cpu;
  }

  ran(life: RecordedLife, cpu: number, from: number, to: number): void {
    const name = groupOf(life.comm);
    this.divide(from, to, (tally, ns) => {
      tally.cpuNs[cpu] = (tally.cpuNs[cpu] ?? 0) + ns;
      tally.ran(name, ns);
    });
  }

  leaves(life: RecordedLife, _cpu: number, time: number, _state: TimelineState): void {
    const seen = this.of(life);
    if (seen.cameAt >= 0 && !isStopper(life) && time <= this.untilNs) this.runs.push(time - seen.cameAt);
    seen.cameAt = -1;
  }

  /** Of a run of `seconds` on `cpus` CPUs. */
  shape(seconds: number, cpus: number): ScheduleShape {
    const { cpuNs } = sumOf(this.blocks);
    const busy = Array.from({ length: cpus }, (_, cpu) => (cpuNs[cpu] ?? 0) / 1e9 / seconds);
    return { runs: this.runs, waits: this.waits, busy };
  }

  /** Shares of the CPU time by name, of those names that had a share worth the name. */
  names(): string[] {
    const whole = sumOf(this.blocks);
    const all = whole.cpuTime();
    return [...whole.nameNs].filter(([, ns]) => ns >= LEAST_SHARE * all).map(([name]) => name);
  }

  /** All metrics of a run of `seconds` on `cpus` CPUs, those of CPU time for these names. */
  metrics(seconds: number, cpus: number, names: readonly string[]): Metric[] {
    const counted = withErrors((without) => {
      const blocks = this.blocks.filter((_, block) => block !== without);
      return tallyMetrics(sumOf(blocks), (seconds * blocks.length) / BLOCKS, cpus, names);
    });
    const place = counted.findIndex(({ family }) => family === "load");
    const quantiles = [...quantilesOf("run", this.runs), ...quantilesOf("wait", this.waits)];
    return [...counted.slice(0, place), ...quantiles, ...counted.slice(place)];
  }

  private at(time: number): ScheduleTally {
    return this.blocks[blockOf(time, this.untilNs)]!;
  }

  /** Gives each block its part of a stretch of time, as far as it counts. */
  private divide(from: number, to: number, give: (tally: ScheduleTally, ns: number) => void): void {
    const end = Math.min(to, this.untilNs);
    for (let at = Math.max(0, from); at < end; ) {
      const block = blockOf(at, this.untilNs);
      const next = block === BLOCKS - 1 ? end : Math.ceil(((block + 1) * this.untilNs) / BLOCKS);
      const upTo = Math.min(end, Math.max(next, at + 1));
      give(this.blocks[block]!, upTo - at);
      at = upTo;
    }
  }

  private of(life: RecordedLife): Seen {
    this.seen[life.index] ??= new Seen();
    return this.seen[life.index]!;
  }
}

function quantilesOf(what: string, values: readonly number[]): Metric[] {
  const sorted = Float64Array.from(values).sort();
  return PERCENTS.map((percent): Metric => {
    const { value, sure, isBounded } = sampledQuantile(sorted, percent);
    return {
      ...{ name: `${what} p${percent} ms`, family: "stretch", value: value / 1e6, events: sorted.length },
      ...{ sure: [sure[0] / 1e6, sure[1] / 1e6], few: !isBounded },
    };
  });
}

/** Tasks whose names differ in a number are of one kind: kworker/0:1-events and kworker/3:0, hog-1 and hog-2. */
const groupOf = (comm: string): string => comm.replace(/[-/:.#]?\d.*$/, "") || comm;
