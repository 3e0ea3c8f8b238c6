/** Values of options: what is wrong with them is wrong usage (exit code 2), and the message names the option. */
import type { NumberRange } from "../model/trainer/config.ts";
import { InputError } from "../traces/input-error.ts";
import { UsageError } from "./report-failure.ts";

/** A reader of an option that takes a number. */
export function numberOption(option: string, range: NumberRange): (text: string) => number {
  return (text) => {
    const value = numberIn(text, range);
    if (value === undefined) throw needs(option, range.expected, text);
    return value;
  };
}

/** A reader of an option that takes numbers between commas, such as `example`, or `none`. */
export function numbersOption(
  option: string,
  range: NumberRange,
  example: string,
): (text: string) => number[] {
  return (text) => {
    const values = text === "none" ? [] : text.split(",").map((part) => numberIn(part, range));
    if (values.includes(undefined)) throw needs(option, `${example} (${range.expected} each) or none`, text);
    return values as number[];
  };
}

function numberIn(text: string, range: NumberRange): number | undefined {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return range.holds(value) ? value : undefined;
}

const needs = (option: string, expected: string, found: string) =>
  new UsageError(`${option} needs ${expected}, found ${JSON.stringify(found)}`);

/** Reads an option by a parser of the library, whose InputErrors name the option already. */
export function usage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InputError ? new UsageError(error.message) : error;
  }
}
