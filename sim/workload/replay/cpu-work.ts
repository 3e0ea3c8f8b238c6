import { type Hardware, smtShare, streamShare } from "../../chip/hardware.ts";
import { cpuNumbers, type Topology } from "../../chip/topology.ts";

/**
 * How much work the recording's CPUs did: CPU time at the speed at which each ran. Two busy threads of a core are slower than
 * one alone, and a CPU at half its frequency does half the work; in the simulation the chip simulated slows tasks down again
 * in its own way.
 *
 *  U1. Speeds are permille of an unshared core at the highest frequency of the recording; work is ns at that speed.
 *  U2. Where the chip of the recording is not known no core is taken to be shared.
 *  U3. Of a guest in virtual time (`oneStream`) all CPUs share what they do: one that is alone does the work of all.
 */
export class CpuWork {
  private readonly cpus = new Map<number, Lane>();
  private readonly shares: readonly number[];
  private readonly siblings = new Map<number, readonly number[]>();
  private mostKhz = 0;
  /** CPU time in which a core was shared, or ran slower than the fastest. */
  sharedNs = 0;
  slowNs = 0;

  constructor(hardware: Readonly<Hardware>, recordedOn: Topology | undefined) {
    const cores = new Map<number, number[]>();
    if (recordedOn) {
      const numbers = cpuNumbers(recordedOn);
      for (const [i, { core }] of recordedOn.cpus.entries()) {
        const key = hardware.oneStream === 1 ? 0 : core; // U3
        cores.set(key, [...(cores.get(key) ?? []), numbers[i]]);
      }
    }
    let most = 1;
    for (const members of cores.values()) {
      most = Math.max(most, members.length);
      for (const cpu of members)
        this.siblings.set(
          cpu,
          members.filter((other) => other !== cpu),
        );
    }
    this.shares = Array.from({ length: most + 1 }, (_, n) =>
      hardware.oneStream === 1 ? streamShare(most, n) : smtShare(hardware, n),
    );
  }

  /** The CPU has something to run from now on, or nothing. */
  busy(cpu: number, time: number, isBusy: boolean): void {
    const lane = this.lane(cpu);
    if (lane.busy === isBusy) return;
    this.settle(cpu, time);
    for (const other of this.siblings.get(cpu) ?? []) this.settle(other, time);
    lane.busy = isBusy;
  }

  frequency(cpu: number, time: number, khz: number): void {
    this.settle(cpu, time);
    this.lane(cpu).khz = khz;
    this.mostKhz = Math.max(this.mostKhz, khz);
  }

  /** The work that the CPU did since this was last asked, ns. */
  take(cpu: number, time: number): number {
    this.settle(cpu, time);
    const lane = this.lane(cpu);
    const work = Math.floor(lane.work / 1000);
    lane.work -= work * 1000;
    return work;
  }

  /** Nothing of what the CPU did until now belongs to whoever comes. */
  clear(cpu: number, time: number): void {
    this.settle(cpu, time);
    this.lane(cpu).work = 0;
  }

  /** Nothing of what any CPU did until `time` counts. */
  restart(time: number): void {
    for (const cpu of this.cpus.keys()) this.clear(cpu, time);
    this.sharedNs = 0;
    this.slowNs = 0;
  }

  private settle(cpu: number, time: number): void {
    const lane = this.lane(cpu);
    const elapsed = time - lane.since;
    if (elapsed <= 0) return;
    lane.since = time;
    if (!lane.busy) return;
    let busy = 1;
    for (const other of this.siblings.get(cpu) ?? []) if (this.lane(other).busy) busy++;
    const share = this.shares[busy];
    if (busy > 1) this.sharedNs += elapsed;
    const slow = lane.khz > 0 && lane.khz < this.mostKhz;
    if (slow) this.slowNs += elapsed;
    const speed = slow ? Math.round((share * lane.khz) / this.mostKhz) : share;
    lane.work += elapsed * speed;
  }

  private lane(cpu: number): Lane {
    let lane = this.cpus.get(cpu);
    if (!lane) {
      lane = { busy: false, since: 0, work: 0, khz: 0 };
      this.cpus.set(cpu, lane);
    }
    return lane;
  }
}

interface Lane {
  busy: boolean;
  since: number;
  /** ns x permille. */
  work: number;
  /** 0: not known, taken for the highest. */
  khz: number;
}
