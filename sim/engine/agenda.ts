import { grown, SlotHeap, Slots } from "./slot-heap.ts";

/** Simulated time, integer ns. */
export interface Clock {
  now: number;
}

/**
 * All that is to come, in slots with at most one pending event each. A slot is a CPU's next completion, a task's timer, the
 * jiffy: whoever owns it reschedules or cancels it in place, so the steady state allocates nothing. What an event means is
 * told by the slot's priority and the number of its owner: who takes events off the agenda calls what they mean by name,
 * which V8 can inline, where objects with a method of their own would be called blindly.
 *
 * The slots of CPUs, few and always about to be due, are in a heap of their own beside that of the tasks' timers: they come
 * and go in the cache, however many tasks sleep.
 *
 * Invariants:
 *  Q1. Order is total: (time, priority, seq), whichever heap a slot is in. seq counts schedulings, so equal (time,
 *      priority) leave in the order in which they were scheduled; no two pending events compare equal.
 *      rank = priority * 2^45 + seq holds both.
 *  Q2. A slot is in its heap exactly while an event of it is pending, or while it is `taken` (Q4).
 *  Q3. Times never lie before the clock, which moves to the time of each event popped: it does not go back.
 *  Q4. A slot popped stays in its heap as `taken` until it is scheduled anew or somebody looks for the next event: who
 *      schedules itself again, as completions and the jiffy do, moves a few places instead of out and in again.
 */
export class Agenda {
  readonly clock: Clock = { now: -0 };
  /** For scheduleDue(). Not a parameter: V8 boxes a double that it hands to a function. */
  readonly due = new Float64Array(1);
  private readonly slots = new Slots();
  private readonly few = new SlotHeap(this.slots, this.due);
  private readonly many = new SlotHeap(this.slots, this.due);
  private taken = -1;
  /** What look() has found. A field, as V8 boxes a double that a function returns, unless it inlines it. */
  firstAt = Number.POSITIVE_INFINITY;
  private priority = new Uint8Array(16);
  private owner = new Int32Array(16);
  /** Slots in `many`. */
  private ofMany = new Uint8Array(16);
  private nrSlots = 0;
  private nextSeq = 0;

  /** A new slot, one of `many` or of a few. Lower `priority` (0..255) goes first at equal times. */
  add(priority: number, owner: number, many = false): number {
    const slot = this.nrSlots++;
    if (slot === this.owner.length) this.grow();
    this.priority[slot] = priority;
    this.owner[slot] = owner;
    this.ofMany[slot] = many ? 1 : 0;
    return slot;
  }

  /** Another owner takes over the slot, in which nothing is pending. */
  give(slot: number, owner: number): void {
    this.owner[slot] = owner;
  }

  priorityOf(slot: number): number {
    return this.priority[slot];
  }

  ownerOf(slot: number): number {
    return this.owner[slot];
  }

  /** When the first event of `many` is due; Infinity: there is none. */
  get earliestOfMany(): number {
    if (this.taken >= 0) this.cancel(this.taken); // Q4
    return this.many.times[0];
  }

  /** Pending events. */
  get size(): number {
    return this.few.filled + this.many.filled - (this.taken < 0 ? 0 : 1);
  }

  /** Due time of the first event, or Infinity. */
  peek(): number {
    this.look();
    return this.firstAt;
  }

  /** The slot of the first event, which is due at `firstAt`; -1 and Infinity when nothing is pending. */
  look(): number {
    if (this.taken >= 0) this.cancel(this.taken); // Q4
    const { few, many } = this;
    const early = few.times[0];
    const late = many.times[0];
    if (early < late || (early === late && few.filled > 0 && this.isBefore(few.heap[0], many.heap[0]))) {
      this.firstAt = early;
      return few.heap[0];
    }
    this.firstAt = late;
    return many.filled === 0 ? -1 : many.heap[0];
  }

  private isBefore(slot: number, other: number): boolean {
    return this.slots.rank[slot] < this.slots.rank[other];
  }

  /** Takes the event that look() has found, and moves the clock to it. */
  take(slot: number): void {
    this.clock.now = this.firstAt;
    this.taken = slot;
  }

  /**
   * (Re)schedules the slot; one that is due at that time already keeps its place. Throws a RangeError where `time` is
   * not an integer at or after `now` (Q3).
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
    const heap = this.heapOf(slot);
    const i = this.slots.where[slot];
    if (slot === this.taken) this.taken = -1;
    else if (i >= 0 && heap.times[i] === time) return;
    this.slots.rank[slot] = this.priority[slot] * 2 ** 45 + this.nextSeq++;
    heap.put(i, slot);
  }

  cancel(slot: number): void {
    const i = this.slots.where[slot];
    if (i < 0) return;
    if (slot === this.taken) this.taken = -1;
    this.heapOf(slot).remove(i);
  }

  /** Takes the first event, moves the clock to it and returns its slot; -1 when nothing is pending. */
  pop(): number {
    const slot = this.look();
    if (slot >= 0) this.take(slot);
    return slot;
  }

  private heapOf(slot: number): SlotHeap {
    return this.ofMany[slot] === 0 ? this.few : this.many;
  }

  private grow(): void {
    const size = this.owner.length * 2;
    this.slots.grow(size);
    this.priority = grown(new Uint8Array(size), this.priority);
    this.owner = grown(new Int32Array(size), this.owner);
    this.ofMany = grown(new Uint8Array(size), this.ofMany);
  }
}
