/**
 * Turns bytes into strings, giving the same string object for text seen before: names repeat in a trace.
 *
 * Invariant I1: a slot holds a text and exactly its bytes; a lookup compares all of them.
 */
export type Intern = (bytes: Uint8Array, from: number, to: number) => string;

/** Slots, a power of two. More distinct texts than that push each other out and are decoded again. */
const SLOTS = 4096;

interface Slot {
  bytes: Uint8Array;
  text: string;
}

export function interner(): Intern {
  const slots: (Slot | undefined)[] = new Array(SLOTS);
  return (bytes, from, to) => {
    if (to === from) return "";
    let hash = 0;
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
    const place = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const slot = slots[place];
    if (slot && equal(slot.bytes, bytes, from, to)) return slot.text;
    const own = bytes.slice(from, to);
    const text = Buffer.from(own.buffer, own.byteOffset, own.length).toString("utf8");
    slots[place] = { bytes: own, text };
    return text;
  };
}

function equal(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false;
  return true;
}
