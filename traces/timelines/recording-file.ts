import { closeSync, readSync } from "node:fs";
import { constants, gunzipSync, inflateRawSync } from "node:zlib";
import { openRegularFile } from "../input-file.ts";
import { type Ending, gzipHeader, unpackGzip } from "./unpack-gzip.ts";

/** By so many first bytes a format is known. */
const FIRST = 1 << 16;
const CHUNK = 1 << 20;
/** Some editors and shells put it before a text. */
const BYTE_ORDER_MARK = Buffer.from("\ufeff");

/** A recording as bytes, unpacked where it is packed with gzip, without the mark of UTF-8. */
export interface RecordingFile {
  readonly path: string;
  readonly packed: boolean;
  /** At most FIRST bytes. */
  readonly first: Uint8Array;
  /** Of one that is packed, when its last chunk has been read. */
  readonly ending: Readonly<Ending>;
  /** The bytes from the first to the last; a chunk is valid until the next one is asked for. */
  chunks(): AsyncGenerator<Buffer>;
}

/** @throws InputError for what is no regular file. */
export function openRecordingFile(path: string): RecordingFile {
  const fd = openRegularFile(path);
  const head = Buffer.alloc(FIRST);
  let length: number;
  try {
    length = readSync(fd, head, 0, FIRST, 0);
  } finally {
    closeSync(fd);
  }
  const begins = head.subarray(0, length);
  const packed = begins[0] === 0x1f && begins[1] === 0x8b;
  const first = packed ? beginningOf(begins) : begins;
  const mark = first.subarray(0, 3).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const ending: Ending = { cut: false, trailing: 0 };
  return {
    path,
    packed,
    ending,
    first: first.subarray(mark),
    chunks: () => without(mark, packed ? unpackGzip(path, ending) : plainChunks(path)),
  };
}

/** The chunks without the first `bytes` bytes. */
async function* without(bytes: number, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    const off = Math.min(left, chunk.length);
    left -= off;
    yield off === 0 ? chunk : chunk.subarray(off);
  }
}

/** What can be unpacked of the first bytes of a packed file. */
function beginningOf(begins: Buffer): Buffer {
  const header = gzipHeader(begins);
  if (typeof header !== "number") return Buffer.alloc(0);
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  // the whole of them, or only the first member where something else stands behind it
  for (const unpack of [
    () => gunzipSync(begins, options),
    () => inflateRawSync(begins.subarray(header), options),
  ])
    try {
      return unpack().subarray(0, FIRST);
    } catch {}
  return Buffer.alloc(0); // damaged: whoever reads it on will say so
}

async function* plainChunks(path: string): AsyncGenerator<Buffer> {
  const fd = openRegularFile(path);
  const chunk = Buffer.alloc(CHUNK);
  try {
    for (;;) {
      const read = readSync(fd, chunk, 0, CHUNK, null);
      if (read === 0) return;
      yield chunk.subarray(0, read);
    }
  } finally {
    closeSync(fd);
  }
}
