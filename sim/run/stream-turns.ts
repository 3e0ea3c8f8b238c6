import type { Hardware } from "../chip/hardware.ts";
import type { SchedulerCore } from "../core.ts";
import type { Agenda } from "../engine/agenda.ts";
import { PRIORITY_TURN } from "./priorities.ts";
import type { Progress } from "./progress.ts";
import type { SimTask } from "./sim-task.ts";

/** Shorter turns are taken to be so long: QEMU's become shorter and shorter before a timer, down to one instruction. ns */
const SHORTEST_NS = 1000;
/** What a newly-idle pass takes where it is no cost of its own: in a recording it is part of what the task did that left. ns */
const PASS_NS = 18_000;

/** What happens as an interrupt arrives. */
export interface Arrivals {
  /** True: it asks for something that is still to be done, T7. */
  tick(cpu: number): boolean;
  timer(task: SimTask): void;
}

/**
 * Who shares one stream of instructions has it in turns, as QEMU's CPUs do that all run in one thread with `-icount`
 * (accel/tcg/tcg-accel-ops-rr.c and icount-common.c since 8.1). Time is instructions: while one CPU has its turn it goes on for the others too,
 * and what runs there stands still.
 *
 *  T1. Turns go round in the order of the CPUs, beginning with the first. A CPU that has nothing to do is left out.
 *  T2. As a round begins each CPU's turn is set to the time until the next timer, divided by the number of all CPUs, busy or not.
 *  T3. A turn ends when that is used up, or the CPU halts. When a timer is due nobody goes on: a new round begins with the first CPU.
 *  T4. Who sets a timer that is earlier than all others ends its turn; the length of turns is then found anew before each next one.
 *  T5. Interrupts, of timers and of other CPUs, arrive as the CPU's turn begins; an idle CPU needs `idleExitNs` for the first.
 *  T6. When all are idle time leaps to the next timer.
 *  T7. A tick looks at the clock as it arrives; the switch that it asks for, and its softirq, come `tickExitNs` later. So what a task that came
 *      with one tick has run at a later one is that much less than whole jiffies: a slice of whole jiffies takes one more.
 */
export class StreamTurns {
  /** Whose turn it is; -1: all are idle. */
  current = -1;
  private readonly core: SchedulerCore;
  private readonly agenda: Agenda;
  private readonly progress: Progress;
  private readonly arrivals: Arrivals;
  private readonly idleExitNs: number;
  /** When the jiffy comes, and the core's own timer, ns. */
  private readonly nextOfCore: () => number;
  private readonly slot: number;
  /** When the turn ends; how long turns of this round are; until when the round may last, ns. */
  private endAt = 0;
  private lengthNs = 0;
  private roundEnd = 0;
  /** T4 has ended it: what the CPU still does at this time it does in its next turn. */
  private cutShort = false;
  /** When the CPU that has its turn will have done with its tick, ns; -1: it has. */
  private tickEndAt = -1;
  private readonly tickExitNs: number;
  /** The CPU's turn has begun, but its interrupts have not arrived: it is on its way out of its halt. */
  private waking = false;
  /** By CPU: T4 holds for its next turn; it was interrupted; its tick is due; tasks whose timers are due there. */
  private readonly anew: Uint8Array;
  private readonly interrupted: Uint8Array;
  private readonly ticks: Uint8Array;
  private readonly timers: SimTask[][];
  /** No CPU has set its tick since the last one was due. */
  private tickUnset = false;

  constructor(
    core: SchedulerCore,
    agenda: Agenda,
    progress: Progress,
    { idleExitNs, tickExitNs }: Readonly<Hardware>,
    nextOfCore: () => number,
    arrivals: Arrivals,
  ) {
    this.core = core;
    this.agenda = agenda;
    this.progress = progress;
    this.idleExitNs = idleExitNs;
    this.tickExitNs = tickExitNs;
    this.nextOfCore = nextOfCore;
    this.arrivals = arrivals;
    this.slot = agenda.add(PRIORITY_TURN, 0);
    const { length } = core.cpus;
    this.anew = new Uint8Array(length);
    this.interrupted = new Uint8Array(length);
    this.ticks = new Uint8Array(length);
    this.timers = core.cpus.map(() => []);
    core.delayInterrupts((cpu) => {
      this.interrupted[cpu] = 1;
    });
  }

  /** All CPUs' ticks are due. */
  jiffy(): void {
    for (const { cpu, tickStopped } of this.core.cpus) if (!tickStopped) this.ticks[cpu] = 1;
    this.tickUnset = true;
  }

  /** The timer of a task is due, on the CPU where it fell asleep. */
  timerDue(task: SimTask): void {
    this.timers[task.task.cpu].push(task);
  }

  /** The CPU whose turn it is sets a timer for then. */
  timerSet(due: number): void {
    if (due < this.nextTimer()) this.endNow();
  }

