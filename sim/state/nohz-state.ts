import { CpuMask } from "../lib/cpumask.ts";

/** Kinds of nohz kick (enum of kernel/sched/sched.h). */
export const NOHZ_BALANCE_KICK = 1;
export const NOHZ_STATS_KICK = 2;
export const NOHZ_NEWILB_KICK = 4;
export const NOHZ_NEXT_KICK = 8;
export const NOHZ_KICK_MASK = NOHZ_BALANCE_KICK | NOHZ_STATS_KICK | NOHZ_NEXT_KICK;

/** The global `nohz` of kernel/sched/fair.c: who sleeps without ticks and when somebody must balance for them. */
export class NohzState {
  readonly idleCpus: CpuMask;
  nrCpus = 0;
  hasBlocked = false;
  needsUpdate = false;
  /** jiffies */
  nextBalance = 0;
  nextBlocked = 0;

  constructor(nrCpus: number) {
    this.idleCpus = new CpuMask(nrCpus);
  }
}
