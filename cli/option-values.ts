/**
 * Values of options: what is wrong with them is wrong usage (exit code 2), and the message names the option, what was found
 * and what was expected. Times, sizes and counts are read by one grammar (traces/quantity.ts).
 */
import type { NumberRange } from "../model/trainer/config.ts";
import { InputError, wrongValue as wrongRequest } from "../traces/input-error.ts";
import {
  DURATION_EXAMPLES,
  type DurationUnit,
  formatDuration,
  parseDuration,
  parseNumber,
  parseSize,
  SIZE_EXAMPLES,
  type SizeUnit,
} from "../traces/quantity.ts";
import { inputErrorText } from "./input-error-text.ts";
import { UsageError } from "./report-failure.ts";

/** @param among Words that were perhaps meant. */
export const wrongValue = (...of: Parameters<typeof wrongRequest>): UsageError =>
  new UsageError(wrongRequest(...of).message);

/** A reader of an option that takes a number. */
export function numberOption(option: string, range: NumberRange): (text: string) => number {
  return (text) => {
    const value = numberIn(text, range);
    if (value === undefined) throw wrongValue(option, range.expected, text);
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
    if (values.includes(undefined))
      throw wrongValue(option, `${example} (${range.expected} each) or none`, text);
    return values as number[];
  };
}

/** A reader of an option that takes a count. */
export function countOption(
  option: string,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  const to = most < Number.MAX_SAFE_INTEGER ? ` and at most ${most}` : "";
  return numberOption(option, {
    expected: `a whole number of at least ${least}${to}`,
    holds: (x) => Number.isSafeInteger(x) && x >= least && x <= most,
  });
}

/** What a number without a unit means, for help texts. */
const BARE: Readonly<Record<DurationUnit, string>> = {
  ns: "nanoseconds",
  us: "microseconds",
  ms: "milliseconds",
  s: "seconds",
};

/** "such as 30s; a bare number is seconds": for the help of an option that takes a time. */
export const timeHelp = (example: string, bare?: DurationUnit): string =>
  `such as ${example}${bare === undefined ? "" : `; a bare number is ${BARE[bare]}`}`;

export interface TimeRange {
  /** Unit of a number without one; undefined: it needs one. */
  bare?: DurationUnit;
  /** Least and largest time, ns; `least` is 1 where nothing is said. */
  least?: number;
  most?: number;
}

/** A reader of an option that takes a time, in ns. */
export function timeOption(option: string, { bare, least = 1, most }: TimeRange): (text: string) => number {
  return (text) => {
    const ns = parseDuration(text, bare);
    if (ns !== undefined && ns >= least && ns <= (most ?? ns)) return ns;
    const from = least <= 1 ? (least === 0 ? "from 0" : "above 0") : `of at least ${formatDuration(least)}`;
    const to = most === undefined ? "" : ` and at most ${formatDuration(most)}`;
    throw wrongValue(option, `a time ${from}${to}, ${timeHelp(DURATION_EXAMPLES, bare)}`, text);
  };
}

/** A reader of an option that takes a time, in seconds. */
export const secondsOption =
  (option: string, range: TimeRange = {}) =>
  (text: string): number =>
    timeOption(option, { bare: "s", ...range })(text) / 1e9;

/** A reader of an option that takes a size, in bytes. */
export function sizeOption(option: string, bare: SizeUnit, least: number): (text: string) => number {
  return (text) => {
    const bytes = parseSize(text, bare);
    if (bytes !== undefined && bytes >= least) return bytes;
    const expected = `a size of at least ${least} bytes such as ${SIZE_EXAMPLES}; a bare number is ${bare}`;
    throw wrongValue(option, expected, text);
  };
}

/** A reader of an option that takes one of a few words. */
export function choiceOption(option: string, words: readonly string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text;
    throw wrongValue(option, words.length === 1 ? words[0] : `one of ${words.join(", ")}`, text, words);
  };
}

/** A reader of an option that takes several of a few words, between commas. */
export function choicesOption(option: string, words: readonly string[]): (text: string) => string[] {
  const one = choiceOption(option, words);
  return (text) => text.split(",").map((part) => one(part.trim()));
}

/** A reader of an option that may be given several times: what was read stands in a list. */
export const repeated =
  <T>(read: (text: string) => T) =>
  (text: string, before: T[]): T[] => [...before, read(text)];

/** Reads an option by a parser of the library, whose InputErrors name what is wrong. @param option What to name it by, too. */
export function usage<T>(read: () => T, option?: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const text = inputErrorText(error);
    throw new UsageError(option === undefined ? text : `${option}: ${text}`);
  }
}

function numberIn(text: string, range: NumberRange): number | undefined {
  const value = parseNumber(text);
  return range.holds(value) ? value : undefined;
}