  /** What a CPU measures of a pass of its own `ns`: where its turn ends within it, the turns of all who are busy beside it too. */
  measured(ns: number): number {
    const own = ns > 0 ? ns : PASS_NS;
    // whether a recorded sleep set a timer nobody knows
    const isFresh = this.cutShort && ns > 0;
    const left = isFresh ? this.lengthNs : this.endAt - this.agenda.clock.now;
    if (own <= left) return own;
    const turn = Math.max(SHORTEST_NS, this.lengthNs);
    return own + Math.ceil((own - left) / turn) * turn * Math.max(0, this.progress.busy - 1);
  }

  /** To be called whenever the machine is at rest: when must turns be looked at next? */
  look(): void {
    const { agenda, current, progress } = this;
    const { now } = agenda.clock;
    if (current < 0) {
      if (this.core.cpus.some(({ cpu }) => this.hasWork(cpu))) agenda.schedule(this.slot, now);
      else agenda.cancel(this.slot);
      return;
    }
    const until = this.isTicking()
      ? this.tickEndAt
      : progress.isBusy(current)
        ? this.endAt
        : progress.haltsAt(current);
    agenda.schedule(this.slot, Math.max(now, Math.min(this.endAt, until)));
  }

  /** The event that look() has asked for. */
  fire(): void {
    const { current, progress } = this;
    const { now } = this.agenda.clock;
    if (this.isTicking() && now >= this.tickEndAt) {
      this.tickEndAt = -1;
      this.core.interruptArrives(current);
      return;
    }
    if (current >= 0 && now < this.endAt) {
      if (this.waking && progress.haltsAt(current) <= now) {
        this.arrive(current);
        return;
      }
      if (progress.isBusy(current) || progress.haltsAt(current) > now) return;
    }
    this.begin(this.next());
  }

  /** The CPU that has its turn is in the interrupt of its tick; not if it has become idle: it has done then what the tick asked for. */
  private isTicking(): boolean {
    return this.tickEndAt >= 0 && this.progress.isBusy(this.current);
  }

  private endNow(): void {
    this.cutShort = true;
    this.endAt = this.agenda.clock.now;
    this.anew.fill(1);
  }

  /** T1; -1: nobody. */
  private next(): number {
    const { length } = this.core.cpus;
    let cpu = this.current < 0 ? length - 1 : this.current;
    for (let i = 0; i < 2 * length; i++) {
      if (++cpu === length) cpu = 0;
      if (cpu === 0 || this.anew[cpu] === 1) this.newRound(cpu);
      else if (this.agenda.clock.now >= this.roundEnd) continue; // T3
      if (this.hasWork(cpu)) return cpu;
    }
    return -1;
  }

  /** T2 */
  private newRound(cpu: number): void {
    this.anew[cpu] = 0;
    this.roundEnd = this.nextTimer();
    const left = this.roundEnd - this.agenda.clock.now;
    this.lengthNs = Math.max(SHORTEST_NS, Math.floor(left / this.core.cpus.length));
  }

  private begin(cpu: number): void {
    const { progress } = this;
    if (this.isTicking()) this.interrupted[this.current] = 1; // the rest comes with its next turn
    this.tickEndAt = -1;
    this.current = cpu;
    this.cutShort = false;
    progress.giveTurn(cpu);
    if (cpu < 0) return;
    const { now } = this.agenda.clock;
    this.endAt = Math.min(now + this.lengthNs, Math.max(now + SHORTEST_NS, this.nextTimer()));
    this.waking = this.hasArrivals(cpu);
    if (!this.waking) return;
    if (progress.isBusy(cpu)) this.arrive(cpu);
    else progress.owe(cpu, this.idleExitNs); // T5
  }

  /** T5 */
  private arrive(cpu: number): void {
    const { arrivals, core, timers, ticks, interrupted, progress } = this;
    this.waking = false;
    for (const task of timers[cpu].splice(0)) {
      arrivals.timer(task);
      progress.rest();
    }
    if (ticks[cpu] === 1) {
      ticks[cpu] = 0;
      if (!core.cpus[cpu].tickStopped) {
        const isOpen = arrivals.tick(cpu);
        if (this.tickUnset && this.agenda.earliestOfMany > this.nextOfCore()) this.endNow(); // T4
        this.tickUnset = false;
        if (isOpen) {
          interrupted[cpu] = 0; // with the tick's own
          this.tickEndAt = this.agenda.clock.now + this.tickExitNs;
        }
      }
    }
    if (interrupted[cpu] === 1) {
      interrupted[cpu] = 0;
      core.interruptArrives(cpu);
    }
  }

  private hasArrivals(cpu: number): boolean {
    return this.interrupted[cpu] === 1 || this.timers[cpu].length > 0 || this.hasTick(cpu);
  }

  private hasTick(cpu: number): boolean {
    return this.ticks[cpu] === 1 && !this.core.cpus[cpu].tickStopped;
  }

  private hasWork(cpu: number): boolean {
    const { progress } = this;
    return progress.isBusy(cpu) || progress.owes(cpu) || this.hasArrivals(cpu);
  }

  private nextTimer(): number {
    return Math.min(this.nextOfCore(), this.agenda.earliestOfMany);
  }
}
