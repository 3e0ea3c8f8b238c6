import type { HARDWARE_EFFECTS, Hardware } from "../chip/hardware.ts";
import { randomStream } from "../engine/random.ts";
import { TaskRandom } from "../workload/task-random.ts";

type Parameters = Pick<
  Hardware,
  (typeof HARDWARE_EFFECTS)["jitter"][number] | "balancePassNs" | "balanceTaskNs"
>;

/**
 * What differs from one time to the next on a real machine: when exactly interrupts come, and how long the kernel finds its
 * own code to take. Each kind draws from a stream of its own; with the hardware effect `jitter` off nothing is drawn.
 */
export class Jitter {
  private readonly hardware: Parameters;
  private readonly periodNs: number;
  private readonly ticks: TaskRandom;
  private readonly timers: TaskRandom;
  private readonly kicks: TaskRandom;
  private readonly newidle: TaskRandom;

  /** `periodNs`: from tick to tick. */
  constructor(hardware: Parameters, seed: string, periodNs: number) {
    const stream = (name: string) => new TaskRandom(randomStream(seed, name));
    this.hardware = hardware;
    this.periodNs = periodNs;
    this.ticks = stream("ticks");
    this.timers = stream("timers");
    this.kicks = stream("nohz kicks");
    this.newidle = stream("newidle cost");
  }

  /** Ticks come at the jiffy itself, one CPU's after another's. */
  get ticksTogether(): boolean {
    return this.hardware.tickOffsetNs === 0 && this.hardware.tickJitterNs === 0;
  }

  /** nohz kicks arrive at once. */
  get kicksAtOnce(): boolean {
    return this.hardware.nohzKickJitterNs === 0;
  }

  /** From the jiffy to the CPU's tick, less than a period, ns. */
  tickDelay(cpu: number): number {
    const { tickOffsetNs, tickJitterNs } = this.hardware;
    const delay = cpu * tickOffsetNs + upTo(this.ticks, tickJitterNs);
    return delay < this.periodNs ? delay : delay % this.periodNs;
  }

  /** From when a timer is due to when it fires, ns. */
  timerDelay(): number {
    return upTo(this.timers, this.hardware.timerJitterNs);
  }

  /** From a nohz kick to its arrival, ns. */
  kickDelay(): number {
    return upTo(this.kicks, this.hardware.nohzKickJitterNs);
  }

  /**
   * What the kernel measures for a newly-idle pass over a domain of `span` CPUs that looked at `examined` tasks, ns: its
   * own time and that of whatever interrupted it. 0 (which the kernel never measures) where neither is modelled.
   */
  newidleCost(span: number, examined: number): number {
    const { newidleTailPermille, newidleTailNs } = this.hardware;
    const own = this.ownNewidleCost(span, examined);
    if (newidleTailPermille === 0) return own;
    const interrupted = this.newidle.next32() % 1000 < newidleTailPermille;
    return Math.max(1, own + (interrupted ? upTo(this.newidle, newidleTailNs) : 0));
  }

  /** The same of an undisturbed pass. */
  ownNewidleCost(span: number, examined: number): number {
    const { balancePassNs, balanceTaskNs } = this.hardware;
    return balancePassNs === 0 ? 0 : balancePassNs + examined * balanceTaskNs + span;
  }
}

/** Uniform in 0..most; nothing is drawn where that is 0. Taken as unsigned the division is one of integers, not fmod(). */
const upTo = (random: TaskRandom, most: number): number =>
  most === 0 ? 0 : (random.next32() % ((most + 1) >>> 0)) >>> 0;
