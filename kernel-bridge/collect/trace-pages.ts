import { InputError } from "../../traces/input-error.ts";

/** A field of a trace event, from the kernel's `format` file. Offsets count from the event's start. */
export interface EventField {
  offset: number;
  size: number;
  signed: boolean;
  /** Array length; 1 for a plain field. */
  length: number;
}

export interface EventFormat {
  name: string;
  id: number;
  fields: Map<string, EventField>;
}

/** Reads `events/SYSTEM/EVENT/format` of tracefs. */
export function eventFormat(text: string): EventFormat {
  const name = /^name: (\S+)/m.exec(text)?.[1];
  const id = /^ID: (\d+)/m.exec(text)?.[1];
  if (!name || !id)
    throw new InputError("not an event format", { found: text, expected: "name: and ID: lines" });
  const fields = new Map<string, EventField>();
  const line = /field:[^;]*?(\w+)(?:\[(\w+)\])?;\s*offset:(\d+);\s*size:(\d+);\s*signed:(\d);/g;
  for (const [, field, length, offset, size, signed] of text.matchAll(line))
    fields.set(field, {
      offset: Number(offset),
      size: Number(size),
      signed: signed === "1",
      length: length === undefined ? 1 : Number(length) || Number.NaN,
    });
  return { name, id: Number(id), fields };
}

/** One event in a page. */
export interface RawEvent {
  /** Trace clock, ns. */
  time: bigint;
  id: number;
  data: Buffer;
}

const PAGE = 4096;
/** u64 time stamp, u64 commit. */
const PAGE_HEADER = 16;
const COMMIT_MASK = 0xfffff;

/** Type or length of an event: the low five bits of its first word (include/linux/ring_buffer.h). */
const TYPE_PADDING = 29;
const TYPE_TIME_EXTEND = 30;
const TYPE_TIME_STAMP = 31;

/**
 * The events of ring-buffer pages as `trace_pipe_raw` gives them, in order.
 * The layout is that of Documentation/trace/ring-buffer-design.rst and kernel/trace/ring_buffer.c (Linux 6.1, 64 bit).
 */
export function* pageEvents(bytes: Buffer): Generator<RawEvent> {
  for (let page = 0; page + PAGE_HEADER <= bytes.length; page += PAGE) {
    let time = bytes.readBigUInt64LE(page);
    const end = page + PAGE_HEADER + (bytes.readUInt32LE(page + 8) & COMMIT_MASK);
    if (end > page + PAGE)
      throw new InputError("a ring-buffer page is longer than a page", {
        found: end - page,
        expected: `at most ${PAGE}`,
      });
    for (let at = page + PAGE_HEADER; at + 4 <= end; ) {
      const word = bytes.readUInt32LE(at);
      const kind = word & 31;
      const delta = word >>> 5;
      if (kind === TYPE_PADDING) {
        if (delta === 0) break; // the rest of the page
        at += 4 + bytes.readUInt32LE(at + 4);
        continue;
      }
      if (kind === TYPE_TIME_EXTEND) {
        time += BigInt(delta) + (BigInt(bytes.readUInt32LE(at + 4)) << 27n);
        at += 8;
        continue;
      }
      if (kind === TYPE_TIME_STAMP) {
        time = BigInt(delta) + (BigInt(bytes.readUInt32LE(at + 4)) << 27n);
        at += 8;
        continue;
      }
      time += BigInt(delta);
      const long = kind === 0;
      const start = long ? at + 8 : at + 4;
      // A long event's length word counts itself.
      const length = long ? bytes.readUInt32LE(at + 4) - 4 : kind * 4;
      const data = bytes.subarray(start, start + length);
      yield { time, id: data.readUInt16LE(0), data };
      at = start + ((length + 3) & ~3);
    }
  }
}

/** Value of a plain integer field. */
export function fieldValue(event: Buffer, field: EventField): number {
  if (field.size === 8)
    return Number(field.signed ? event.readBigInt64LE(field.offset) : event.readBigUInt64LE(field.offset));
  return field.signed
    ? event.readIntLE(field.offset, field.size)
    : event.readUIntLE(field.offset, field.size);
}
