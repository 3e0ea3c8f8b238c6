/** Simulated time, integer ns. */
export interface Clock {
  now: number;
}

/** What has events on an agenda. */
export interface Source {
  /** The event is due: the clock stands at its time. */
  fire(): void;
}

/**
 * All that is to come: an indexed binary heap over the slots of sources, each with at most one pending event. A slot is a
 * CPU's next completion, a task's timer, the jiffy: whoever owns it reschedules or cancels it in place, so the steady
 * state allocates nothing.
 *
 * Invariants:
 *  Q1. Order is total: (time, priority, seq). seq counts schedulings, so equal (time, priority) leave in the order in
 *      which they were scheduled; no two pending events compare equal. rank = priority * 2^45 + seq holds both.
 *  Q2. where[heap[i]] === i for every pending slot; where[slot] === -1 for every other. times[i] is the time of heap[i].
 *  Q3. Every parent in the heap precedes its children.
 *  Q4. Times never lie before the clock, which moves to the time of each event popped: it does not go back.
 *  Q5. A slot popped stays in the heap as `taken` until it is scheduled anew or somebody looks for the next event: who
 *      schedules itself again, as completions and the jiffy do, moves a few places instead of out and in again.
 */
export class Agenda {
  readonly clock: Clock = { now: -0 };
  /** Events in the heap, and the slot among them that is pending no more (Q5; -1 = none). */
  private filled = 0;
  private taken = -1;
  /** Due times in the order of the heap; times[0] is Infinity while it is empty. */
  private times = new Float64Array(16).fill(Infinity);
  private heap = new Int32Array(16);
  private rank = new Float64Array(16);
  private priority = new Uint8Array(16);
  private where = new Int32Array(16).fill(-1);
  /** For scheduleDue(). Not a parameter: V8 boxes a double that it hands to a function. */
  readonly due = new Float64Array(1);
  private readonly sources: Source[] = [];
  private nextSeq = 0;

  /** A slot for a new source. Lower `priority` (0..255) goes first at equal times. */
  add(priority: number, source: Source): number {
    const slot = this.sources.length;
    if (slot === this.where.length) this.grow();
    this.priority[slot] = priority;
    this.sources.push(source);
    return slot;
  }

  /** Another source takes over the slot, in which nothing is pending. */
  give(slot: number, source: Source): void {
    this.sources[slot] = source;
  }

  /** Pending events. */
  get size(): number {
    return this.taken < 0 ? this.filled : this.filled - 1;
  }

  /** Due time of the first event, or Infinity. */
  peek(): number {
    this.settle();
    return this.first;
  }

  /** The same, after settle(). For the event loop: V8 boxes a double that a function returns, unless it inlines it. */
  get first(): number {
    return this.times[0];
  }

  /** Removes the slot popped last, where it has not been scheduled anew (Q5). */
  settle(): void {
    if (this.taken >= 0) this.cancel(this.taken);
  }

  /**
   * (Re)schedules the slot; one that is due at that time already keeps its place. Throws a RangeError where `time` is
   * not an integer at or after `now` (Q4).
   */
  schedule(slot: number, time: number): void {
    this.due[0] = time;
    this.scheduleDue(slot);
  }

  /** schedule() at due[0]: what allocates nothing. */
  scheduleDue(slot: number): void {
    const time = this.due[0];
    if (!(time >= this.clock.now && Number.isSafeInteger(time)))
      throw new RangeError(`event at ${time}, clock at ${this.clock.now}`);
    let i = this.where[slot];
    if (i < 0) i = this.filled++;
    else if (slot === this.taken) this.taken = -1;
    else if (this.times[i] === time) return;
    this.rank[slot] = this.priority[slot] * 2 ** 45 + this.nextSeq++;
    this.place(i, slot);
  }

  cancel(slot: number): void {
    const i = this.where[slot];
    if (i < 0) return;
    this.where[slot] = -1;
    if (slot === this.taken) this.taken = -1;
    const last = --this.filled;
    if (last === 0) this.times[0] = Infinity;
    if (i === last) return;
    this.due[0] = this.times[last];
    this.place(i, this.heap[last]);
  }

  /** Takes the first event, moves the clock to it and returns its slot; -1 when nothing is pending. */
  pop(): number {
    this.settle();
    if (this.filled === 0) return -1;
    this.clock.now = this.times[0];
    this.taken = this.heap[0];
    return this.taken;
  }

  /** pop(), and its source fires. Something must be pending. */
  next(): void {
    this.sources[this.pop()].fire();
  }

  /** Puts the slot, due at due[0], into the heap from position `start` on, moving others out of its way (Q3). */
  private place(start: number, slot: number): void {
    const { times, heap, rank, where, filled } = this;
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

  private grow(): void {
    const size = this.where.length * 2;
    const copy = <T extends Float64Array | Int32Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.times = copy(new Float64Array(size), this.times);
    this.heap = copy(new Int32Array(size), this.heap);
    this.rank = copy(new Float64Array(size), this.rank);
    this.priority = copy(new Uint8Array(size), this.priority);
    this.where = copy(new Int32Array(size).fill(-1), this.where);
  }
}
