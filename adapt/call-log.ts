/** What was said about the calls of a span of time. */
export interface Span {
  /** ns; `toNs` is the first one no more in it. */
  fromNs: number;
  toNs: number;
  calls: number;
  hard: number;
  /** Right answers, about all calls and about the hard cases. */
  adapted: Right;
  alone: Right;
  majority: Right;
}

/** Right answers. */
export interface Right {
  all: number;
  hard: number;
}

const HARD = 1;
const POSITIVE = 2;
const ADAPTED = 4;
const ALONE = 8;

/** Every call that was judged, in a few bytes: when, and who was right. */
export class CallLog {
  private readonly at: number[] = [];
  private readonly flags: number[] = [];
  private positives = 0;

  get length(): number {
    return this.at.length;
  }

  /** A call, what the target says of it, and the answers of the model in force and of the first one. */
  add(atNs: number, hard: boolean, truth: boolean, adapted: boolean, alone: boolean): void {
    this.at.push(atNs);
    this.flags.push(
      (hard ? HARD : 0) |
        (truth ? POSITIVE : 0) |
        (adapted === truth ? ADAPTED : 0) |
        (alone === truth ? ALONE : 0),
    );
    if (truth) this.positives++;
  }

  /** How many calls, and hard cases among them, were earlier. */
  before(atNs: number): { calls: number; hard: number } {
    let calls = 0;
    let hard = 0;
    this.at.forEach((at, i) => {
      if (at >= atNs) return;
      calls++;
      if (this.flags[i] & HARD) hard++;
    });
    return { calls, hard };
  }

  /**
   * The calls in spans of `ns` from `fromNs` on; spans without calls are there, too. The majority class is that of the whole log: the
   * best that an answer can do that never changes.
   */
  spans(ns: number, fromNs = 0): Span[] {
    const yes = 2 * this.positives > this.length;
    const last = this.at.at(-1) ?? fromNs - 1;
    const none = (): Right => ({ all: 0, hard: 0 });
    const spans = Array.from({ length: Math.ceil((last + 1 - fromNs) / ns) }, (_, i) => ({
      fromNs: fromNs + i * ns,
      toNs: fromNs + (i + 1) * ns,
      calls: 0,
      hard: 0,
      adapted: none(),
      alone: none(),
      majority: none(),
    }));
    for (let i = 0; i < this.length; i++) {
      const span = spans[Math.floor((this.at[i] - fromNs) / ns)];
      if (span === undefined) continue;
      const flags = this.flags[i];
      const hard = (flags & HARD) !== 0;
      const count = (right: Right, is: boolean) => {
        if (!is) return;
        right.all++;
        if (hard) right.hard++;
      };
      span.calls++;
      if (hard) span.hard++;
      count(span.adapted, (flags & ADAPTED) !== 0);
      count(span.alone, (flags & ALONE) !== 0);
      count(span.majority, ((flags & POSITIVE) !== 0) === yes);
    }
    return spans;
  }
}
