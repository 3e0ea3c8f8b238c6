import * as T from "./tape.ts";
import type { TimedTape } from "./timed-tape.ts";

/** A message that woke its receiver, which is how it came to be recorded. */
export interface SeenMessage {
  readonly from: TimedTape;
  readonly to: TimedTape;
  /** ns */
  readonly time: number;
  /** The word of the wake-up, on the sender's tape, and of the sleep that it ended, on the receiver's. */
  readonly sent: number;
  readonly got: number;
}

/** All such messages between two tasks, in the order of time. */
export type Exchange = readonly SeenMessage[];

/** The messages between any two tasks: the n-th wake-up of one by the other ends the n-th of its sleeps that are for it. */
export function seenMessages(tapes: readonly (TimedTape | undefined)[]): Exchange[] {
  const wakes = new Map<string, number[]>();
  for (const tape of tapes)
    if (tape)
      forEachStep(tape.words, tape.task.tape.length, (kind, value, word) => {
        if (T.isWake(kind)) add(wakes, `${tape.task.index} ${value}`, word);
      });
  const exchanges = new Map<string, SeenMessage[]>();
  for (const to of tapes) {
    if (!to) continue;
    const seen = new Map<number, number>();
    forEachStep(to.words, to.task.tape.length, (kind, value, got) => {
      const from = tapes[value];
      if (kind !== T.STEP_WAIT || !from) return;
      const n = seen.get(value) ?? 0;
      seen.set(value, n + 1);
      const sent = wakes.get(`${value} ${to.task.index}`)?.[n];
      if (sent === undefined) return;
      const [a, b] = [Math.min(value, to.task.index), Math.max(value, to.task.index)];
      add(exchanges, `${a} ${b}`, { from, to, time: to.timeOfWord(got), sent, got });
    });
  }
  return [...exchanges.values()].map((list) => list.sort((a, b) => a.time - b.time));
}

function forEachStep(
  words: Uint32Array,
  length: number,
  step: (kind: number, value: number, word: number) => void,
): void {
  for (let word = 0; word < length; word++) {
    const kind = T.kindOf(words[word]);
    step(kind, T.payloadOf(words[word]), word);
    if (T.isLong(kind)) word++;
  }
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
