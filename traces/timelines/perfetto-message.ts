/** Fields from here on are of no event that is read, but for the event itself in its message. */
const FIELDS = 16;

/** Types of fields on the wire (protobuf.dev, encoding). */
const [VARINT, FIXED64, LENGTH, FIXED32] = [0, 1, 2, 5];

/**
 * The fields of a message by their numbers, read over and over without an object for each: a trace has millions of them. Of a
 * field that comes twice the last one counts, as everywhere in protobuf.
 */
export class Message {
  bytes: Buffer = Buffer.alloc(0);
  /** The last field that has a length: its number and where it lies; 0: there is none. */
  part = 0;
  partFrom = 0;
  partTo = 0;
  private at = 0;
  private present = 0;
  /** Of integers both halves, of texts where they lie. */
  private readonly low = new Uint32Array(FIELDS);
  private readonly high = new Uint32Array(FIELDS);

  /** @throws RangeError where the bytes are no message */
  read(bytes: Buffer, from: number, to: number): void {
    this.bytes = bytes;
    this.at = from;
    this.present = 0;
    this.part = 0;
    while (this.at < to) {
      this.varint(0, to);
      const number = this.low[0] >>> 3;
      const type = this.low[0] & 7;
      if (type === VARINT) this.varint(number, to);
      else if (type === LENGTH) {
        this.varint(0, to);
        const length = this.low[0];
        if (this.high[0] !== 0 || length > to - this.at) throw new RangeError("a field without an end");
        this.part = number;
        this.partFrom = this.at;
        this.partTo = this.at + length;
        this.at = this.partTo;
        if (number < FIELDS) {
          this.low[number] = this.partFrom;
          this.high[number] = this.partTo;
        }
      } else if (type === FIXED64 || type === FIXED32) this.at += type === FIXED64 ? 8 : 4;
      else throw new RangeError("a field of no type");
      if (number < FIELDS) this.present |= 1 << number;
    }
  }

  has(number: number): boolean {
    return (this.present & (1 << number)) !== 0;
  }

  /** A field of 32 bits, signed; `otherwise` where it is not there. */
  int(number: number, otherwise: number): number {
    return this.has(number) ? this.low[number] | 0 : otherwise;
  }

  lowOf(number: number): number {
    return this.has(number) ? this.low[number] : 0;
  }

  highOf(number: number): number {
    return this.has(number) ? this.high[number] : 0;
  }

  /** Where a text lies; an empty place where there is none. */
  from(number: number): number {
    return this.lowOf(number);
  }

  to(number: number): number {
    return this.highOf(number);
  }

  /** Reads an integer of up to 64 bits into the field's place; of fields above FIELDS, none. */
  private varint(number: number, end: number): void {
    const { bytes } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.at >= end || shift > 63) throw new RangeError("an integer without an end");
      const byte = bytes[this.at++];
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    if (number >= FIELDS) return;
    this.low[number] = low;
    this.high[number] = high;
  }
}
