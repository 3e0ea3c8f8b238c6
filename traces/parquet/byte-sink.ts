/**
 * A growing byte buffer for page bodies.
 *
 * Invariants:
 *  K1. `bytes[0 .. length-1]` is what was written; the rest of `bytes` is spare room.
 *  K2. After `reserve(n)` at least `n` bytes may be written at `length` without a check.
 */
export class ByteSink {
  bytes = new Uint8Array(1 << 16);
  view = new DataView(this.bytes.buffer);
  length = 0;

  reserve(n: number): void {
    if (this.length + n <= this.bytes.length) return;
    const bigger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + n));
    bigger.set(this.bytes.subarray(0, this.length));
    this.bytes = bigger;
    this.view = new DataView(bigger.buffer);
  }

  clear(): void {
    this.length = 0;
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** ULEB128 of an exact integer 0 .. 2^53. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  /** Zigzag ULEB128 of an exact integer, |value| <= 2^52. */
  zigzag(value: number): void {
    this.varint(value >= 0 ? 2 * value : -2 * value - 1);
  }

  /** Two's complement, little-endian, of an exact integer, |value| <= 2^53. */
  int64(value: number): void {
    this.reserve(8);
    this.view.setInt32(this.length, value | 0, true);
    this.view.setInt32(this.length + 4, Math.floor(value / 0x1_0000_0000), true);
    this.length += 8;
  }

  int32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.length, value, true);
    this.length += 4;
  }

  /** A BYTE_ARRAY value: length and UTF-8 bytes. */
  text(value: string): void {
    const bytes = Buffer.from(value, "utf8");
    this.int32(bytes.length);
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }
}
