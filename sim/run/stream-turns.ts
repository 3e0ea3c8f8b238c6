import { D0 } from "../lib/arithmetic.ts";
import type { TaskRandom } from "../workload/task-random.ts";

/**
 * Who shares one stream of instructions has it in turns, all of a round equally long: the time until the next timer is due, divided
 * by the number of CPUs (QEMU's accel/tcg/tcg-accel-ops-rr.c since 8.1). A round also ends where a CPU interrupts another one. So how long
 * turns are follows from how far timers and such interrupts lie apart. Where a CPU's turn ends in the middle of what it measures, it measures
 * the turns of the busy others too.
 */
export class StreamTurns {
  private readonly random: TaskRandom;
  private readonly cpus: number;
  /** When a round last ended, ns, and how long after the one before. */
  private last = D0;
  private gap = D0;

  constructor(random: TaskRandom, cpus: number) {
    this.random = random;
    this.cpus = cpus;
  }

  /** A timer or tick is due, or a CPU is interrupted by another. */
  interrupt(now: number): void {
    if (now === this.last) return;
    this.gap = now - this.last;
    this.last = now;
  }

  /** What a CPU measures of its own `ns`, while `others` are busy beside it. */
  measured(ns: number, now: number, others: number): number {
    const turn = Math.max(1, Math.floor(Math.max(this.gap, now - this.last) / this.cpus));
    const ended = Math.floor(ns / turn) + (this.random.next32() % turn < ns % turn ? 1 : 0);
    return ns + ended * turn * others;
  }
}
