import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { TraceMetadata } from "./schema.ts";

/**
 * Parts of a trace know that they belong together, so that joined again they are one recording, not several: a note in
 * the metadata, `ID i/n`, with an ID that is a digest of the whole file. A part that is cut again has the notes of both
 * cuts, the last one first.
 */
const NOTE = "part_of";

export interface Part {
  /** Digest of the file that was cut. */
  whole: string;
  /** Which of the parts these are, from 1. */
  numbers: readonly number[];
  of: number;
}

/** A digest of a file's bytes, short: it tells recordings apart, not forgers. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer);
  return hash.digest("hex").slice(0, 16);
}

/** The metadata of part `index` (from 0) of a trace. A single part is the trace itself. */
export function partMetadata(meta: TraceMetadata, whole: string, index: number, of: number): TraceMetadata {
  return of === 1 ? meta : withParts(meta, [{ whole, numbers: [index + 1], of }, ...partsOf(meta)]);
}

/** What a trace is a part of, the last cut first. */
export function partsOf({ notes }: TraceMetadata): Part[] {
  if (!Object.hasOwn(notes, NOTE)) return [];
  return notes[NOTE].split(" ").flatMap((text) => {
    const match = /^([0-9a-f]{16}):(\d+(?:,\d+)*)\/(\d+)$/.exec(text);
    return match ? [{ whole: match[1], numbers: match[2].split(",").map(Number), of: Number(match[3]) }] : [];
  });
}

/** Parts with the same root, where it is not undefined, are of one recording. */
export const rootOf = (meta: TraceMetadata): string | undefined => partsOf(meta).at(-1)?.whole;

/** The metadata of parts of one recording joined: those of the whole, once all parts are there. */
export function joinedParts(metas: readonly TraceMetadata[]): TraceMetadata {
  return withParts(metas[0], join(metas.map(partsOf)));
}

/** Undoes the cuts that were made last first: what all parts of a cut are there of is what was cut. */
function join(stacks: readonly Part[][]): Part[] {
  for (let left = stacks; left.length > 0; ) {
    const depth = Math.max(...left.map((stack) => stack.length));
    if (depth === 0) return [];
    const cuts = new Map<string, Part[][]>();
    for (const stack of left)
      if (stack.length === depth) cuts.set(stack[0].whole, [...(cuts.get(stack[0].whole) ?? []), stack]);
    const joined = [...cuts.values()].map((parts): Part[] => {
      const [[last, ...before]] = parts;
      const numbers = [...new Set(parts.flatMap(([part]) => part.numbers))].sort((x, y) => x - y);
      return numbers.length === last.of ? before : [{ ...last, numbers }, ...before];
    });
    const shallower = left.filter((stack) => stack.length < depth);
    if (joined.length === 1 && shallower.length === 0) return joined[0];
    // what is still a part of a part beside larger ones does not make any of these whole
    left = [...shallower, ...joined.filter((stack) => stack.length < depth)];
  }
  return [];
}

function withParts(meta: TraceMetadata, parts: readonly Part[]): TraceMetadata {
  const { [NOTE]: _, ...notes } = meta.notes;
  if (parts.length === 0) return { ...meta, notes };
  const text = parts.map(({ whole, numbers, of }) => `${whole}:${numbers}/${of}`).join(" ");
  return { ...meta, notes: { ...notes, [NOTE]: text } };
}
