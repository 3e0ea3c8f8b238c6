/**
 * A set of keys of `width` numbers each, in flat typed arrays: the forced keys of the history labels.
 *
 * Invariants:
 *  Y1. `slots[h]` is -1 or the number of an entry; an entry is found by probing from its hash to the first -1.
 *  Y2. At most half of the slots are taken, so probing ends soon.
 *  Y3. Entry e holds its numbers at `entries[e * width ..]`. NaN (unknown) equals NaN here.
 */
export class KeySet {
  size = 0;
  private readonly width: number;
  private entries: Float64Array;
  private slots: Int32Array;

  constructor(width: number) {
    this.width = width;
    this.entries = new Float64Array(64 * width);
    this.slots = new Int32Array(128).fill(-1);
  }

  /** Adds `key[0 .. width-1]` if it is not there. */
  add(key: Float64Array): void {
    const slot = this.find(key);
    if (this.slots[slot] >= 0) return;
    const at = this.size * this.width;
    if (at === this.entries.length) {
      const bigger = new Float64Array(this.entries.length * 2);
      bigger.set(this.entries);
      this.entries = bigger;
    }
    for (let k = 0; k < this.width; k++) this.entries[at + k] = plain(key[k]);
    this.slots[slot] = this.size++;
    if (this.size * 2 > this.slots.length) this.rehash();
  }

  has(key: Float64Array): boolean {
    return this.slots[this.find(key)] >= 0;
  }

  /** The slot where the key is, or where it belongs. */
  private find(key: Float64Array): number {
    const mask = this.slots.length - 1;
    let slot = hash(key, 0, this.width) & mask;
    for (;;) {
      const entry = this.slots[slot];
      if (entry < 0 || this.equals(entry, key)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private equals(entry: number, key: Float64Array): boolean {
    const at = entry * this.width;
    for (let k = 0; k < this.width; k++) if (this.entries[at + k] !== plain(key[k])) return false;
    return true;
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    const mask = this.slots.length - 1;
    for (let e = 0; e < this.size; e++) {
      let slot = hash(this.entries, e * this.width, this.width) & mask;
      while (this.slots[slot] >= 0) slot = (slot + 1) & mask;
      this.slots[slot] = e;
    }
  }
}

/** Beyond every exact integer of a trace (S1), so that it can stand for NaN among the entries. */
const UNKNOWN = 2 ** 60;
const plain = (value: number): number => (Number.isNaN(value) ? UNKNOWN : value);

function hash(key: Float64Array, at: number, width: number): number {
  let h = 0;
  for (let k = 0; k < width; k++) {
    h = Math.imul(h ^ (plain(key[at + k]) | 0), 0x9e3779b1);
    h ^= h >>> 15;
  }
  return h;
}
