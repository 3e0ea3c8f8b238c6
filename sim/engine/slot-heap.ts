/** What a heap needs to know of the slots in it, side by side; a slot is in one heap at most. */
export class Slots {
  /** Of events at one time the one with the lowest rank goes first. */
  rank = new Float64Array(16);
  /** The place of a slot in its heap; -1: it is in none. */
  where = new Int32Array(16).fill(-1);

  grow(size: number): void {
    this.rank = grown(new Float64Array(size), this.rank);
    this.where = grown(new Int32Array(size).fill(-1), this.where);
  }
}

export function grown<T extends Float64Array | Int32Array | Uint8Array>(to: T, from: T): T {
  to.set(from);
  return to;
}

/**
 * An indexed binary heap of slots by due time and rank.
 *
 * Invariants:
 *  B1. where[heap[i]] === i for every slot in it. times[i] is the time of heap[i]; times[0] is Infinity while it is empty.
 *  B2. Every parent precedes its children by (time, rank).
 */
export class SlotHeap {
  filled = 0;
  times = new Float64Array(16).fill(Infinity);
  heap = new Int32Array(16);
  private readonly slots: Slots;
  /** The time for put(). Not a parameter: V8 boxes a double that it hands to a function. */
  private readonly due: Float64Array;

  constructor(slots: Slots, due: Float64Array) {
    this.slots = slots;
    this.due = due;
  }

  /** Puts a slot into the heap, or the one that is at `i` elsewhere, due at due[0]; -1 = it is not in it yet. */
  put(i: number, slot: number): void {
    if (i >= 0) {
      this.place(i, slot);
      return;
    }
    if (this.filled === this.heap.length) {
      this.times = grown(new Float64Array(2 * this.filled), this.times);
      this.heap = grown(new Int32Array(2 * this.filled), this.heap);
    }
    this.place(this.filled++, slot);
  }

  /** Takes the slot at `i` out. */
  remove(i: number): void {
    const { times, heap, slots, due } = this;
    slots.where[heap[i]] = -1;
    const last = --this.filled;
    if (last === 0) times[0] = Infinity;
    if (i === last) return;
    due[0] = times[last];
    this.place(i, heap[last]);
  }

  /** Puts the slot, due at due[0], into the heap from position `start` on, moving others out of its way (B2). */
  private place(start: number, slot: number): void {
    const { times, heap, filled } = this;
    const { rank, where } = this.slots;
    const time = this.due[0];
    let i = start;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (time > times[up] || (time === times[up] && rank[slot] > rank[heap[up]])) break;
      times[i] = times[up];
      where[heap[up]] = i;
      heap[i] = heap[up];
      i = up;
    }
    for (let child = 2 * i + 1; child < filled; child = 2 * i + 1) {
      const right = child + 1;
      if (right < filled) {
        const d = times[right] - times[child];
        if (d < 0 || (d === 0 && rank[heap[right]] < rank[heap[child]])) child = right;
      }
      if (time < times[child] || (time === times[child] && rank[slot] < rank[heap[child]])) break;
      times[i] = times[child];
      where[heap[child]] = i;
      heap[i] = heap[child];
      i = child;
    }
    times[i] = time;
    heap[i] = slot;
    where[slot] = i;
  }
}
