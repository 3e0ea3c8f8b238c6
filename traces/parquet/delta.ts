import { bitWidth, packWide, unpackSums } from "./bit-packing.ts";
import type { ByteSink } from "./byte-sink.ts";
import type { ByteSource } from "./byte-source.ts";
import { DamagedPage } from "./byte-source.ts";

/**
 * DELTA_BINARY_PACKED for exact integers in doubles (parquet-format, Encodings.md).
 *
 * With v_i the values, d_i = v_i - v_(i-1), and m the least d_i of a block, a block stores m and the differences
 * d_i - m >= 0 in as few bits as the largest of each miniblock needs. |v_i| < 2^51 gives |d_i| < 2^52 and
 * d_i - m < 2^53, so all of it is exact in doubles; larger values are left to PLAIN.
 */
export const DELTA_LIMIT = 2 ** 51;

const BLOCK = 128;
const MINIBLOCK = 32;
const MINIBLOCKS = BLOCK / MINIBLOCK;

const differences = new Float64Array(BLOCK);

/** Appends `values[0 .. count-1]`, integers with |v| < `DELTA_LIMIT`. */
export function encodeDelta(sink: ByteSink, values: Float64Array, count: number): void {
  sink.varint(BLOCK);
  sink.varint(MINIBLOCKS);
  sink.varint(count);
  sink.zigzag(count > 0 ? values[0] : 0);
  for (let from = 1; from < count; from += BLOCK) {
    const n = Math.min(BLOCK, count - from);
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      const d = values[from + i] - values[from + i - 1];
      differences[i] = d;
      if (d < least) least = d;
    }
    for (let i = 0; i < n; i++) differences[i] -= least;
    differences.fill(0, n);
    sink.zigzag(least);
    sink.reserve(MINIBLOCKS);
    const widthsAt = sink.length;
    sink.length += MINIBLOCKS;
    for (let m = 0; m < MINIBLOCKS; m++) {
      let largest = 0;
      for (let i = m * MINIBLOCK; i < (m + 1) * MINIBLOCK; i++)
        if (differences[i] > largest) largest = differences[i];
      const width = bitWidth(largest);
      sink.bytes[widthsAt + m] = width;
      packWide(sink, differences, m * MINIBLOCK, MINIBLOCK, width);
    }
  }
}

/** Reads `count` values into `out` from `at` on. Throws `DamagedPage` when the page holds another number of values. */
export function decodeDelta(source: ByteSource, out: Float64Array, at: number, count: number): void {
  if (source.varint() !== BLOCK || source.varint() !== MINIBLOCKS)
    throw new DamagedPage("unknown delta block size");
  const stored = source.varint();
  if (stored !== count) throw new DamagedPage(`${stored} values where the header says ${count}`);
  let value = source.zigzag();
  if (count === 0) return;
  out[at] = value;
  for (let done = 1; done < count; ) {
    const step = source.zigzag();
    const widthsAt = source.skip(MINIBLOCKS);
    for (let m = 0; m < MINIBLOCKS && done < count; m++) {
      const n = Math.min(MINIBLOCK, count - done);
      value = unpackSums(source, out, at + done, n, source.bytes[widthsAt + m], value, step);
      done += n;
    }
  }
}
