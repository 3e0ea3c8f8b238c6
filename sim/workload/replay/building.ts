import type { RecordedLife } from "../../../traces/timelines/life.ts";
import type { ReplayTask } from "./replay.ts";
import { Tape } from "./tape.ts";

/** Kernel priorities of the fair class begin here, nice 0 in the middle of them. */
export const MAX_RT_PRIO = 100;
const DEFAULT_PRIO = 120;
const MAX_PRIO = 140;

/** A task in the making. */
export class Building implements ReplayTask {
  readonly index: number;
  readonly pid: number;
  comm: string;
  nice: number;
  rtPriority: number;
  policy?: number;
  boundTo?: number;
  ranOn?: Set<number>;
  readonly forkedBy: number;
  readonly tape = new Tape();
  /** Work since its last step, ns, and the stretches of its CPU's time in which that was done. */
  run = 0;
  private pieces: { work: number; from: number; span: number }[] = [];
  /** What the simulator will charge for its steps and switches, not yet taken off its work. */
  owed = 0;
  readonly bornNs: number;
  /** Since when it sleeps or is gone, ns; -1: neither. */
  asleepSince = -1;
  isGone = false;
  /** When it last woke a task, and the length of its tape then. */
  wokeAt = Number.NEGATIVE_INFINITY;
  wokeLength = -1;
  /** `run` as it was then. */
  wokeRun = 0;
  /** Where on its tape the wake-ups begin that may be of the same system call; -1: there are none. */
  callFrom = -1;

  constructor(life: RecordedLife, forkedBy: number, bornNs: number) {
    this.bornNs = bornNs;
    this.index = life.index;
    this.pid = life.pid;
    this.comm = life.comm;
    this.rtPriority = life.prio >= 0 && life.prio < MAX_RT_PRIO - 1 ? MAX_RT_PRIO - 1 - life.prio : 0;
    this.nice = niceOf(life.prio);
    this.forkedBy = forkedBy;
  }

  /** It has worked, for `span` ns from then on. */
  worked(work: number, from: number, span: number): void {
    this.run += work;
    this.pieces.push({ work, from, span });
  }

  /** Puts the work until now on the tape, less what is owed for it; gives both. */
  settle(): { work: number; costs: number } {
    const costs = Math.min(this.run, this.owed);
    const settled = { work: this.run - costs, costs };
    this.owed -= costs;
    this.run = 0;
    let off = costs;
    for (const { work, from, span } of this.pieces) {
      const less = Math.min(work, off);
      off -= less;
      this.tape.pushRun(work - less, from, span);
    }
    this.pieces = [];
    return settled;
  }
}

/** The nice value of a kernel priority; 0 of those that are none of the fair class. */
export const niceOf = (prio: number): number =>
  prio >= MAX_RT_PRIO && prio < MAX_PRIO ? prio - DEFAULT_PRIO : 0;
