/**
 * What tasks wait for. Every resource keeps its waiters in one first-in first-out queue, linked through the waiters
 * themselves: nothing is allocated when tasks block and wake.
 *
 * Invariants:
 *  W1. A waiter is in the queue of at most one resource, namely `waitingFor`.
 *  W2. Waiters leave in the order in which they came.
 */
export interface Waiter {
  waitingFor: Resource | null;
  nextWaiter: Waiter | null;
}

export abstract class Resource {
  abstract readonly kind: string;
  readonly name: string;
  /** Waiters in the queue. */
  waiters = 0;
  private head: Waiter | null = null;
  private tail: Waiter | null = null;

  constructor(name: string) {
    this.name = name;
  }

  enqueue(waiter: Waiter): void {
    waiter.waitingFor = this;
    waiter.nextWaiter = null;
    if (this.tail) this.tail.nextWaiter = waiter;
    else this.head = waiter;
    this.tail = waiter;
    this.waiters++;
  }

  /** The waiter that came first, taken out of the queue; null when nobody waits. */
  dequeue(): Waiter | null {
    const first = this.head;
    if (!first) return null;
    this.head = first.nextWaiter;
    if (!this.head) this.tail = null;
    first.waitingFor = null;
    first.nextWaiter = null;
    this.waiters--;
    return first;
  }
}

/**
 * A mutex. Unlocking wakes the first waiter, who then has to take it before somebody else does, as a futex does; with
 * `handOff` it is handed to the first waiter, as a priority-inheriting futex does.
 */
export class Mutex extends Resource {
  override readonly kind = "mutex";
  readonly handOff: boolean;
  owner: Waiter | null = null;
  /** Some script releases it for others: it never locks it, or less often than it unlocks it. */
  foreign = false;

  constructor(name: string, handOff = false) {
    super(name);
    this.handOff = handOff;
  }
}

/** A condition variable: signals that meet no waiter are lost. */
export class Condition extends Resource {
  override readonly kind = "condition";
}

/** Lets nobody pass before `users` tasks have come. */
export class Barrier extends Resource {
  override readonly kind = "barrier";
  users: number;

  constructor(name: string, users: number) {
    super(name);
    this.users = users;
  }
}

/** A counting semaphore. */
export class Semaphore extends Resource {
  override readonly kind = "semaphore";
  count: number;

  constructor(name: string, count = 0) {
    super(name);
    this.count = count;
  }
}

/** A gate that tasks pass when it is open: how a garbage collector stops the world. */
export class Gate extends Resource {
  override readonly kind = "gate";
  open = true;
}

/** One direction of waiting at a channel. */
export class ChannelSide extends Resource {
  override readonly kind: "channel (empty)" | "channel (full)";

  constructor(name: string, kind: "channel (empty)" | "channel (full)") {
    super(name);
    this.kind = kind;
  }
}

/**
 * A pipe, socket or queue for `capacity` messages. A message is an integer (who is to be answered, how much there is to
 * do); the receiver finds it in its register. `sync`: writers tell the scheduler that they are about to sleep (WF_SYNC),
 * as pipes and sockets do and futex-based queues do not.
 */
export class Channel {
  readonly name: string;
  readonly capacity: number;
  readonly sync: boolean;
  readonly readers: ChannelSide;
  readonly writers: ChannelSide;
  /** Messages inside. */
  size = 0;
  private readonly ring: Float64Array;
  private first = 0;

  constructor(name: string, capacity: number, sync: boolean) {
    this.name = name;
    this.capacity = capacity;
    this.sync = sync;
    this.ring = new Float64Array(capacity);
    this.readers = new ChannelSide(name, "channel (empty)");
    this.writers = new ChannelSide(name, "channel (full)");
  }

  put(message: number): void {
    this.ring[(this.first + this.size++) % this.capacity] = message;
  }

  take(): number {
    const message = this.ring[this.first];
    this.first = (this.first + 1) % this.capacity;
    this.size--;
    return message;
  }
}

/** A periodic timer as rt-app has it: `next` starts where the first task to use it counts from and grows by each period. */
export class PeriodicTimer {
  readonly name: string;
  /** Absolute timers keep their grid when they are late; relative ones start over from the moment they were missed. */
  absolute: boolean;
  next = -1;

  constructor(name: string, absolute: boolean) {
    this.name = name;
    this.absolute = absolute;
  }
}
