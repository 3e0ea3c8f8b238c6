import { kindOfTask } from "./kind-of-task.ts";
import type { ReplayTask } from "./replay.ts";
import * as T from "./tape.ts";

/** A place on a tape: before a word, or within the work of one. */
export interface Place {
  readonly word: number;
  /** Work of that word which comes before the place, ns. */
  readonly offset: number;
}

interface Insertion extends Place {
  readonly kind: number;
  readonly value: number;
  readonly time: number;
  readonly order: number;
}

export const comparePlaces = (a: Place, b: Place): number => a.word - b.word || a.offset - b.offset;

/**
 * A task's tape while it is known when each of its steps was: periods in which the task was awake, from one sleep to the next, and places in them
 * by work or by time.
 *
 *  P1. Period p has the words from startWord[p] to endWord[p], which is the sleep that ends it, or the tape's end; it lasted from startAt[p] to endAt[p].
 *  P2. What is inserted into work stands behind its first ns: the task was on its CPU then, and not still preempted.
 */
export class TimedTape {
  readonly task: ReplayTask;
  readonly kind: string;
  readonly words: Uint32Array;
  private readonly times: Float64Array;
  private readonly spans: Uint32Array;
  private readonly length: number;
  /** Work before each word, ns. */
  readonly work: Float64Array;
  readonly startWord: number[] = [0];
  readonly startAt: number[] = [];
  readonly endWord: number[] = [];
  readonly endAt: number[] = [];
  private readonly insertions: Insertion[] = [];
  /** Of the insertions: where it takes messages, by the task that they are from. */
  private readonly receives = new Map<number, Place[]>();
  private stretches: number[] | undefined;

  constructor(task: ReplayTask) {
    const { words, times, spans, length } = task.tape;
    this.task = task;
    this.kind = kindOfTask(task.comm);
    this.words = words;
    this.times = times;
    this.spans = spans;
    this.length = length;
    this.work = new Float64Array(length + 1);
    this.startAt.push(length === 0 ? 0 : times[T.isLong(T.kindOf(words[0])) ? 1 : 0]);
    let work = 0;
    for (let i = 0; i < length; i++) {
      const kind = T.kindOf(words[i]);
      this.work[i] = work;
      if (kind === T.STEP_RUN) work += T.payloadOf(words[i]);
      if (!T.isLong(kind)) continue;
      this.endWord.push(i);
      this.endAt.push(times[i + 1]);
      this.startWord.push(i + 2);
      this.startAt.push(times[i]);
      this.work[++i] = work;
    }
    this.work[length] = work;
    this.endWord.push(length);
    this.endAt.push(Number.POSITIVE_INFINITY);
  }

  /** The last period that began at that time or before. */
  periodAt(time: number): number {
    return lastNotAfter(this.startAt, time);
  }

  /** The period that a word is of; a sleep is of the one that it ends. */
  periodOf(word: number): number {
    const period = lastNotAfter(this.startWord, word);
    return period > 0 && this.endWord[period - 1] >= word ? period - 1 : period;
  }

  timeOfWord(word: number): number {
    return this.times[word];
  }

