import { integerFromBigInt } from "../cells.ts";
import { InputError, type InputErrorDetails } from "../input-error.ts";
import { NUMERIC_COLUMNS, type NumericColumn } from "../schema.ts";

const MINUS = 45;
const ZERO = 48;

/**
 * The number in `bytes[from .. to-1]`: NaN for an empty cell, else an exact integer. Throws an InputError for anything
 * else; also takes `12.0`, `1e6` and, for flags, `True` and `False`, as spreadsheets and pandas write them.
 */
export function parseNumber(
  bytes: Uint8Array,
  from: number,
  to: number,
  column: NumericColumn,
  where: () => InputErrorDetails,
): number {
  if (from === to) return Number.NaN;
  const negative = bytes[from] === MINUS;
  const first = negative ? from + 1 : from;
  // up to 15 digits are exact in a double without further thought
  if (to - first <= 15 && first < to) {
    let value = 0;
    let i = first;
    for (; i < to; i++) {
      const digit = bytes[i] - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (i === to) return negative && value !== 0 ? -value : value;
  }
  return parseUnusual(Buffer.from(bytes.subarray(from, to)).toString("utf8"), column, where());
}

function parseUnusual(text: string, column: NumericColumn, where: InputErrorDetails): number {
  const cell = text.trim();
  if (cell === "") return Number.NaN;
  if (/^[+-]?\d{1,40}$/.test(cell)) return integerFromBigInt(BigInt(cell), column, where);
  if (NUMERIC_COLUMNS[column].kind === "flag") {
    if (/^true$/i.test(cell)) return 1;
    if (/^false$/i.test(cell)) return 0;
  }
  if (/^[+-]?\d+(\.\d*)?([eE][+-]?\d{1,3})?$/.test(cell)) {
    const value = Number(cell);
    if (Number.isSafeInteger(value)) return value + 0;
  }
  throw new InputError("not a whole number", {
    ...where,
    field: column,
    found: text,
    expected: "an integer within -2^53 .. 2^53, or an empty cell for unknown",
    hint: "Correct the cell, or leave it empty if the value is not known.",
  });
}
