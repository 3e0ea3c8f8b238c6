import { CacheWarmth } from "../chip/cache-warmth.ts";
import { type Hardware, smtShare, streamShare } from "../chip/hardware.ts";
import type { SchedulerCore } from "../core.ts";
import type { Agenda } from "../engine/agenda.ts";
import { D0 } from "../lib/arithmetic.ts";
import { PRIORITY_COMPLETION } from "./priorities.ts";
import type { SimTask } from "./sim-task.ts";
import type { StreamTurns } from "./stream-turns.ts";
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
  touched = false;
  readonly slot: number;
  /** CPUs that share the speed, without the CPU itself. */
  siblings: number[] = [];
  busyNs = D0;
  lostNs = D0;
  constructor(slot: number) {
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
 *  P3. speed is the share that a CPU has of its core, or where all CPUs share one stream of that, by the number of busy ones,
 *      itself included.
 *  P4. The sum of runNs over tasks, those of the background included, is the sum of busyNs over CPUs.
 *
 * Where all CPUs share one stream of instructions, costs are instructions too: a task pays them at the speed at which it works, and those of an
 * idle CPU are taken from the busy ones, each losing the time that the stream needs for them.
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
  /** Of the stream, where there is one. */
  readonly turns: StreamTurns | null;
  /** Permille of full speed that the whole stream has; 0 where there is none, and costs are times of their CPU. */
  private readonly stream: number;

  constructor(
    core: SchedulerCore,
    agenda: Agenda,
    hardware: Hardware,
    conservation: WorkConservation,
    turns: StreamTurns | null = null,
  ) {
    this.turns = turns;
    this.core = core;
    this.conservation = conservation;
    this.agenda = agenda;
    this.warmth = new CacheWarmth(core.topology, hardware);
    this.cpus = core.cpus.map((_, cpu) => new Cpu(agenda.add(PRIORITY_COMPLETION, cpu)));
    this.touched = new Int32Array(this.cpus.length);
    const together = new Map<number, number[]>();
    for (let c = 0; c < this.cpus.length; c++) {
      const key = hardware.oneStream === 1 ? 0 : this.warmth.coreOf[c];
      together.set(key, [...(together.get(key) ?? []), c]);
    }
    const most = Math.max(...[...together.values()].map((members) => members.length));
    const share = (busy: number) =>
      hardware.oneStream === 1 ? streamShare(most, busy) : smtShare(hardware, busy);
    this.shares = Int32Array.from({ length: most + 1 }, (_, busy) => share(busy));
    this.stream = hardware.oneStream === 1 ? this.shares[1] : 0;
    for (const members of together.values()) {
      for (const c of members) {
        this.cpus[c].siblings = members.filter((m) => m !== c);
        this.cpus[c].speed = this.shares[1];
      }
    }
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
    if (!t) return;
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
    if (t.debt === 0) return 0;
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
      } else if (this.stream > 0 && c.charged > 0) {
        this.takeFromBusy(cpu, c.charged);
      }
      c.charged = 0;
    }
    this.nrTouched = 0;
  }

  /** An idle CPU has used the stream for `ns`: all others stood still meanwhile. */
  private takeFromBusy(cpu: number, ns: number): void {
    for (const s of this.cpus[cpu].siblings) {
      const sibling = this.cpus[s];
      if (!sibling.occupant) continue;
      this.settle(s);
      sibling.occupant.debt += ns * sibling.speed;
      if (!sibling.touched) this.reschedule(sibling, sibling.occupant);
    }
  }

  settleAll(): void {
    for (let cpu = 0; cpu < this.cpus.length; cpu++) this.settle(cpu);
  }

  private replace(cpu: number, next: SimTask | null): void {
    const c = this.cpus[cpu];
    const prev = c.occupant;
    // What the siblings ran so far must be on the core's account before warmth is read or marked.
    for (const s of c.siblings) this.settle(s);
    if (prev) this.warmth.leave(prev, cpu);
    c.occupant = next;
    if (next) {
      const refill = this.warmth.refill(next, cpu);
      next.refillNs += refill;
      next.debt += this.debtOf(refill);
    } else {
      this.agenda.cancel(c.slot);
    }
    if ((prev === null) === (next === null)) return;
    this.busy += next === null ? -1 : 1;
    this.conservation.setIdle(cpu, next === null);
    if (c.siblings.length > 0) this.shareCore(cpu);
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
    let busy = 1;
    for (const s of c.siblings) if (this.cpus[s].occupant) busy++;
    return this.shares[busy];
  }

  private reschedule(c: Cpu, t: SimTask): void {
    const now = this.agenda.clock.now;
    const end = now + this.debtNs(t, c.speed) + Math.ceil(t.remaining / c.speed);
    this.agenda.due[0] = Math.max(end, t.until);
    this.agenda.scheduleDue(c.slot);
  }
}
