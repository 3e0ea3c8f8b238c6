import { createReadStream } from "node:fs";
import { constants, crc32, createInflateRaw } from "node:zlib";
import { InputError } from "../input-error.ts";
import { type InputFile, openInput } from "../input-file.ts";

const CHUNK = 1 << 20;
/** No header is longer: there is a name in it, and hardly more. */
const MOST_HEADER = 1 << 16;
const TRAILER = 8;

/** How a packed file ends, known when all of it has been unpacked. */
export interface Ending {
  /** It ends within its packing. */
  cut: boolean;
  /** So many bytes stand behind the packed ones, and are none of them; zeros, which pad, do not count. */
  trailing: number;
}

/**
 * The bytes of a gzip file (RFC 1952), member after member. One that ends too early is unpacked as far as it goes, and what stands behind the
 * last member is left alone, as gzip itself does it; node's own gunzip tells neither.
 * @throws InputError where the bytes are damaged
 */
export async function* unpackGzip(path: string, ending: Ending): AsyncGenerator<Buffer> {
  const file = openInput(path);
  try {
    for (let at = 0; at < file.size; ) {
      const header = gzipHeader(file.read(at, Math.min(MOST_HEADER, file.size - at)));
      if (header === "none") {
        if (at === 0) throw damaged(path, "another header than gzip's");
        ending.trailing = isPadding(file, at) ? 0 : file.size - at;
        return;
      }
      if (header === "cut") {
        ending.cut = true;
        return;
      }
      at += header;
      const sums = { crc: 0, length: 0 };
      at += yield* unpackMember(path, at, sums);
      if (file.size - at < TRAILER) {
        ending.cut = true;
        return;
      }
      const trailer = Buffer.from(file.read(at, TRAILER));
      if (trailer.readUInt32LE(0) !== sums.crc || trailer.readUInt32LE(4) !== sums.length % 2 ** 32)
        throw damaged(path, `a wrong checksum at byte ${at}`);
      at += TRAILER;
    }
  } finally {
    file.close();
  }
}

/** Returns how many bytes the member has between header and trailer, as far as the file goes. */
async function* unpackMember(
  path: string,
  start: number,
  sums: { crc: number; length: number },
): AsyncGenerator<Buffer, number> {
  const source = createReadStream(path, { start });
  const unpacked = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK });
  source.on("error", (error) => unpacked.destroy(error));
  source.pipe(unpacked);
  try {
    for await (const chunk of unpacked) {
      sums.crc = crc32(chunk, sums.crc);
      sums.length += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "Z_DATA_ERROR") throw error;
    throw damaged(path, `${(error as Error).message}, after ${sums.length} unpacked bytes`);
  } finally {
    source.destroy();
  }
  return unpacked.bytesWritten;
}

/** Bytes of the header with which they begin; "cut" where they end within one, "none" where they begin with something else. */
export function gzipHeader(bytes: Uint8Array): number | "cut" | "none" {
  if ([0x1f, 0x8b, 8].some((byte, i) => i < bytes.length && bytes[i] !== byte)) return "none";
  if (bytes.length < 10) return "cut";
  const [CRC, EXTRA, NAME, COMMENT] = [2, 4, 8, 16];
  const flags = bytes[3];
  let at = 10;
  if (flags & EXTRA) {
    if (at + 2 > bytes.length) return "cut";
    at += 2 + bytes[at] + 256 * bytes[at + 1];
  }
  for (const text of [NAME, COMMENT])
    if (flags & text) {
      const end = bytes.indexOf(0, at);
      if (end < 0) return "cut";
      at = end + 1;
    }
  if (flags & CRC) at += 2;
  return at <= bytes.length ? at : "cut";
}

function isPadding(file: InputFile, from: number): boolean {
  for (let at = from; at < file.size; at += CHUNK)
    if (file.read(at, Math.min(CHUNK, file.size - at)).some((byte) => byte !== 0)) return false;
  return true;
}

const damaged = (file: string, found: string): InputError =>
  new InputError("the gzip data is damaged", {
    file,
    found,
    expected: "gzip data from beginning to end",
    hint: "Fetch or record it again.",
  });
