/**
 * What one task of a recording did, as words of 32 bits: a recording of ten million switches fits into some 100 MB. Each
 * step is a word with the kind in its lowest three bits and a value above them; a sleep, a wait and an end have a second
 * word: how long the task slept, or how long before the end of the recording it ended.
 */
export const STEP_RUN = 0; // value: ns of work; longer stretches take several words
export const STEP_SLEEP = 1; // value: number of the cause in SLEEP_CAUSES
export const STEP_WAIT = 2; // value: number of the task that woke it
export const STEP_WAKE = 3; // value: number of the task that it woke
export const STEP_FORK = 4; // value: number of the task that it forked
export const STEP_NICE = 5; // value: nice + 20
export const STEP_EXIT = 6;
export const STEP_WAKE_SYNC = 7; // value: number of the task that it woke as it was about to sleep

/** What ends a sleep of which no task is the cause. */
export const SLEEP_CAUSES = ["unknown", "timer", "device", "interrupt"] as const;
export type SleepCause = (typeof SLEEP_CAUSES)[number];

/** Most that a word has place for beside its kind. */
export const MOST_VALUE = 2 ** 29 - 1;
/** Sleeps from here on, 2.1 s, are kept in steps of 10 µs. */
const FINE_NS = 2 ** 31;
const COARSE_NS = 10_000;

export class Tape {
  words = new Uint32Array(16);
  length = 0;

  push(kind: number, value: number): void {
    this.word(value * 8 + kind);
  }

  /** A sleep or a wait of `ns`. */
  pushSleep(kind: number, value: number, ns: number): void {
    this.push(kind, value);
    this.word(ns < FINE_NS ? ns : FINE_NS + Math.min(FINE_NS - 1, Math.round(ns / COARSE_NS)));
  }

  /** Its last step, a wake-up, was one of a task about to sleep. */
  makeSync(): void {
    this.words[this.length - 1] += STEP_WAKE_SYNC - STEP_WAKE;
  }

  pushRun(ns: number): void {
    for (let left = ns; left > 0; left -= MOST_VALUE) this.push(STEP_RUN, Math.min(left, MOST_VALUE));
  }

  /** Gives back what was taken for growing. */
  trim(): void {
    this.words = this.words.slice(0, this.length);
  }

  private word(word: number): void {
    if (this.length === this.words.length) {
      const larger = new Uint32Array(this.length + Math.min(Math.max(16, this.length), 1 << 20));
      larger.set(this.words);
      this.words = larger;
    }
    this.words[this.length++] = word;
  }
}

export const kindOf = (word: number): number => word & 7;
export const payloadOf = (word: number): number => word >>> 3;
/** How long a sleep of that second word was, ns. */
export const sleepNs = (word: number): number => (word < FINE_NS ? word : (word - FINE_NS) * COARSE_NS);
/** Whether a second word belongs to a step of that kind. */
export const isLong = (kind: number): boolean =>
  kind === STEP_SLEEP || kind === STEP_WAIT || kind === STEP_EXIT;
