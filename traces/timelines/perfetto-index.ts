import { constants, inflateSync } from "node:zlib";
import protobuf from "protobufjs";
import { InputError } from "../input-error.ts";
import type { InputFile } from "../input-file.ts";
import { MOST_CPUS } from "./claim.ts";

/** Where the ftrace bundles of a Perfetto trace lie. */
export interface BundlePlace {
  at: number;
  length: number;
  /** Offset of the packed packets that hold it, in the file; -1: it lies there itself. */
  packedAt: number;
  packedLength: number;
}

export interface PerfettoIndex {
  /** By CPU, in the order of the file, which is that of time. */
  cpus: Map<number, BundlePlace[]>;
  /** The file ends within a packet. */
  cut: boolean;
}

const WINDOW = 1 << 20;
/** A packet is small, a bundle some ten thousand events; what claims to be larger is damage. */
const MOST_PACKET = 1 << 28;

/** Fields of TracePacket and of FtraceEventBundle, by number. */
const PACKET = 1;
const FTRACE_EVENTS = 1;
const COMPRESSED_PACKETS = 50;
const BUNDLE_CPU = 1;
const LENGTH_DELIMITED = 2;

/**
 * Finds all bundles in one pass over the file, without decoding them: the bundles of a CPU come in order, those of
 * different CPUs do not, as each CPU's buffer is emptied at its own time.
 * @throws InputError where the file is no sequence of packets
 */
export function indexPerfetto(file: InputFile): PerfettoIndex {
  const index: PerfettoIndex = { cpus: new Map(), cut: false };
  let at = 0;
  while (at < file.size) {
    let window = file.read(at, Math.min(WINDOW, file.size - at));
    let next = 0;
    for (;;) {
      const packet = packetAt(window, next);
      if (packet === "wrong") throw damaged(file.path, at + next);
      if (packet === "more") break;
      if (packet.end > window.length) {
        if (packet.end - packet.start > MOST_PACKET) throw damaged(file.path, at + next);
        if (at + packet.end > file.size) return { ...index, cut: true };
        if (next > 0) break;
        window = file.read(at, Math.min(packet.end + WINDOW, file.size - at));
        continue;
      }
      lookInto(index, window.subarray(packet.start, packet.end), at + packet.start, file.path);
      next = packet.end;
    }
    if (next === 0) return { ...index, cut: true };
    at += next;
  }
  return index;
}

/** Where the packet at `from` begins and ends; "more" where too few bytes are there to tell. */
export function packetAt(bytes: Uint8Array, from: number): { start: number; end: number } | "more" | "wrong" {
  if (from >= bytes.length) return "more";
  if (bytes[from] !== ((PACKET << 3) | LENGTH_DELIMITED)) return "wrong";
  let length = 0;
  let unit = 1;
  for (let at = from + 1; at < bytes.length; at++, unit *= 128) {
    if (unit > 2 ** 35) return "wrong";
    length += (bytes[at] & 0x7f) * unit;
    if (bytes[at] < 0x80) return { start: at + 1, end: at + 1 + length };
  }
  return "more";
}

/** Adds the bundles of a packet whose bytes begin at `offset` of the file. */
function lookInto(index: PerfettoIndex, packet: Uint8Array, offset: number, path: string): void {
  for (const { field, start, end } of fields(packet, path, offset)) {
    if (field === FTRACE_EVENTS) {
      const place = { at: offset + start, length: end - start, packedAt: -1, packedLength: 0 };
      add(index, packet.subarray(start, end), place, path);
    } else if (field === COMPRESSED_PACKETS) {
      const packedAt = offset + start;
      const inner = unpack(packet.subarray(start, end), path, packedAt);
      for (let at = 0; at < inner.length; ) {
        const each = packetAt(inner, at);
        if (typeof each === "string" || each.end > inner.length) throw damaged(path, packedAt);
        for (const f of fields(inner.subarray(each.start, each.end), path, packedAt)) {
          if (f.field !== FTRACE_EVENTS) continue;
          const [from, to] = [each.start + f.start, each.start + f.end];
          const place = { at: from, length: to - from, packedAt, packedLength: end - start };
          add(index, inner.subarray(from, to), place, path);
        }
        at = each.end;
      }
    }
  }
}

function add(index: PerfettoIndex, bundle: Uint8Array, place: BundlePlace, path: string): void {
  const reader = new protobuf.Reader(bundle);
  let cpu = 0;
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === BUNDLE_CPU << 3) {
        cpu = reader.uint32();
        break;
      }
      reader.skipType(tag & 7);
    }
  } catch {
    throw damaged(path, place.at);
  }
  if (cpu >= MOST_CPUS) throw damaged(path, place.at);
  const places = index.cpus.get(cpu);
  if (places) places.push(place);
  else index.cpus.set(cpu, [place]);
}

/** The fields of a message that have a length. */
function* fields(
  message: Uint8Array,
  path: string,
  offset: number,
): Generator<{ field: number; start: number; end: number }> {
  const reader = new protobuf.Reader(message);
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if ((tag & 7) !== LENGTH_DELIMITED) {
        reader.skipType(tag & 7);
        continue;
      }
      const length = reader.uint32();
      const start = reader.pos;
      reader.skip(length);
      yield { field: tag >>> 3, start, end: start + length };
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw damaged(path, offset);
  }
}

/** Packets that were written packed. @throws InputError */
export function unpack(bytes: Uint8Array, path: string, offset: number): Buffer {
  try {
    return inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_PACKET });
  } catch {
    throw damaged(path, offset);
  }
}

const damaged = (path: string, at: number): InputError =>
  new InputError("the Perfetto trace is damaged", {
    file: path,
    found: `something else at byte ${at}`,
    expected: "packets, one behind the other",
    hint: "Fetch or record it again.",
  });
