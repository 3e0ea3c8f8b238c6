/** Largest integer that is still exact. */
const MOST = Number.MAX_SAFE_INTEGER;

const BLANK = 0x20;
const DOT = 0x2e;
const MINUS = 0x2d;
const COLON = 0x3a;
export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** Words to look for. */
export const bytesOf = (words: string): Buffer => Buffer.from(words, "latin1");

const MICROSECONDS = bytesOf("us");

/** Whether `words` stand at `at`, where they have place. */
export function standAt(words: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < words.length; i++) if (bytes[at + i] !== words[i]) return false;
  return true;
}

/**
 * A place in a line of text, moved by what is read there. A million lines a second leave no time for regular expressions, nor
 * for strings that nobody keeps: lines stay the bytes of their file.
 */
export class Scanner {
  /** What the line lies in, from `start` to `end`. */
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  at = 0;
  end = 0;

  /** Sets out on a line. */
  on(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.at = start;
    this.end = end;
  }

  /** The byte that stands here; 0 behind the end. */
  get next(): number {
    return this.at < this.end ? this.bytes[this.at] : 0;
  }

  blanks(): void {
    const { bytes, end } = this;
    let { at } = this;
    while (at < end && bytes[at] === BLANK) at++;
    this.at = at;
  }

  /** Up to the next blank or the end. */
  word(): void {
    const { bytes, end } = this;
    let { at } = this;
    while (at < end && bytes[at] !== BLANK) at++;
    this.at = at;
  }

  /** Passes that byte if it stands here. */
  pass(byte: number): boolean {
    if (this.next !== byte) return false;
    this.at++;
    return true;
  }

  /** Passes `words` if they stand here. */
  skip(words: Uint8Array): boolean {
    const { at } = this;
    if (at + words.length > this.end || !standAt(words, this.bytes, at)) return false;
    this.at = at + words.length;
    return true;
  }

  /** Where `words` stand next before the end of the line; -1 if nowhere. */
  find(words: Uint8Array, from = this.at): number {
    const { bytes } = this;
    const last = this.end - words.length;
    const first = words[0];
    for (let at = from; at <= last; at++) if (bytes[at] === first && standAt(words, bytes, at)) return at;
    return -1;
  }

  /** Where that byte stands next before the end of the line; -1 if nowhere. */
  findByte(byte: number, from = this.at): number {
    const { bytes, end } = this;
    for (let at = from; at < end; at++) if (bytes[at] === byte) return at;
    return -1;
  }

  /** Where that byte stands at `from` or before; -1 if nowhere in the line. */
  findBack(byte: number, from: number): number {
    const { bytes, start } = this;
    for (let at = from; at >= start; at--) if (bytes[at] === byte) return at;
    return -1;
  }

  /** The text from `from` to `to`, a character for each byte. */
  text(from: number, to: number): string {
    return this.bytes.toString("latin1", from, to);
  }

  /** A whole number with or without a sign; NaN, and nothing is passed, where there is none. */
  integer(): number {
    if (this.next !== MINUS) return this.digits();
    this.at++;
    const value = this.digits();
    if (Number.isNaN(value)) this.at--;
    return -value;
  }

  /** Digits; NaN, and nothing is passed, where there are none or they say more than 2^53. */
  digits(): number {
    const { bytes, end } = this;
    let value = 0;
    let { at } = this;
    for (; at < end; at++) {
      const digit = bytes[at] - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === this.at || value > MOST) return Number.NaN;
    this.at = at;
    return value;
  }

  /**
   * Seconds with a fraction of one to nine digits and a colon behind. False, and nothing is passed, where there are none; else
   * `seconds` and `nanoseconds` have them.
   */
  time(): boolean {
    const start = this.at;
    const seconds = this.digits();
    if (Number.isNaN(seconds) || !this.pass(DOT)) return this.back(start);
    const fraction = this.at;
    let nanoseconds = this.digits();
    const places = this.at - fraction;
    if (Number.isNaN(nanoseconds) || places > 9 || !this.pass(COLON)) return this.back(start);
    for (let i = places; i < 9; i++) nanoseconds *= 10;
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    return true;
  }
  seconds = 0;
  nanoseconds = 0;

  /**
   * Whole microseconds as `12us+: `, with a blank or a mark for what took long before the colon (ftrace's latency-format). False, and nothing is passed, where there are
   * none; else `seconds` and `nanoseconds` have them.
   */
  microseconds(): boolean {
    const start = this.at;
    const microseconds = this.digits();
    if (Number.isNaN(microseconds) || !this.skip(MICROSECONDS)) return this.back(start);
    this.at++;
    if (!this.pass(COLON)) return this.back(start);
    this.seconds = Math.floor(microseconds / 1e6);
    this.nanoseconds = (microseconds % 1e6) * 1000;
    return true;
  }

  private back(to: number): false {
    this.at = to;
    return false;
  }
}
