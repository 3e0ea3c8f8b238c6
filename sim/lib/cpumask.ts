/**
 * A set of CPUs as a bitmap (struct cpumask).
 *
 * Invariants:
 *  M1. Bit c of word c >> 5 is set exactly when CPU c is in the set.
 *  M2. Bits at or above `bits` are never set, so that whole words can be compared and combined.
 */
export class CpuMask {
  readonly bits: number;
  readonly words: Int32Array;
  private members: Int32Array | null = null;

  constructor(bits: number) {
    this.bits = bits;
    this.words = new Int32Array((bits + 31) >> 5);
  }

  static of(bits: number, cpus: Iterable<number>): CpuMask {
    const mask = new CpuMask(bits);
    for (const cpu of cpus) mask.set(cpu);
    return mask;
  }

  static full(bits: number): CpuMask {
    const mask = new CpuMask(bits);
    for (let cpu = 0; cpu < bits; cpu++) mask.set(cpu);
    return mask;
  }

  has(cpu: number): boolean {
    return ((this.words[cpu >> 5] >>> (cpu & 31)) & 1) !== 0;
  }

  set(cpu: number): void {
    this.words[cpu >> 5] |= 1 << (cpu & 31);
  }

  clear(cpu: number): void {
    this.words[cpu >> 5] &= ~(1 << (cpu & 31));
  }

  copy(other: CpuMask): void {
    const words = this.words;
    const from = other.words;
    for (let i = 0; i < words.length; i++) words[i] = from[i];
  }

  /** this = a & b */
  and(a: CpuMask, b: CpuMask): void {
    const words = this.words;
    for (let i = 0; i < words.length; i++) words[i] = a.words[i] & b.words[i];
  }

  /** this |= other */
  or(other: CpuMask): void {
    const words = this.words;
    for (let i = 0; i < words.length; i++) words[i] |= other.words[i];
  }

  /** this &= ~other */
  andNot(other: CpuMask): void {
    const words = this.words;
    for (let i = 0; i < words.length; i++) words[i] &= ~other.words[i];
  }

  /** Lowest CPU >= `from`, or -1. */
  next(from: number): number {
    const words = this.words;
    let i = from >> 5;
    if (i >= words.length) return -1;
    let word = words[i] & (-1 << (from & 31));
    while (word === 0) {
      if (++i >= words.length) return -1;
      word = words[i];
    }
    return (i << 5) + 31 - Math.clz32(word & -word);
  }

  /** Lowest CPU, or -1 when empty. */
  first(): number {
    return this.next(0);
  }

  weight(): number {
    let count = 0;
    for (const word of this.words) {
      let w = word - ((word >>> 1) & 0x55555555);
      w = (w & 0x33333333) + ((w >>> 2) & 0x33333333);
      count += Math.imul((w + (w >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    return count;
  }

  equals(other: CpuMask): boolean {
    const words = this.words;
    for (let i = 0; i < words.length; i++) if (words[i] !== other.words[i]) return false;
    return true;
  }

  /** this is a subset of other. */
  subsetOf(other: CpuMask): boolean {
    const words = this.words;
    for (let i = 0; i < words.length; i++) if ((words[i] & ~other.words[i]) !== 0) return false;
    return true;
  }

  intersects(other: CpuMask): boolean {
    const words = this.words;
    for (let i = 0; i < words.length; i++) if ((words[i] & other.words[i]) !== 0) return true;
    return false;
  }

  /** The CPUs in ascending order, listed once: for masks that do not change any more. */
  list(): Int32Array {
    this.members ??= Int32Array.from(this.toArray());
    return this.members;
  }

  toArray(): number[] {
    const cpus: number[] = [];
    for (let cpu = this.next(0); cpu >= 0; cpu = this.next(cpu + 1)) cpus.push(cpu);
    return cpus;
  }
}