  /** The first place in words [from, to) before which the task has done more than `work` since its tape's beginning. */
  atWork(work: number, from: number, to: number): Place {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.work[middle + 1] > work) high = middle;
      else low = middle + 1;
    }
    if (low >= to) return { word: to, offset: 0 };
    return this.within(low, work - this.work[low]);
  }

  /** The first place in words [from, to) that is not before the time. */
  atTime(time: number, from: number, to: number): Place {
    for (let word = from; word < to; word++) {
      const begin = this.times[word];
      if (!this.isWork(word)) {
        if (begin >= time) return { word, offset: 0 };
      } else if (begin >= time) return this.within(word, 0);
      else if (begin + this.spans[word] > time)
        return this.within(word, Math.ceil(this.workIn(word, time - begin)));
    }
    return { word: to, offset: 0 };
  }

  /** The last place in words [from, to) at which the task worked before the time; undefined: it did not. */
  lastBefore(time: number, from: number, to: number): Place | undefined {
    for (let word = to - 1; word >= from; word--) {
      if (!this.isWork(word)) continue;
      const begin = this.times[word];
      if (begin + this.spans[word] < time) return { word: word + 1, offset: 0 };
      if (begin + 1 < time) return this.within(word, Math.floor(this.workIn(word, time - begin - 1)));
    }
    return undefined;
  }

  /** When the task was there; behind a period's last work that is its end. */
  timeAt({ word, offset }: Place): number {
    if (word >= this.length || T.isLong(T.kindOf(this.words[word]))) {
      const last = word - 1;
      const period = this.periodOf(word);
      if (last < this.startWord[period]) return this.startAt[period];
      return Math.min(this.endAt[period], this.times[last] + this.spans[last]);
    }
    if (!this.isWork(word) || offset === 0) return this.times[word];
    return this.times[word] + Math.floor((this.spans[word] * offset) / T.payloadOf(this.words[word]));
  }

  workAt({ word, offset }: Place): number {
    return this.work[word] + offset;
  }

  /** The wake-ups of that task in words [from, to). */
  wakesOf(task: number, from: number, to: number): number[] {
    const found: number[] = [];
    for (let word = from; word < to; word++) {
      const kind = T.kindOf(this.words[word]);
      if (T.isWake(kind) && T.payloadOf(this.words[word]) === task) found.push(word);
      if (T.isLong(kind)) word++;
    }
    return found;
  }

  /** The last wake-up of anybody in words [from, to). */
  lastSend(from: number, to: number): number | undefined {
    for (let word = to - 1; word >= from; word--) if (T.isWake(T.kindOf(this.words[word]))) return word;
    return undefined;
  }

  /** Its stretches of work between two times: the words, and what of the time lies between. */
  workBetween(from: number, to: number): { word: number; from: number; to: number }[] {
    this.stretches ??= this.findStretches();
    const { stretches } = this;
    let low = 0;
    let high = stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[stretches[middle]] + this.spans[stretches[middle]] > from) high = middle;
      else low = middle + 1;
    }
    const found: { word: number; from: number; to: number }[] = [];
    for (let i = low; i < stretches.length && this.times[stretches[i]] < to; i++) {
      const word = stretches[i];
      const begin = this.times[word];
      found.push({ word, from: Math.max(begin, from), to: Math.min(begin + this.spans[word], to) });
    }
    return found;
  }

  /** The place in the work of a word at that time. */
  inWork(word: number, time: number): Place {
    return this.within(word, Math.floor(this.workIn(word, time - this.times[word])));
  }

  /** A message that was sent to a task that was awake. */
  insertSend(place: Place, to: number, time: number): void {
    this.insert(place, T.STEP_SEND, to, time);
  }

  /** A message that was there when the task needed it. */
  insertReceive(place: Place, from: number, time: number): void {
    this.insert(place, T.STEP_RECEIVE, from, time);
    const known = this.receives.get(from);
    if (known) known.push(place);
    else this.receives.set(from, [place]);
  }

  /** The first word in [from, to) that wakes somebody. */
  firstWake(from: number, to: number): number | undefined {
    for (let word = from; word < to; word++) if (T.isWake(T.kindOf(this.words[word]))) return word;
    return undefined;
  }

  /** The last place in words [from, to] where a message of that task was inserted. */
  lastReceive(task: number, from: number, to: number): Place | undefined {
    let last: Place | undefined;
    for (const place of this.receives.get(task) ?? [])
      if (place.word >= from && place.word <= to && (!last || comparePlaces(place, last) > 0)) last = place;
    return last;
  }

  /** Writes the tape anew, with all insertions. */
  finish(): void {
    const { insertions, words, times, length } = this;
    if (insertions.length === 0) return;
    insertions.sort((a, b) => comparePlaces(a, b) || a.time - b.time || a.order - b.order);
    const tape = new T.Tape();
    let next = 0;
    for (let word = 0; word <= length; word++) {
      let done = 0;
      for (; next < insertions.length && insertions[next].word === word; next++) {
        const { offset, kind, value, time } = insertions[next];
        tape.pushRun(offset - done, times[word], 0);
        done = Math.max(done, offset);
        tape.push(kind, value, time);
      }
      if (word === length) break;
      const kind = T.kindOf(words[word]);
      if (kind === T.STEP_RUN) tape.pushRun(T.payloadOf(words[word]) - done, times[word], this.spans[word]);
      else tape.push(kind, T.payloadOf(words[word]), times[word]);
      if (!T.isLong(kind)) continue;
      word++;
      tape.pushRaw(words[word], times[word]);
    }
    this.task.tape.become(tape);
  }

  private insert(place: Place, kind: number, value: number, time: number): void {
    const { word, offset } = place;
    this.insertions.push({ word, offset, kind, value, time, order: this.insertions.length });
  }

  private isWork(word: number): boolean {
    return T.kindOf(this.words[word]) === T.STEP_RUN;
  }

  /** P2 */
  private within(word: number, offset: number): Place {
    if (!this.isWork(word)) return { word, offset: 0 };
    return { word, offset: Math.max(1, Math.min(offset, T.payloadOf(this.words[word]))) };
  }

  /** Work of a word in its first `ns`. */
  private workIn(word: number, ns: number): number {
    return (T.payloadOf(this.words[word]) * ns) / Math.max(1, this.spans[word]);
  }

  private findStretches(): number[] {
    const found: number[] = [];
    for (let word = 0; word < this.length; word++) {
      if (this.isWork(word) && this.spans[word] > 0) found.push(word);
      if (T.isLong(T.kindOf(this.words[word]))) word++;
    }
    return found;
  }
}

/** Place of the last value that is not above `most`, of ascending ones; 0 where all are. */
function lastNotAfter(values: readonly number[], most: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle] <= most) low = middle;
    else high = middle - 1;
  }
  return low;
}
