import type { ByteSink } from "./byte-sink.ts";
import type { ByteSource } from "./byte-source.ts";
import { DamagedPage } from "./byte-source.ts";

/**
 * Parquet's bit packing: values of `width` bits each, lowest bit first, without gaps
 * (parquet-format, Encodings.md, "RLE / bit-packing hybrid").
 */

const TWO_32 = 0x1_0000_0000;

/** Bits needed for an exact integer 0 .. 2^53. */
export function bitWidth(value: number): number {
  return value < TWO_32 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / TWO_32);
}

/** Packs `count` integers (0 .. 2^32-1) of `width` <= 32 bits; pads the last byte with zeros. */
export function packInts(sink: ByteSink, values: ArrayLike<number>, count: number, width: number): void {
  if (width === 0) return;
  const total = Math.ceil((count * width) / 8);
  sink.reserve(total + 8);
  const { view } = sink;
  let at = sink.length;
  let word = 0;
  let used = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    word |= value << used;
    used += width;
    if (used >= 32) {
      view.setInt32(at, word, true);
      at += 4;
      used -= 32;
      word = used > 0 ? value >>> (width - used) : 0;
    }
  }
  if (used > 0) view.setInt32(at, word, true);
  sink.length += total;
}

/** Packs `values[from .. from+count-1]`, exact integers 0 .. 2^53, of `width` <= 54 bits. `count * width` must be whole bytes. */
export function packWide(
  sink: ByteSink,
  values: Float64Array,
  from: number,
  count: number,
  width: number,
): void {
  if (width === 0) return;
  sink.reserve((count * width) / 8 + 8);
  const { view } = sink;
  let at = sink.length;
  let word = 0;
  let used = 0;
  const low = Math.min(width, 32);
  const high = width - low;
  for (let i = from; i < from + count; i++) {
    const value = values[i];
    word |= value << used;
    used += low;
    if (used >= 32) {
      view.setInt32(at, word, true);
      at += 4;
      used -= 32;
      word = used > 0 ? (value | 0) >>> (low - used) : 0;
    }
    if (high > 0) {
      const top = (value / TWO_32) | 0;
      word |= top << used;
      used += high;
      if (used >= 32) {
        view.setInt32(at, word, true);
        at += 4;
        used -= 32;
        word = used > 0 ? top >>> (high - used) : 0;
      }
    }
  }
  if (used > 0) view.setInt32(at, word, true);
  sink.length += (count * width) / 8;
}

/** Unpacks `count` integers of `width` <= 32 bits into `out`; leaves the source behind the padded last byte. */
export function unpackInts(source: ByteSource, out: Uint32Array, count: number, width: number): void {
  if (width < 0 || width > 32) throw new DamagedPage(`bit width ${width}`);
  if (width === 0) {
    out.fill(0, 0, count);
    return;
  }
  const { view, bytes } = source;
  const start = source.skip(Math.ceil((count * width) / 8));
  if (width === 1) {
    for (let i = 0; i < count; i++) out[i] = (bytes[start + (i >>> 3)] >>> (i & 7)) & 1;
    return;
  }
  const mask = width === 32 ? 0xffffffff : (1 << width) - 1;
  if (width <= 25) {
    for (let i = 0, bit = 0; i < count; i++, bit += width)
      out[i] = (view.getInt32(start + (bit >>> 3), true) >>> (bit & 7)) & mask;
    return;
  }
  for (let i = 0, bit = 0; i < count; i++, bit += width) out[i] = wordAt(view, start, bit) & mask;
}

/**
 * Unpacks `count` integers of `width` <= 53 bits and adds them up: `out[at + i] = base + Σ(step + value)` over the
 * values up to `i`. Returns the last sum: this is the inner loop of DELTA_BINARY_PACKED.
 */
export function unpackSums(
  source: ByteSource,
  out: Float64Array,
  at: number,
  count: number,
  width: number,
  base: number,
  step: number,
): number {
  const { view } = source;
  let sum = base;
  if (width === 0) {
    for (let i = 0; i < count; i++) out[at + i] = sum += step;
    return sum;
  }
  const start = source.skip(4 * width); // a miniblock always holds 32 values
  if (width <= 25) {
    const mask = (1 << width) - 1;
    for (let i = 0, bit = 0; i < count; i++, bit += width)
      out[at + i] = sum += step + ((view.getInt32(start + (bit >>> 3), true) >>> (bit & 7)) & mask);
    return sum;
  }
  if (width <= 32) {
    const mask = width === 32 ? 0xffffffff : (1 << width) - 1;
    for (let i = 0, bit = 0; i < count; i++, bit += width)
      out[at + i] = sum += step + ((wordAt(view, start, bit) & mask) >>> 0);
    return sum;
  }
  if (width > 53) throw new DamagedPage(`bit width ${width}`);
  const mask = (1 << (width - 32)) - 1;
  for (let i = 0, bit = 0; i < count; i++, bit += width) {
    const top = (view.getInt32(start + ((bit + 32) >>> 3), true) >>> (bit & 7)) & mask;
    out[at + i] = sum += step + (wordAt(view, start, bit) >>> 0) + top * TWO_32;
  }
  return sum;
}

/** The 32 bits that start at bit `bit` behind byte `start`. */
function wordAt(view: DataView, start: number, bit: number): number {
  const at = start + (bit >>> 3);
  const shift = bit & 7;
  const low = view.getInt32(at, true) >>> shift;
  return shift === 0 ? low : low | (view.getUint8(at + 4) << (32 - shift));
}
