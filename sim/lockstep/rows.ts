/**
 * The numbers last printed of each line of one kind. Few lines change in a step: text is made of those alone, as making
 * it costs a hundred times the comparison.
 */
export class Rows {
  /** The numbers of a line as they are now, to be filled in before changed(). */
  readonly now: Float64Array;
  private readonly labels: readonly string[];
  /** NaN, unequal to anything, where nothing has been printed yet. */
  private readonly printed: Float64Array;

  constructor(labels: readonly string[], lines: number) {
    this.labels = labels;
    this.now = new Float64Array(labels.length);
    this.printed = new Float64Array(labels.length * lines).fill(Number.NaN);
  }

  /** Whether `now` is not what was printed of that line; it counts as printed then. */
  changed(line: number): boolean {
    const { now, printed } = this;
    const base = line * now.length;
    for (let i = 0; i < now.length; i++) {
      if (printed[base + i] === now[i]) continue;
      printed.set(now, base);
      return true;
    }
    return false;
  }

  /** What the line stood for is gone: whatever comes in its place is printed. */
  forget(line: number): void {
    const { now, printed } = this;
    printed.fill(Number.NaN, line * now.length, (line + 1) * now.length);
  }

  /** `now` in words. */
  text(): string {
    let text = "";
    for (let i = 0; i < this.now.length; i++) text += this.labels[i] + this.now[i];
    return text;
  }
}

/** The text last printed of each line of one kind. */
export class Texts {
  private readonly printed: (string | undefined)[] = [];

  /** Whether `text` is not what was printed of that line; it counts as printed then. */
  changed(line: number, text: string): boolean {
    if (this.printed[line] === text) return false;
    this.printed[line] = text;
    return true;
  }

  forget(line: number): void {
    this.printed[line] = undefined;
  }
}
