import type { Random } from "../engine/random.ts";

/**
 * A small generator for one task (sfc32 by C. Doty-Humphrey, PractRand), seeded from the stream `workload`. Each task
 * has its own, so what a task draws depends on the seed and on its place in the workload, never on when the scheduler
 * lets it run: two policies on one seed face the same work.
 */
export class TaskRandom {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: Random) {
    const word = () => Math.floor(seed() * 0x1_0000_0000) | 0;
    this.a = word();
    this.b = word();
    this.c = word();
    for (let i = 0; i < 12; i++) this.next32();
  }

  /** Uniform unsigned 32-bit integer. */
  next32(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** Uniform in (0, 1), never 0. */
  unit(): number {
    return (this.next32() + 0.5) / 0x1_0000_0000;
  }
}
