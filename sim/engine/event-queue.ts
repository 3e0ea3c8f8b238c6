/**
 * The queue of future events: an indexed binary heap over a fixed set of sources ("slots"), each with at most one
 * pending event. A slot is a CPU's next completion, a task's timer, the jiffy: whoever owns it reschedules or cancels
 * it in place, so the steady state allocates nothing.
 *
 * Invariants:
 *  Q1. Order is total: (time, priority, seq). seq counts schedulings, so equal (time, priority) leave in the order in
 *      which they were scheduled; no two pending events compare equal.
 *  Q2. where[heap[i]] === i for every pending slot; where[slot] === -1 for every other.
 *  Q3. Every parent in the heap precedes its children.
 *  Q4. Times never lie before the last popped one: the clock does not go back.
 */
export class EventQueue {
  /** Time of the event popped last: the clock, integer ns. */
  now = 0;
  /** Pending events. */
  size = 0;
  private time = new Float64Array(16);
  private seq = new Float64Array(16);
  private priority = new Uint8Array(16);
  private where = new Int32Array(16).fill(-1);
  private heap = new Int32Array(16);
  private slots = 0;
  private nextSeq = 0;

  /** A new source. Lower `priority` (0..255) goes first at equal times. */
  addSlot(priority: number): number {
    if (this.slots === this.where.length) this.grow();
    this.priority[this.slots] = priority;
    return this.slots++;
  }

  /** When the slot's event is due, or -1. */
  dueAt(slot: number): number {
    return this.where[slot] < 0 ? -1 : this.time[slot];
  }

  /** Due time of the first event, or Infinity. */
  peek(): number {
    return this.size === 0 ? Infinity : this.time[this.heap[0]];
  }

  /** (Re)schedules the slot. Throws a RangeError where `time` is not an integer at or after `now` (Q4). */
  schedule(slot: number, time: number): void {
    if (!(time >= this.now && Number.isSafeInteger(time)))
      throw new RangeError(`event at ${time}, clock at ${this.now}`);
    let i = this.where[slot];
    if (i < 0) i = this.size++;
    this.time[slot] = time;
    this.seq[slot] = this.nextSeq++;
    this.heap[i] = slot;
    this.where[slot] = i;
    this.siftDown(this.siftUp(i));
  }

  cancel(slot: number): void {
    const i = this.where[slot];
    if (i < 0) return;
    this.where[slot] = -1;
    const last = this.heap[--this.size];
    if (i === this.size) return;
    this.heap[i] = last;
    this.where[last] = i;
    this.siftDown(this.siftUp(i));
  }

  /** Removes the first event, moves the clock to it and returns its slot; -1 when nothing is pending. */
  pop(): number {
    if (this.size === 0) return -1;
    const slot = this.heap[0];
    this.now = this.time[slot];
    this.cancel(slot);
    return slot;
  }

  private before(a: number, b: number): boolean {
    const t = this.time[a] - this.time[b];
    if (t !== 0) return t < 0;
    const p = this.priority[a] - this.priority[b];
    return p !== 0 ? p < 0 : this.seq[a] < this.seq[b];
  }

  private siftUp(start: number): number {
    const slot = this.heap[start];
    let i = start;
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = this.heap[up];
      if (!this.before(slot, parent)) break;
      this.heap[i] = parent;
      this.where[parent] = i;
      i = up;
    }
    this.heap[i] = slot;
    this.where[slot] = i;
    return i;
  }

  private siftDown(start: number): void {
    const slot = this.heap[start];
    let i = start;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.before(this.heap[child + 1], this.heap[child])) child++;
      const down = this.heap[child];
      if (!this.before(down, slot)) break;
      this.heap[i] = down;
      this.where[down] = i;
      i = child;
    }
    this.heap[i] = slot;
    this.where[slot] = i;
  }

  private grow(): void {
    const size = this.where.length * 2;
    const copy = <T extends Float64Array | Int32Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.time = copy(new Float64Array(size), this.time);
    this.seq = copy(new Float64Array(size), this.seq);
    this.priority = copy(new Uint8Array(size), this.priority);
    this.where = copy(new Int32Array(size).fill(-1), this.where);
    this.heap = copy(new Int32Array(size), this.heap);
  }
}
