/** An answer that is none, or that part of it which is wrong: a value, or what is said of it. */
export class Wrong {
  readonly found: unknown;
  readonly said?: string;
  /** The part's name. */
  readonly field?: string;
  /** What it should be, where that is more than what the whole answer should be. */
  readonly expected?: string;

  constructor(found: unknown, more: { said?: string; field?: string; expected?: string } = {}) {
    this.found = found;
    Object.assign(this, more);
  }
}
