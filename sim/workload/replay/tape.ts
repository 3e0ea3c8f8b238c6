/**
 * What one task of a recording did, as words of 32 bits: a recording of ten million switches fits into some 100 MB. Each
 * step is a word with the kind in its lowest four bits and a value above them; a sleep, a wait and an end have a second
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
export const STEP_SEND = 8; // value: number of the task that it sent a message to, which was awake (inferred)
export const STEP_RECEIVE = 9; // value: number of the task whose message was there when it needed one (inferred)
export const STEP_SEND_SYNC = 10; // as STEP_WAKE_SYNC is to STEP_WAKE

/** What ends a sleep of which no task is the cause. */
export const SLEEP_CAUSES = ["unknown", "timer", "device", "interrupt"] as const;
export type SleepCause = (typeof SLEEP_CAUSES)[number];

/** Most that a word has place for beside its kind. */
export const MOST_VALUE = 2 ** 28 - 1;
/** Sleeps from here on, 2.1 s, are kept in steps of 10 µs. */
const FINE_NS = 2 ** 31;
const COARSE_NS = 10_000;

export class Tape {
  words = new Uint32Array(16);
  length = 0;
  /** By word, until they are forgotten: when the step was, ns; of work, when it began; of a sleep's second word, when it began. */
  times = new Float64Array(16);
  /** By word: how long the task was on its CPU for this work, ns. */
  spans = new Uint32Array(16);
  private isTimed = true;

  push(kind: number, value: number, time: number, span = 0): void {
    this.pushRaw(value * 16 + kind, time, span);
  }

  /** A sleep or a wait of `ns` that ended at `time`. */
  pushSleep(kind: number, value: number, ns: number, time: number): void {
    this.push(kind, value, time);
    const word = ns < FINE_NS ? ns : FINE_NS + Math.min(FINE_NS - 1, Math.round(ns / COARSE_NS));
    this.pushRaw(word, time - ns);
  }

  /**
   * The wake-ups behind `from`, between which there is nothing but work, become one operation, as far back as there was no more than `ns`
   * between two of them. Returns what was between them.
   */
  joinWakes(from: number, ns: number): number {
    const { words } = this;
    let first = this.length;
    let between = 0;
    let work = 0;
    for (let at = this.length - 1; at >= from; at--) {
      if (kindOf(words[at]) === STEP_RUN) between += payloadOf(words[at]);
      else if (between > ns) break;
      else {
        work += between;
        between = 0;
        first = at;
      }
    }
    let end = first;
    for (let at = first; at < this.length; at++)
      if (kindOf(words[at]) !== STEP_RUN) {
        this.times[end] = this.times[at];
        words[end++] = words[at];
      }
    this.length = end;
    return work;
  }

  /** Its last step, a wake-up, was one of a task about to sleep. */
  makeSync(): void {
    this.setSync(this.length - 1, true);
  }

  /** Says of the wake-up or message at `at` whether it was one of a task about to sleep. */
  setSync(at: number, isSync: boolean): void {
    const kind = kindOf(this.words[at]);
    const [plain, sync] = isWake(kind) ? [STEP_WAKE, STEP_WAKE_SYNC] : [STEP_SEND, STEP_SEND_SYNC];
    this.words[at] = this.words[at] - kind + (isSync ? sync : plain);
  }

  /** Work of `ns`, for which the task was on its CPU for `span` ns from then on. */
  pushRun(ns: number, from: number, span: number): void {
    for (let done = 0; done < ns; done += MOST_VALUE) {
      const part = Math.min(ns - done, MOST_VALUE);
      this.push(STEP_RUN, part, from + Math.floor((span * done) / ns), Math.floor((span * part) / ns));
    }
  }

  /** A word as it is. */
  pushRaw(word: number, time: number, span = 0): void {
    if (this.length === this.words.length) this.grow();
    if (this.isTimed) {
      this.times[this.length] = time;
      this.spans[this.length] = span;
    }
    this.words[this.length++] = word;
  }

  /** Nobody will ask when its steps were. */
  forgetTimes(): void {
    this.isTimed = false;
    this.times = new Float64Array(0);
    this.spans = new Uint32Array(0);
  }

  /** Takes over what the other holds. */
  become(other: Tape): void {
    this.words = other.words;
    this.length = other.length;
    this.times = other.times;
    this.spans = other.spans;
  }

  /** Gives back what was taken for growing. */
  trim(): void {
    this.words = this.words.slice(0, this.length);
  }

  private grow(): void {
    const size = this.length + Math.min(Math.max(16, this.length), 1 << 20);
    const larger = new Uint32Array(size);
    larger.set(this.words);
    this.words = larger;
    if (!this.isTimed) return;
    const times = new Float64Array(size);
    times.set(this.times);
    this.times = times;
    const spans = new Uint32Array(size);
    spans.set(this.spans);
    this.spans = spans;
  }
}

export const kindOf = (word: number): number => word & 15;
/** Whether it is a wake-up. */
export const isWake = (kind: number): boolean => kind === STEP_WAKE || kind === STEP_WAKE_SYNC;
export const payloadOf = (word: number): number => word >>> 4;
/** How long a sleep of that second word was, ns. */
export const sleepNs = (word: number): number => (word < FINE_NS ? word : (word - FINE_NS) * COARSE_NS);
/** Whether a second word belongs to a step of that kind. */
export const isLong = (kind: number): boolean =>
  kind === STEP_SLEEP || kind === STEP_WAIT || kind === STEP_EXIT;
/** Whether it sends a message, to one who was awake or not. */
export const isSend = (kind: number): boolean =>
  isWake(kind) || kind === STEP_SEND || kind === STEP_SEND_SYNC;
/** Whether it needs one. */
export const needsMessage = (kind: number): boolean => kind === STEP_WAIT || kind === STEP_RECEIVE;
