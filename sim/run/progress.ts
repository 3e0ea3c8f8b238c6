import { InputError } from "../../traces/input-error.ts";
import { CacheWarmth, numbered } from "../chip/cache-warmth.ts";
import { Frequencies } from "../chip/frequency.ts";
import { type Hardware, smtShare } from "../chip/hardware.ts";
import type { Topology } from "../chip/topology.ts";
import type { SchedulerCore } from "../core.ts";
import type { Agenda } from "../engine/agenda.ts";
import { D0 } from "../lib/arithmetic.ts";
import { PRIORITY_COMPLETION, PRIORITY_FREQUENCY } from "./priorities.ts";
import type { SimTask } from "./sim-task.ts";
import type { WorkConservation } from "./work-conservation.ts";

/** One CPU's side of the execution. */
class Cpu {
  occupant: SimTask | null = null;
  /** Progress is settled up to here, ns. */
  since = D0;
  /** Permille of full speed. */
  speed = 1000;
  /** Costs charged during the current operation, ns. */
  charged = D0;
  /** What an idle CPU has to do before it halts, in the unit of SimTask.remaining; only where CPUs share one stream. */
  owed = D0;
  touched = false;
  readonly cpu: number;
  readonly slot: number;
  /** CPUs that share the speed, without the CPU itself. */
  siblings: number[] = [];
  busyNs = D0;
  lostNs = D0;
  constructor(cpu: number, slot: number) {
    this.cpu = cpu;
    this.slot = slot;
  }
}

/**
 * Turns CPU time into progress of tasks: who runs where, how fast, how much of it is lost, and when the current step is
 * complete. The scheduling core rests at one clock value; costs appear here as time in which the task on the CPU makes
 * no progress.
 *
 * Invariants, whenever `rest` has returned:
 *  P1. cpus[c].occupant is the task on CPU c in the scheduling core.
 *  P2. A CPU has a completion event exactly when it has an occupant; the event is due when debt and remaining work,
 *      at the present speed, are used up.
 *  P3. speed is the share that a CPU has of its core, by the number of busy ones, itself included. Where all CPUs share one stream of
 *      instructions, the one that has its turn is as fast as all together, and all others stand still. Times its core's clock over the base frequency where clocks are modelled.
 *  P4. The sum of runNs over tasks, those of the background and the policy's thread included, is the sum of busyNs over CPUs.
 *
 * Where all CPUs share one stream of instructions, costs are instructions too: a task pays them at the speed at which it works, and an
 * idle CPU before it halts.
 */
export class Progress {
  readonly cpus: Cpu[];
  readonly warmth: CacheWarmth;
  private readonly agenda: Agenda;
  private readonly core: SchedulerCore;
  private readonly conservation: WorkConservation;
  /** shares[n]: permille of full speed with n busy CPUs among those that share it. */
  private readonly shares: Int32Array;
  private readonly touched: Int32Array;
  private nrTouched = 0;
  /** CPUs that run a task. */
  busy = 0;
  /** Told of each CPU that goes idle, and whether its task has ended: for how long it is to spin, ns. */
  onIdle: ((cpu: number, exited: boolean) => number) | null = null;
  /** Clocks of the cores; null: all cores are always as fast. */
  readonly frequencies: Frequencies | null;
  private readonly baseMhz: number;
  /** The CPU that has its turn. */
  private turn = -1;
  /** Permille of full speed that the whole stream has; 0 where there is none, and costs are times of their CPU. */
  private readonly stream: number;

  constructor(core: SchedulerCore, agenda: Agenda, hardware: Hardware, conservation: WorkConservation) {
    this.core = core;
    this.conservation = conservation;
    this.agenda = agenda;
    this.warmth = new CacheWarmth(core.topology, hardware);
    this.cpus = core.cpus.map((_, cpu) => new Cpu(cpu, agenda.add(PRIORITY_COMPLETION, cpu)));
    this.touched = new Int32Array(this.cpus.length);
    const together = new Map<number, number[]>();
    for (let c = 0; c < this.cpus.length; c++) {
      const key = this.warmth.coreOf[c];
      together.set(key, [...(together.get(key) ?? []), c]);
    }
    const most = Math.max(...[...together.values()].map((members) => members.length));
    this.shares = Int32Array.from({ length: most + 1 }, (_, busy) => smtShare(hardware, busy));
    this.stream = hardware.oneStream === 1 ? 1000 * this.cpus.length : 0;
    for (const members of together.values())
      for (const c of members) this.cpus[c].siblings = members.filter((m) => m !== c);
    this.baseMhz = core.topology.frequency?.baseMhz ?? 0;
    this.frequencies = hardware.frequency === 0 ? null : this.clocks(core.topology, hardware);
    for (const c of this.cpus) c.speed = this.speedOf(c);
  }

