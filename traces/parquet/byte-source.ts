/** A page that does not hold what its header or its encoding promises. */
export class DamagedPage extends Error {}

/**
 * Reads a page body.
 *
 * Invariant R1: bytes `at .. end-1` are still to be read; reading past `end` throws `DamagedPage`. Eight readable spare
 * bytes lie behind `end`, so that bit unpacking may fetch whole words.
 */
export class ByteSource {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  readonly end: number;

  /** `bytes` must be readable up to `end + 8` (R1). */
  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.end = end;
  }

  /** Moves on by `n` bytes and returns where they start. */
  skip(n: number): number {
    const start = this.at;
    if (n < 0 || start + n > this.end)
      throw new DamagedPage(`page ends ${start + n - this.end} bytes too early`);
    this.at = start + n;
    return start;
  }

  byte(): number {
    return this.bytes[this.skip(1)];
  }

  /** ULEB128 up to 2^53. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new DamagedPage("number of more than 56 bits");
  }

  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(): string {
    const length = this.view.getUint32(this.skip(4), true);
    const start = this.skip(length);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString("utf8");
  }
}
