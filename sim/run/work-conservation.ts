import type { Clock } from "../engine/agenda.ts";
import { D0 } from "../lib/arithmetic.ts";
import type { CpuMask } from "../lib/cpumask.ts";

/** What holds at a moment: nobody waits beside an idle CPU; somebody does and could run there; nobody of them may. */
const KEPT = 0;
const VIOLATED = 1;
const FORCED = 2;

/**
 * Work conservation: whether a CPU idles while a task waits for another one. A task that may run on an idle CPU and waits
 * elsewhere is the scheduler's doing (a violation); one that may not is its affinity's.
 *
 * Invariants:
 *  V1. waitingFor[c] is the number of waiting tasks, of those that may not run everywhere, that may run on CPU c.
 *  V2. `usable` is the number of idle CPUs c with waitingFor[c] > 0.
 * Looking is O(1); a task that begins or ends to wait costs O(the CPUs it may run on), nothing where those are all.
 */
export class WorkConservation {
  violations = 0;
  violatedNs = 0;
  /** Times at which every waiting task was kept from every idle CPU by its affinity, and how long. */
  affinityForced = 0;
  affinityForcedNs = 0;
  /** Up to where the times are accounted, ns. */
  private since = D0;
  private readonly clock: Clock;
  private readonly nrCpus: number;
  private readonly idle: Uint8Array;
  private idleCpus: number;
  private readonly waitingFor: Int32Array;
  private waitingAnywhere = 0;
  private waitingSomewhere = 0;
  private usable = 0;
  private state = KEPT;

  /** All CPUs idle, nobody waits. */
  constructor(nrCpus: number, clock: Clock) {
    this.clock = clock;
    this.nrCpus = nrCpus;
    this.idle = new Uint8Array(nrCpus).fill(1);
    this.idleCpus = nrCpus;
    this.waitingFor = new Int32Array(nrCpus);
  }

  /** A task that may run on the CPUs of `allowed` begins to wait. The same mask is handed over when it ends. */
  begin(allowed: CpuMask): void {
    const cpus = allowed.list();
    if (cpus.length === this.nrCpus) {
      this.waitingAnywhere++;
      return;
    }
    this.waitingSomewhere++;
    for (const cpu of cpus) if (this.waitingFor[cpu]++ === 0) this.usable += this.idle[cpu];
  }

  end(allowed: CpuMask): void {
    const cpus = allowed.list();
    if (cpus.length === this.nrCpus) {
      this.waitingAnywhere--;
      return;
    }
    this.waitingSomewhere--;
    for (const cpu of cpus) if (--this.waitingFor[cpu] === 0) this.usable -= this.idle[cpu];
  }

  setIdle(cpu: number, idle: boolean): void {
    const now = idle ? 1 : 0;
    const change = now - this.idle[cpu];
    if (change === 0) return;
    this.idle[cpu] = now;
    this.idleCpus += change;
    if (this.waitingFor[cpu] > 0) this.usable += change;
  }

  /** Looks at the state that holds from here on. */
  look(): void {
    const state = this.now();
    if (state === this.state) return;
    this.settle();
    if (state === VIOLATED) this.violations++;
    else if (state === FORCED) this.affinityForced++;
    this.state = state;
  }

  /** Accounts the time gone by in the state of the last look. */
  settle(): void {
    const { now } = this.clock;
    if (this.state === VIOLATED) this.violatedNs += now - this.since;
    else if (this.state === FORCED) this.affinityForcedNs += now - this.since;
    this.since = now;
  }

  private now(): number {
    if (this.idleCpus === 0) return KEPT;
    if (this.waitingAnywhere > 0 || this.usable > 0) return VIOLATED;
    return this.waitingSomewhere > 0 ? FORCED : KEPT;
  }
}
