import type { TraceTable } from "../schema.ts";
import type { Intern } from "./interner.ts";
import type { CellTarget } from "./target.ts";

const MINUS = 45;
const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;
const ZERO = 48;

/** As many digits are exact in a double without further thought. */
const MAX_DIGITS = 15;

/**
 * Reads the rows that nearly all rows of a trace are: no quotes, the right number of cells, and in numeric cells nothing
 * or a decimal integer of at most 15 digits. Whatever else there is, it leaves to the general parser, which reads the row
 * anew; on the rows it does read, both agree.
 *
 * Invariant L1: no byte behind `last` is looked at, for a newline stands there and ends every cell.
 */
export class PlainRows {
  private readonly targets: readonly (CellTarget | null)[];
  private readonly numbers: (Float64Array | null)[];
  private readonly texts: (string[] | null)[];
  private readonly interns: (Intern | null)[];
  /** Code of what stands between cells. */
  private readonly delimiter: number;

  constructor(targets: readonly (CellTarget | null)[], delimiter: number) {
    this.targets = targets;
    this.delimiter = delimiter;
    this.numbers = targets.map(() => null);
    this.texts = targets.map(() => null);
    this.interns = targets.map((t) => t?.intern ?? null);
  }

  /** Rows go into this table from now on. */
  fill(table: TraceTable): void {
    this.targets.forEach((target, c) => {
      this.numbers[c] = target?.numeric !== undefined ? table.numeric[target.numeric] : null;
      this.texts[c] = target?.text !== undefined ? table.text[target.text] : null;
    });
  }

  /**
   * Reads the row that begins at `start` into row `row` of the table; a newline stands at `last`, at or behind the row's
   * end. Returns where the next row begins, or -1 when the row is not plain (row `row` then holds anything).
   */
  read(bytes: Uint8Array, start: number, last: number, row: number): number {
    const { numbers, texts, delimiter } = this;
    const ends = numbers.length - 1;
    let at = start;
    for (let c = 0; c <= ends; c++) {
      const column = numbers[c];
      if (column !== null) {
        const negative = bytes[at] === MINUS;
        if (negative) at++;
        const first = at;
        let value = 0;
        let digit = bytes[at] - ZERO;
        while (digit >= 0 && digit <= 9) {
          value = value * 10 + digit;
          digit = bytes[++at] - ZERO;
        }
        if (at - first > MAX_DIGITS) return -1;
        if (at > first) column[row] = negative && value !== 0 ? -value : value;
        else if (negative) return -1;
        else column[row] = Number.NaN;
      } else {
        const first = at;
        if (bytes[at] === QUOTE) return -1;
        while (bytes[at] !== delimiter && bytes[at] !== NEWLINE) at++;
        const text = texts[c];
        if (text !== null) {
          const end = c === ends && at > first && bytes[at - 1] === RETURN ? at - 1 : at;
          text[row] = this.interns[c]!(bytes, first, end);
          if (end < at) at = end;
        }
      }
      if (c < ends) {
        if (bytes[at] !== delimiter) return -1;
        at++;
      }
    }
    if (bytes[at] === RETURN && at < last) at++;
    return bytes[at] === NEWLINE ? at + 1 : -1;
  }
}
