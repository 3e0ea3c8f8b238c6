import { InputError } from "../../traces/input-error.ts";
import type { Hardware } from "./hardware.ts";
import type { ChipFrequency, Topology } from "./topology.ts";

/** What happens to a core's clock is told to whoever lets tasks run on it. */
export interface FrequencyListener {
  /** `mhz[core]` is another one from now on. */
  changed(core: number): void;
  /** step() is to be called for the core at that time, ns; Infinity: not at all, whatever was said before. */
  due(core: number, time: number): void;
}

const ASLEEP = 0;
const IDLE = 1;
const BUSY = 2;

/** A frequency changes by so much at a time: the bus clock, of which all of them are multiples. */
const STEP_MHZ = 100;

/** The chip's table. @throws InputError where it has none */
export function frequencyOf({ frequency, name }: Topology): ChipFrequency {
  if (frequency !== undefined) return frequency;
  throw new InputError("nothing is known of the chip's frequencies", {
    field: "hardware.frequency",
    found: name,
    expected: 'a chip with "frequency", as xeon-6130 is',
  });
}

/**
 * The clocks of a chip's cores: how fast each runs follows from how many cores of its package are active, and from what the core did before.
 *
 * Invariants:
 *  F1. A core is busy (a thread of it runs a task), idle (for less than `frequencyIdleNs`, or its idle task spins) or asleep. The first two are active.
 *  F2. An active core is clocked no higher than its package's limit: `turboMhz` of the number of active cores in it. When more become active and
 *      the limit falls, all fall with it at once.
 *  F3. Clocks rise at multiples of `frequencyStepNs` only, by STEP_MHZ each time: those of cores that are busy or spin then, up to the limit.
 *  F4. A sleeping core's clock falls at the same times by as much, down to the lowest: the less of its history is left the longer it sleeps.
 *      Nobody sees it meanwhile, so what is left is worked out when it wakes up.
 *
 * Sources: limits by active cores from Intel's tables; the grid and the time it takes to get up from Hackenberg et al., "An Energy Efficiency Feature
 * Survey of the Intel Haswell Processor" (IPDPSW 2015). Left out: power, heat and AVX limits, and that Linux scales utilisation by the frequency.
 */
export class Frequencies {
  /** By core. */
  readonly mhz: Int32Array;
  /** Time in which a thread of a core ran, all cores together, by frequency in steps of STEP_MHZ; ns. */
  readonly busyNs: Float64Array;
  /** Time for which cores were active, all together, ns. */
  activeNs = 0;
  private readonly state: Uint8Array;
  /** Up to where a core's times are accounted; of a sleeping one: since when it sleeps. ns */
  private readonly since: Float64Array;
  private readonly riseAt: Float64Array;
  private readonly restAt: Float64Array;
  private readonly spins: Uint8Array;
  private readonly packages: { cores: number[]; active: number; limit: number }[] = [];
  private readonly packageOf: Int32Array;
  private readonly turboMhz: readonly number[];
  private readonly least: number;
  private readonly stepNs: number;
  private readonly idleNs: number;
  private readonly listener: FrequencyListener;

  /**
   * @param packageOf By core, packages numbered from 0.
   * @throws InputError where nothing is known of the chip's frequencies
   */
  constructor(chip: Topology, packageOf: Int32Array, hardware: Hardware, listener: FrequencyListener) {
    const { minMhz, baseMhz, turboMhz } = frequencyOf(chip);
    const cores = packageOf.length;
    this.turboMhz = turboMhz;
    this.least = hardware.frequency === 1 ? minMhz : baseMhz;
    this.stepNs = hardware.frequencyStepNs;
    this.idleNs = hardware.frequencyIdleNs;
    this.listener = listener;
    this.packageOf = packageOf;
    packageOf.forEach((p, core) => {
      this.packages[p] ??= { cores: [], active: 0, limit: turboMhz[0] };
      this.packages[p].cores.push(core);
    });
    this.mhz = new Int32Array(cores).fill(this.least);
    this.busyNs = new Float64Array(turboMhz[0] / STEP_MHZ + 1);
    this.state = new Uint8Array(cores);
    this.since = new Float64Array(cores);
    this.riseAt = new Float64Array(cores).fill(Number.POSITIVE_INFINITY);
    this.restAt = new Float64Array(cores).fill(Number.POSITIVE_INFINITY);
    this.spins = new Uint8Array(cores);
  }

