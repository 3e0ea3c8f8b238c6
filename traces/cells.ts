import { InputError, type InputErrorDetails } from "./input-error.ts";
import { NUMERIC_NAMES, specOf } from "./schema.ts";

/**
 * Columns that the kernel holds in signed 64 bits (S2 for `task_vruntime`) but that collectors often print unsigned:
 * 2^63 .. 2^64-1 are read as the negative numbers they are.
 */
const SIGNED_64: ReadonlySet<string> = new Set(
  NUMERIC_NAMES.filter((name) => specOf(name).signed && specOf(name).wide),
);

/** S1. Beyond it a double holds some integers only: compare before the conversion, which rounds. */
const LARGEST = 2n ** 53n;

/** An exact integer from a bigint cell, or an InputError (S1). */
export function integerFromBigInt(value: bigint, column: string, where: InputErrorDetails): number {
  let exact = value;
  if (SIGNED_64.has(column) && value >= 2n ** 63n && value < 2n ** 64n) exact = value - 2n ** 64n;
  if (exact >= -LARGEST && exact <= LARGEST) return Number(exact);
  throw new InputError("number out of range", {
    ...where,
    field: column,
    found: String(value),
    expected: "an integer within -2^53 .. 2^53",
    hint: "Such numbers come of counters read as unsigned or of damage: correct the cell, or leave it empty if the value is not known.",
  });
}

/** An exact integer or NaN (unknown) from a cell of another writer's Parquet column. */
export function integerFromCell(value: unknown, column: string, where: InputErrorDetails): number {
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === "bigint") return integerFromBigInt(value, column, where);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") {
    // pandas turns integer columns with gaps into doubles with NaN
    if (Number.isNaN(value)) return value;
    if (Number.isInteger(value) && Math.abs(value) <= 2 ** 53) return value;
    if (Number.isInteger(value) && SIGNED_64.has(column))
      return integerFromBigInt(BigInt(value), column, where);
  }
  throw new InputError("not an integer", {
    ...where,
    field: column,
    found: value,
    expected: "an integer within -2^53 .. 2^53, or null",
    hint: "Correct the value, or make it null if it is not known.",
  });
}
