import * as T from "./tape.ts";

/** Where on a tape its task needs a message, by the task that it is from: words of STEP_WAIT and STEP_RECEIVE. */
export type Needs = ReadonlyMap<number, readonly number[]>;

/** What a tape needs of those that take part. */
export function needsOf({ words }: { words: Uint32Array }, takesPart: (task: number) => boolean): Needs {
  const needs = new Map<number, number[]>();
  for (let i = 0; i < words.length; i++) {
    const kind = T.kindOf(words[i]);
    if (T.needsMessage(kind)) {
      const from = T.payloadOf(words[i]);
      if (takesPart(from)) {
        const known = needs.get(from);
        if (known) known.push(i);
        else needs.set(from, [i]);
      }
    }
    if (T.isLong(kind)) i++;
  }
  return needs;
}

/**
 * Messages that have come to a task and that it has not taken. The n-th of a sender is for the n-th place on the tape that needs one of it.
 */
export class Mailbox {
  private readonly needs: Needs;
  private readonly length: number;
  private readonly sent = new Map<number, number>();
  /** Places on the tape, counted on from one playing of it to the next; a heap, the first of them on top. */
  private readonly heap: number[] = [];
  /** Messages that one playing of the tape needs. */
  readonly size: number;

  constructor(needs: Needs, length: number) {
    this.needs = needs;
    this.length = length;
    let size = 0;
    for (const places of needs.values()) size += places.length;
    this.size = size;
  }

  /** A message of that task has come. False: the tape needs none of it. */
  put(from: number): boolean {
    const places = this.needs.get(from);
    if (!places) return false;
    const n = this.sent.get(from) ?? 0;
    this.sent.set(from, n + 1);
    const place = Math.floor(n / places.length) * this.length + places[n % places.length];
    const { heap } = this;
    let i = heap.length;
    heap.push(place);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (heap[up] <= place) break;
      heap[i] = heap[up];
      i = up;
    }
    heap[i] = place;
    return true;
  }

  /** The place of the message that the tape needs first; -1: there is none. */
  take(): number {
    const { heap } = this;
    if (heap.length === 0) return -1;
    const first = heap[0];
    const last = heap.pop()!;
    const { length } = heap;
    if (length > 0) {
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child >= length) break;
        if (child + 1 < length && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= last) break;
        heap[i] = heap[child];
        i = child;
      }
      heap[i] = last;
    }
    return first % this.length;
  }
}
