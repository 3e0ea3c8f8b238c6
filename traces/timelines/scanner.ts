/** Largest integer that is still exact. */
const MOST = Number.MAX_SAFE_INTEGER;

const BLANK = 0x20;
const DOT = 0x2e;
const MINUS = 0x2d;
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/**
 * A place in a line of text, moved by what is read there. A million lines a second leave no time for regular expressions, nor
 * for strings that nobody keeps.
 */
export class Scanner {
  /** A line; each character is one byte of the file. */
  text = "";
  at = 0;
  end = 0;

  /** Sets out on a line. */
  on(line: string): void {
    this.text = line;
    this.at = 0;
    this.end = line.length;
  }

  blanks(): void {
    while (this.at < this.end && this.text.charCodeAt(this.at) === BLANK) this.at++;
  }

  /** Up to the next blank or the end. */
  word(): void {
    while (this.at < this.end && this.text.charCodeAt(this.at) !== BLANK) this.at++;
  }

  /** Passes `words` if they stand here. */
  skip(words: string): boolean {
    if (!this.text.startsWith(words, this.at) || this.at + words.length > this.end) return false;
    this.at += words.length;
    return true;
  }

  /** Where `words` stand next before the end of the line; -1 if nowhere. */
  find(words: string, from = this.at): number {
    const found = this.text.indexOf(words, from);
    return found >= 0 && found + words.length <= this.end ? found : -1;
  }

  /** A whole number with or without a sign; NaN, and nothing is passed, where there is none. */
  integer(): number {
    const negative = this.text.charCodeAt(this.at) === MINUS;
    const start = this.at;
    if (negative) this.at++;
    const value = this.digits();
    if (Number.isNaN(value)) this.at = start;
    return negative ? -value : value;
  }

  /** Digits; NaN, and nothing is passed, where there are none or they say more than 2^53. */
  digits(): number {
    let value = 0;
    let at = this.at;
    for (; at < this.end; at++) {
      const code = this.text.charCodeAt(at);
      if (!isDigit(code)) break;
      value = value * 10 + code - 0x30;
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
    if (Number.isNaN(seconds) || this.text.charCodeAt(this.at) !== DOT) return this.back(start);
    const fraction = ++this.at;
    let nanoseconds = this.digits();
    const places = this.at - fraction;
    if (Number.isNaN(nanoseconds) || places > 9 || this.text.charCodeAt(this.at) !== 0x3a)
      return this.back(start);
    for (let i = places; i < 9; i++) nanoseconds *= 10;
    this.at++;
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    return true;
  }
  seconds = 0;
  nanoseconds = 0;

  private back(to: number): false {
    this.at = to;
    return false;
  }
}
