/**
 * xoshiro128** (Blackman and Vigna, 2018): random numbers whose whole state is four words, so that a checkpoint can
 * store it and a resumed training draws what the uninterrupted one would have drawn.
 *
 * Streams from outside (`() => number`) seed it once; see `seedFrom`.
 */
export type RandomSeed = readonly [number, number, number, number];

/** Four words from a stream of uniform numbers in [0, 1). */
export function seedFrom(random: () => number): RandomSeed {
  const word = () => Math.floor(random() * 4294967296) >>> 0;
  return [word(), word(), word(), word()];
}

export class RandomState {
  readonly words = new Uint32Array(4);

  /** An all-zero seed would stay zero for ever; its last word is set to 1. */
  constructor(seed: RandomSeed) {
    this.words.set(seed);
    if (seed.every((w) => w === 0)) this.words[3] = 1;
  }

  /** Uniform in [0, 2^32). */
  uint32(): number {
    const s = this.words;
    const s1 = s[1];
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = s1 << 9;
    s[2] ^= s[0];
    s[3] ^= s1;
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    const s3 = s[3];
    s[3] = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  /** Uniform in [0, 1), 32 bits. */
  uniform = (): number => this.uint32() / 4294967296;

  /** Fisher-Yates in place. */
  shuffle(array: Uint32Array): void {
    for (let i = array.length - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      const kept = array[i];
      array[i] = array[j];
      array[j] = kept;
    }
  }
}
