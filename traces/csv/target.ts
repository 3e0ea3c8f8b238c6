import { ALL_TEXT_NAMES, NUMERIC_NAMES, type NumericColumn, type TextColumn } from "../schema.ts";
import { type Intern, interner } from "./interner.ts";

/** Where the cells of a column go. */
export type CellTarget =
  | { numeric: NumericColumn; text?: undefined; intern?: undefined }
  | { numeric?: undefined; text: TextColumn; intern: Intern };

/** Where the cells of the column of this name go; null where the schema does not know it. */
export function targetOf(name: string): CellTarget | null {
  const numeric = NUMERIC_NAMES.find((n) => n === name);
  if (numeric) return { numeric };
  const text = ALL_TEXT_NAMES.find((n) => n === name);
  return text ? { text, intern: interner() } : null;
}
