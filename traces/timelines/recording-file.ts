import { closeSync, createReadStream, readSync } from "node:fs";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { openRegularFile } from "../input-file.ts";

/** By so many first bytes a format is known. */
const FIRST = 1 << 16;
const CHUNK = 1 << 20;

/** A recording as bytes, unpacked where it is packed with gzip. */
export interface RecordingFile {
  readonly path: string;
  readonly packed: boolean;
  /** At most FIRST bytes. */
  readonly first: Uint8Array;
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
  return {
    path,
    packed,
    first: packed ? beginningOf(begins) : begins,
    chunks: () => (packed ? unpackedChunks(path) : plainChunks(path)),
  };
}

/** What can be unpacked of the first bytes of a packed file. */
function beginningOf(begins: Buffer): Buffer {
  try {
    return gunzipSync(begins, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, FIRST);
  } catch {
    return Buffer.alloc(0); // damaged: whoever reads it on will say so
  }
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

/** A file that ends within its packing ends there: what came before is read, and the cut line at its end tells. */
async function* unpackedChunks(path: string): AsyncGenerator<Buffer> {
  const unpacked = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK });
  createReadStream(path, { highWaterMark: CHUNK }).pipe(unpacked);
  yield* unpacked;
}