  /** A thread of the core begins to run a task; none did so. */
  busy(core: number, now: number): void {
    const slept = this.state[core] === ASLEEP;
    if (slept)
      this.set(
        core,
        Math.max(this.least, this.mhz[core] - STEP_MHZ * this.gridPoints(this.since[core], now)),
      );
    this.account(core, now);
    this.state[core] = BUSY;
    this.restAt[core] = Number.POSITIVE_INFINITY;
    if (slept) this.countActive(core, now, 1);
    this.follow(core, now);
  }

  /** No thread of the core runs a task any more. `spinNs`: for so long its idle task keeps it running all the same. */
  idle(core: number, now: number, spinNs = 0): void {
    this.account(core, now);
    this.state[core] = IDLE;
    this.spins[core] = spinNs > 0 ? 1 : 0;
    this.restAt[core] = now + Math.max(spinNs, this.idleNs);
    this.follow(core, now);
  }

  /** The time that the listener was told of has come. */
  step(core: number, now: number): void {
    this.account(core, now);
    if (now >= this.restAt[core]) {
      this.state[core] = ASLEEP;
      this.restAt[core] = Number.POSITIVE_INFINITY;
      this.riseAt[core] = Number.POSITIVE_INFINITY;
      this.listener.due(core, Number.POSITIVE_INFINITY);
      this.countActive(core, now, -1);
      return;
    }
    this.riseAt[core] = Number.POSITIVE_INFINITY;
    this.set(core, Math.min(this.mhz[core] + STEP_MHZ, this.packages[this.packageOf[core]].limit));
    this.follow(core, now);
  }

  /** Accounts all cores' times up to now. */
  settle(now: number): void {
    for (let core = 0; core < this.mhz.length; core++)
      if (this.state[core] !== ASLEEP) this.account(core, now);
  }

  /** What came of it in `ns`, all accounted. */
  result(ns: number): { meanMhz: number; busyNs: Record<string, number>; activeCores: number } {
    const times = [...this.busyNs].map((busy, step): [number, number] => [step * STEP_MHZ, busy]);
    const sum = (of: (mhz: number, busy: number) => number) =>
      times.reduce((total, [mhz, busy]) => total + of(mhz, busy), 0);
    const busyNs = sum((_, busy) => busy);
    return {
      meanMhz: Math.round(sum((mhz, busy) => mhz * busy) / Math.max(1, busyNs)),
      busyNs: Object.fromEntries(times.filter(([, busy]) => busy > 0)),
      activeCores: this.activeNs / Math.max(1, ns),
    };
  }

  private account(core: number, now: number): void {
    const elapsed = now - this.since[core];
    this.since[core] = now;
    if (this.state[core] === ASLEEP) return;
    this.activeNs += elapsed;
    if (this.state[core] === BUSY) this.busyNs[Math.floor(this.mhz[core] / STEP_MHZ)] += elapsed;
  }

  /** A core wakes up or falls asleep: where that moves the limit, all active cores of the package follow it. */
  private countActive(core: number, now: number, by: number): void {
    const p = this.packages[this.packageOf[core]];
    const { turboMhz } = this;
    p.active += by;
    const limit = turboMhz[Math.min(Math.max(p.active, 1), turboMhz.length) - 1];
    if (limit === p.limit) return;
    p.limit = limit;
    for (const other of p.cores) if (other !== core && this.state[other] !== ASLEEP) this.follow(other, now);
  }

  /** An active core's clock goes no higher than the limit, and is to rise where it may (F2, F3). */
  private follow(core: number, now: number): void {
    const { limit } = this.packages[this.packageOf[core]];
    if (this.mhz[core] > limit) {
      this.account(core, now);
      this.set(core, limit);
    }
    const rises = this.mhz[core] < limit && (this.state[core] === BUSY || this.spins[core] === 1);
    if (!rises) this.riseAt[core] = Number.POSITIVE_INFINITY;
    else if (this.riseAt[core] === Number.POSITIVE_INFINITY)
      this.riseAt[core] = (Math.floor(now / this.stepNs) + 1) * this.stepNs;
    this.listener.due(core, Math.min(this.riseAt[core], this.restAt[core]));
  }

  private set(core: number, mhz: number): void {
    if (this.mhz[core] === mhz) return;
    this.mhz[core] = mhz;
    this.listener.changed(core);
  }

  /** Multiples of the step after `from`, up to `to`. */
  private gridPoints(from: number, to: number): number {
    return Math.floor(to / this.stepNs) - Math.floor(from / this.stepNs);
  }
}
