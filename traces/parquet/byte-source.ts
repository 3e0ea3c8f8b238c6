/** A page that does not hold what its header or its encoding promises. */
export class DamagedPage extends Error {}

/** Reads a page body. Invariant R1: bytes from `at` on are still to be read; reading past the end throws `DamagedPage`. */
export class ByteSource {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get end(): number {
    return this.bytes.length;
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

  uint32(): number {
    const { buffer, byteOffset } = this.bytes;
    return new DataView(buffer, byteOffset).getUint32(this.skip(4), true);
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
}