  /** The cores' clocks, each of which has a slot on the agenda. @throws InputError */
  private clocks(topology: Topology, hardware: Hardware): Frequencies {
    if (hardware.oneStream === 1)
      throw new InputError("cores that share one stream of instructions have no clocks of their own", {
        field: "hardware.frequency",
        found: `${hardware.frequency}, and oneStream=1`,
        expected: "one of the two to be 0",
      });
    const { coreOf } = this.warmth;
    const members: number[][] = [];
    coreOf.forEach((core, cpu) => {
      members[core] = [...(members[core] ?? []), cpu];
    });
    const packages = numbered(members.map(([cpu]) => topology.cpus[cpu].package ?? topology.cpus[cpu].node));
    const slots = members.map((_, core) => this.agenda.add(PRIORITY_FREQUENCY, core));
    return new Frequencies(topology, packages, hardware, {
      changed: (core) => {
        for (const cpu of members[core]) this.reclock(cpu);
      },
      due: (core, time) =>
        time === Number.POSITIVE_INFINITY
          ? this.agenda.cancel(slots[core])
          : this.agenda.schedule(slots[core], time),
    });
  }

  /** The completion event of the CPU: gives the task whose work is used up. */
  completed(cpu: number): SimTask {
    this.settle(cpu);
    return this.cpus[cpu].occupant!; // P2
  }

  /** The CPU's occupant or its work may have changed: look again at rest. */
  touch(cpu: number): void {
    const c = this.cpus[cpu];
    if (c.touched) return;
    c.touched = true;
    this.touched[this.nrTouched++] = cpu;
  }

  /** `ns` of the CPU are lost to whoever runs there when the operation is at rest; an idle CPU absorbs them. */
  charge(cpu: number, ns: number): void {
    if (ns === 0) return;
    this.cpus[cpu].charged += ns;
    this.touch(cpu);
  }

  /** Accounts the time since the last look: lost time first, then work. */
  settle(cpu: number): void {
    const c = this.cpus[cpu];
    const now = this.agenda.clock.now;
    const elapsed = now - c.since;
    if (elapsed === 0) return;
    c.since = now;
    const t = c.occupant;
    if (!t) {
      c.owed = Math.max(0, c.owed - elapsed * c.speed);
      return;
    }
    const lost = this.pay(t, c.speed, elapsed);
    t.lostNs += lost;
    c.lostNs += lost;
    t.remaining = Math.max(0, t.remaining - (elapsed - lost) * c.speed);
    t.runNs += elapsed;
    c.busyNs += elapsed;
    this.warmth.ran(cpu, elapsed);
  }

  /** Pays what is owed in the time that has passed; the part of it that was needed, ns. */
  private pay(t: SimTask, speed: number, elapsed: number): number {
    if (t.debt === 0 || speed === 0) return 0;
    const need = this.debtNs(t, speed);
    if (need > elapsed) {
      t.debt -= this.stream > 0 ? elapsed * speed : elapsed;
      return elapsed;
    }
    t.debt = 0;
    return need;
  }

  /** How long a task needs for what it owes. */
  private debtNs(t: SimTask, speed: number): number {
    return this.stream > 0 ? Math.ceil(t.debt / speed) : t.debt;
  }

  /** A cost as a debt: ns, or with one stream the work in it, as that of steps. */
  debtOf(ns: number): number {
    return this.stream > 0 ? ns * this.stream : ns;
  }

  /** After an operation of the core: takes over who runs where and reschedules the completions (P1 to P3). */
  rest(): void {
    for (let i = 0; i < this.nrTouched; i++) {
      const cpu = this.touched[i];
      const c = this.cpus[cpu];
      c.touched = false;
      const task = this.core.cpus[cpu].curr;
      const next = task === null ? null : (task.user as SimTask);
      this.settle(cpu);
      if (next !== c.occupant) this.replace(cpu, next);
      if (next) {
        next.debt += this.debtOf(c.charged);
        this.reschedule(c, next);
      } else if (c.charged > 0) this.owe(cpu, c.charged);
      c.charged = 0;
    }
    this.nrTouched = 0;
  }

