import { integerFromBigInt } from "../cells.ts";
import { InputError, type InputErrorDetails } from "../input-error.ts";
import { NUMERIC_COLUMNS, type NumericColumn } from "../schema.ts";

/**
 * The number in a cell: NaN for an empty one, else an exact integer. Throws an InputError for anything else; also takes
 * `12.0`, `1e6` and, for flags, `True` and `False`, as spreadsheets and pandas write them.
 */
export function parseNumber(text: string, column: NumericColumn, where: () => InputErrorDetails): number {
  if (text === "") return Number.NaN;
  // up to 15 digits are exact in a double without further thought; + 0 makes 0 of -0
  if (text.length <= 15 && /^-?\d+$/.test(text)) return Number(text) + 0;
  const cell = text.trim();
  if (cell === "") return Number.NaN;
  if (/^[+-]?\d{1,40}$/.test(cell)) return integerFromBigInt(BigInt(cell), column, where());
  if (NUMERIC_COLUMNS[column].kind === "flag") {
    if (/^true$/i.test(cell)) return 1;
    if (/^false$/i.test(cell)) return 0;
  }
  if (/^[+-]?\d+(\.\d*)?([eE][+-]?\d{1,3})?$/.test(cell)) {
    const value = Number(cell);
    if (Number.isSafeInteger(value)) return value + 0;
  }
  throw new InputError("not a whole number", {
    ...where(),
    field: column,
    found: text,
    expected: "an integer within -2^53 .. 2^53, or an empty cell for unknown",
    hint: "Correct the cell, or leave it empty if the value is not known.",
  });
}
