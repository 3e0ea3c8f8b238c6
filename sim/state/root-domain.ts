import { CpuMask } from "../lib/cpumask.ts";

/** CPUPRI_NORMAL: no real-time task is on the CPU. */
export const CPUPRI_NORMAL = 0;

/**
 * What the CPUs of a partition share for their real-time tasks (struct root_domain).
 *
 * Invariants:
 *  RD1. cpuPri[cpu] is 99 - the CPU's rt.highestCurr: 0 for none, up to 99. CPU c is in byPri[p] exactly where cpuPri[c] = p.
 *  RD2. rtoMask holds the CPUs whose real-time queue is overloaded, rtoCount their number.
 */
export class RootDomain {
  readonly cpuPri: Uint8Array;
  readonly byPri: (CpuMask | undefined)[] = [];
  readonly rtoMask: CpuMask;
  rtoCount = 0;

  constructor(cpus: number) {
    this.cpuPri = new Uint8Array(cpus);
    this.rtoMask = new CpuMask(cpus);
    this.byPri[CPUPRI_NORMAL] = CpuMask.full(cpus);
  }

  /** The CPUs of a priority. */
  cpusOf(pri: number): CpuMask {
    this.byPri[pri] ??= new CpuMask(this.cpuPri.length);
    return this.byPri[pri];
  }
}