  /** An idle CPU has `ns` of the stream to do before it halts; with a stream of its own that is nobody's loss. */
  owe(cpu: number, ns: number): void {
    this.settle(cpu);
    if (this.stream > 0) this.cpus[cpu].owed += ns * this.stream;
  }

  owes(cpu: number): boolean {
    return this.cpus[cpu].owed > 0;
  }

  /** When an idle CPU that has its turn will have done what it owes. */
  haltsAt(cpu: number): number {
    this.settle(cpu);
    return this.agenda.clock.now + Math.ceil(this.cpus[cpu].owed / this.stream);
  }

  isBusy(cpu: number): boolean {
    return this.cpus[cpu].occupant !== null;
  }

  /** The stream goes on to another CPU; -1: to none (P3). */
  giveTurn(cpu: number): void {
    if (cpu === this.turn) return;
    const before = this.turn;
    this.turn = cpu;
    if (before >= 0) this.reclock(before);
    if (cpu >= 0) this.reclock(cpu);
  }

  settleAll(): void {
    for (let cpu = 0; cpu < this.cpus.length; cpu++) this.settle(cpu);
    this.frequencies?.settle(this.agenda.clock.now);
  }

  private replace(cpu: number, next: SimTask | null): void {
    const c = this.cpus[cpu];
    const prev = c.occupant;
    // What the siblings ran so far must be on the core's account before warmth is read or marked.
    for (const s of c.siblings) this.settle(s);
    if (prev) this.warmth.leave(prev, cpu);
    c.occupant = next;
    if (next) {
      next.debt += c.owed;
      c.owed = 0;
      const refill = this.warmth.refill(next, cpu);
      next.refillNs += refill;
      next.debt += this.debtOf(refill);
    } else {
      this.agenda.cancel(c.slot);
    }
    if ((prev === null) === (next === null)) return;
    this.busy += next === null ? -1 : 1;
    this.conservation.setIdle(cpu, next === null);
    if (c.siblings.length > 0 && this.stream === 0) this.shareCore(cpu);
    const spinNs = prev !== null && this.onIdle !== null ? this.onIdle(cpu, prev.exitNs >= 0) : 0;
    if (this.frequencies !== null) this.clock(this.frequencies, cpu, spinNs);
  }

  /** The CPU became busy, or idle to spin for `spinNs`: so did its core, if no other thread of it is busy. */
  private clock(frequencies: Frequencies, cpu: number, spinNs: number): void {
    const { occupant, siblings } = this.cpus[cpu];
    if (siblings.some((s) => this.cpus[s].occupant !== null)) return;
    const core = this.warmth.coreOf[cpu];
    if (occupant === null) frequencies.idle(core, this.agenda.clock.now, spinNs);
    else frequencies.busy(core, this.agenda.clock.now);
  }

  /** The CPU is as fast as speedOf() says, from now on. */
  private reclock(cpu: number): void {
    const c = this.cpus[cpu];
    this.settle(cpu);
    c.speed = this.speedOf(c);
    if (c.occupant && !c.touched) this.reschedule(c, c.occupant);
  }

  /** The CPU became busy or idle: the speed of its whole core changes (P3). */
  private shareCore(cpu: number): void {
    const c = this.cpus[cpu];
    for (const s of c.siblings) {
      const sibling = this.cpus[s];
      sibling.speed = this.speedOf(sibling);
      if (sibling.occupant && !sibling.touched) this.reschedule(sibling, sibling.occupant);
    }
    c.speed = this.speedOf(c);
  }

  private speedOf(c: Cpu): number {
    if (this.stream > 0) return c.cpu === this.turn ? this.stream : 0;
    let busy = 1;
    for (const s of c.siblings) if (this.cpus[s].occupant) busy++;
    if (this.frequencies === null) return this.shares[busy];
    const mhz = this.frequencies.mhz[this.warmth.coreOf[c.cpu]];
    return Math.max(1, Math.floor((this.shares[busy] * mhz) / this.baseMhz));
  }

  private reschedule(c: Cpu, t: SimTask): void {
    if (c.speed === 0) {
      this.agenda.cancel(c.slot);
      return;
    }
    const now = this.agenda.clock.now;
    const end = now + this.debtNs(t, c.speed) + Math.ceil(t.remaining / c.speed);
    this.agenda.due[0] = Math.max(end, t.until);
    this.agenda.scheduleDue(c.slot);
  }
}
