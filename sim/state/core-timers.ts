import { BOOT_CLOCK } from "./boot-clock.ts";
import type { Machine } from "./machine.ts";

/** A timer of the scheduler's own (struct hrtimer): of a bandwidth period, of slack that is to be given back. */
export class CoreTimer {
  /** Clock value (machine.clock) at which it is due; while it is not armed the last one, at first the start. ns */
  expires = BOOT_CLOCK;
  /** CPU whose timer it is, which its interrupt reaches; -1 = not armed. */
  cpu = -1;
  /** Counts armings: which one was armed first. */
  order = 0;
  /** Its interrupt, on machine.thisCpu. True: it is armed again, on that CPU (HRTIMER_RESTART). */
  readonly fire: (machine: Machine, timer: CoreTimer) => boolean;

  constructor(fire: CoreTimer["fire"]) {
    this.fire = fire;
  }

  get armed(): boolean {
    return this.cpu >= 0;
  }

  /** hrtimer_forward(): on to the first multiple of `interval` after `now`; returns how many intervals that were. */
  forward(now: number, interval: number): number {
    const step = Math.max(interval, 1); // the clock's resolution
    if (now < this.expires) return 0;
    const overruns = Math.floor((now - this.expires) / step) + 1;
    this.expires += overruns * step;
    return overruns;
  }
}

/**
 * The timers that are armed. Who drives the core looks at `next` after each operation, moves the clock there in time, and
 * has the timer's interrupt arrive: nothing else lets the scheduler act on its own.
 *
 * Invariants:
 *  K1. `next` is the smallest `expires` of the armed timers, Infinity where there is none; it never lies before the clock.
 *  K2. Of timers due at the same time the one armed first fires first.
 */
export class CoreTimers {
  next = Number.POSITIVE_INFINITY;
  private readonly armed: CoreTimer[] = [];
  private armings = 0;

  /** hrtimer_start_expires() on `cpu`; from outside the machine (-1) on the first one. A timer that is armed is armed anew. */
  start(timer: CoreTimer, cpu: number): void {
    if (timer.armed) this.cancel(timer);
    timer.cpu = Math.max(cpu, 0);
    timer.order = ++this.armings;
    this.armed.push(timer);
    if (timer.expires < this.next) this.next = timer.expires;
  }

  /** hrtimer_cancel() */
  cancel(timer: CoreTimer): void {
    const at = this.armed.indexOf(timer);
    if (at < 0) return;
    timer.cpu = -1;
    const last = this.armed.pop()!;
    if (last !== timer) this.armed[at] = last;
    if (timer.expires === this.next) this.next = this.earliest()?.expires ?? Number.POSITIVE_INFINITY;
  }

  /** The one to fire next; null where none is armed. */
  earliest(): CoreTimer | null {
    let first: CoreTimer | null = null;
    for (const timer of this.armed) {
      if (
        first === null ||
        timer.expires < first.expires ||
        (timer.expires === first.expires && timer.order < first.order)
      )
        first = timer;
    }
    return first;
  }
}
