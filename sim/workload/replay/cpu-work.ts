import { type Hardware, smtShare } from "../../chip/hardware.ts";
import { cpuNumbers, type Topology } from "../../chip/topology.ts";

/** A CPU whose events lie closer together has not lost its turn in between, ns; and no turn is longer: the time from tick to tick, by 8 CPUs. */
const WITHIN_TURN_NS = 50_000;
const LONGEST_TURN_NS = 500_000;

/**
 * How much work the recording's CPUs did: CPU time at the speed at which each ran. Two busy threads of a core are slower than
 * one alone, and a CPU at half its frequency does half the work; in the simulation the chip simulated slows tasks down again
 * in its own way.
 *
 *  U1. Speeds are permille of an unshared core at the highest frequency of the recording; work is ns at that speed.
 *  U2. Where the chip of the recording is not known no core is taken to be shared.
 *  U3. Of a guest in virtual time (`oneStream`) one CPU at a time does the work of all, in turns of which the recording does not tell. But
 *      where something happens on a CPU that has its turn. Between two events on one CPU, soon after each other, it had it all the time;
 *      between events on two CPUs those busy ones had it that come between them in the order of turns; where more turns than one round fit in
 *      between, all busy ones.
 */
export class CpuWork {
  /** By number of the CPU. */
  private readonly lanes: (Lane | undefined)[] = [];
  private readonly shares: readonly number[];
  private mostKhz = 0;
  /** What a CPU that has its turn does in a ns, permille; 0: CPUs have no turns. */
  private readonly stream: number;
  private readonly idleExitNs: number;
  /** The CPU that something happened on last, and when. */
  private last = -1;
  private lastAt = 0;
  /** Of the CPU time that was taken as work: in which a core was shared, or ran slower than the fastest. */
  sharedNs = 0;
  slowNs = 0;

  constructor(hardware: Readonly<Hardware>, recordedOn: Topology | undefined) {
    const cores = new Map<number, Lane[]>();
    this.stream = hardware.oneStream === 1 && recordedOn ? 1000 * recordedOn.cpus.length : 0;
    this.idleExitNs = hardware.idleExitNs;
    if (recordedOn && this.stream === 0) {
      const numbers = cpuNumbers(recordedOn);
      for (const [i, { core }] of recordedOn.cpus.entries())
        cores.set(core, [...(cores.get(core) ?? []), this.lane(numbers[i])]);
    }
    let most = 1;
    for (const members of cores.values()) {
      most = Math.max(most, members.length);
      for (const lane of members) lane.siblings = members.filter((other) => other !== lane);
    }
    this.shares = Array.from({ length: most + 1 }, (_, n) => smtShare(hardware, n));
  }

  /** Something happens on the CPU: U3. */
  heard(cpu: number, time: number): void {
    if (this.stream === 0) return;
    const from = this.last;
    const elapsed = time - this.lastAt;
    this.last = cpu;
    this.lastAt = time;
    if (from < 0 || elapsed <= 0) return;
    const sharers = this.sharers(from, cpu, elapsed);
    const idleNs = this.lane(cpu).busy ? 0 : Math.min(elapsed, this.idleExitNs);
    const each = Math.floor(((elapsed - idleNs) * this.stream) / Math.max(1, sharers.length));
    for (const lane of sharers) {
      lane.work += each;
      if (sharers.length > 1) lane.sharedNs += elapsed;
    }
  }

  /** Who had turns in the `elapsed` ns between an event on one CPU and the next one on another, or on the same. */
  private sharers(from: number, to: number, elapsed: number): Lane[] {
    if (from === to && elapsed <= WITHIN_TURN_NS && this.lane(from).busy) return [this.lane(from)];
    const isPassed = (cpu: number) => (from <= to ? cpu >= from && cpu <= to : cpu >= from || cpu <= to);
    const passed = this.lanes.filter((lane, cpu): lane is Lane => lane?.busy === true && isPassed(cpu));
    return from === to || passed.length === 0 || elapsed > passed.length * LONGEST_TURN_NS
      ? this.lanes.filter((lane): lane is Lane => lane?.busy === true)
      : passed;
  }

  /** The CPU has something to run from now on, or nothing. */
  busy(cpu: number, time: number, isBusy: boolean): void {
    const lane = this.lane(cpu);
    if (lane.busy === isBusy) return;
    this.settle(lane, time);
    for (const other of lane.siblings) this.settle(other, time);
    lane.busy = isBusy;
  }

  frequency(cpu: number, time: number, khz: number): void {
    const lane = this.lane(cpu);
    this.settle(lane, time);
    lane.khz = khz;
    this.mostKhz = Math.max(this.mostKhz, khz);
  }

  /** The work that the CPU did since this was last asked, ns. */
  take(cpu: number, time: number): number {
    const lane = this.lane(cpu);
    this.settle(lane, time);
    const work = Math.floor(lane.work / 1000);
    lane.work -= work * 1000;
    this.sharedNs += lane.sharedNs;
    this.slowNs += lane.slowNs;
    lane.sharedNs = 0;
    lane.slowNs = 0;
    return work;
  }

  /** Nothing of what the CPU did until now belongs to whoever comes. */
  clear(cpu: number, time: number): void {
    this.forget(this.lane(cpu), time);
  }

  /** Nothing of what any CPU did until `time` counts. */
  restart(time: number): void {
    for (const lane of this.lanes) if (lane) this.forget(lane, time);
    this.sharedNs = 0;
    this.slowNs = 0;
  }

  private forget(lane: Lane, time: number): void {
    this.settle(lane, time);
    lane.work = 0;
    lane.sharedNs = 0;
    lane.slowNs = 0;
  }

  private settle(lane: Lane, time: number): void {
    const elapsed = time - lane.since;
    if (elapsed <= 0) return;
    lane.since = time;
    if (!lane.busy || this.stream > 0) return;
    let busy = 1;
    for (const other of lane.siblings) if (other.busy) busy++;
    const share = this.shares[busy];
    if (busy > 1) lane.sharedNs += elapsed;
    const slow = lane.khz > 0 && lane.khz < this.mostKhz;
    if (slow) lane.slowNs += elapsed;
    const speed = slow ? Math.round((share * lane.khz) / this.mostKhz) : share;
    lane.work += elapsed * speed;
  }

  private lane(cpu: number): Lane {
    let lane = this.lanes[cpu];
    if (!lane) {
      lane = new Lane();
      this.lanes[cpu] = lane;
    }
    return lane;
  }
}

class Lane {
  busy = false;
  since = 0;
  /** ns x permille. */
  work = 0;
  sharedNs = 0;
  slowNs = 0;
  /** 0: not known, taken for the highest. */
  khz = 0;
  /** The other threads of its core. */
  siblings: readonly Lane[] = [];
}
