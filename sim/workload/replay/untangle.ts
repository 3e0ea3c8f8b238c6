import type { Tape } from "./tape.ts";
import * as T from "./tape.ts";

/**
 * Needs that are nested: a task needs a message of one, then of another, answers the other, and last the first. On the tape its answer to the first would wait for
 * the other's message, though it has nothing to do with it. So the first need comes after the other's answer: what is done for each message stands by itself.
 * Who plays the tape takes the messages in the order in which they come.
 */
export function untangle(tape: Tape): number {
  let changed = 0;
  for (let at = 0; at < tape.length; at++) {
    const kind = T.kindOf(tape.words[at]);
    if (T.needsMessage(kind) && untangleAt(tape, at)) changed++;
    if (T.isLong(kind)) at++;
  }
  return changed;
}

/** The need at `at` changes places with those that are nested in it. False: there are none, or they are not answered before. */
function untangleAt({ words, times, spans, length }: Tape, at: number): boolean {
  const who = T.payloadOf(words[at]);
  const begin = at + (T.isLong(T.kindOf(words[at])) ? 2 : 1);
  const open = new Set<number>();
  let first = -1;
  let last = -1;
  for (let i = begin; i < length; i++) {
    const kind = T.kindOf(words[i]);
    if (T.isLong(kind)) return false;
    const other = T.payloadOf(words[i]);
    if (kind === T.STEP_RECEIVE) {
      if (other === who) return false;
      if (first < 0) first = i;
      open.add(other);
    } else if (T.isSend(kind)) {
      if (other === who) {
        if (first < 0 || open.size > 0) return false;
        break;
      }
      if (open.delete(other)) last = i;
    }
    if (i === length - 1) return false;
  }
  if (first < 0 || last < 0) return false;
  words[at] = T.payloadOf(words[first]) * 16 + T.kindOf(words[at]);
  words.copyWithin(first, first + 1, last + 1);
  times.copyWithin(first, first + 1, last + 1);
  spans.copyWithin(first, first + 1, last + 1);
  words[last] = who * 16 + T.STEP_RECEIVE;
  times[last] = times[last - 1];
  spans[last] = 0;
  return true;
}
