/**
 * An error in what the user gave (a file, a field, an option), as opposed to a bug of ours.
 *
 * The command line prints it without a stack and exits with 1 (or with 2 where the command's words are at fault).
 * Every message says where, what was found, what was expected, and what to do next.
 */
export interface InputErrorDetails {
  /** File path, or a name for data that came from elsewhere. */
  file?: string;
  /** 1-based line in a text file. */
  line?: number;
  /** Column, key path (`tasks.a.run`) or option. */
  field?: string;
  found?: unknown;
  expected?: string;
  /** The next step for the user, a whole sentence. */
  hint?: string;
}

export class InputError extends Error {
  readonly details: InputErrorDetails;

  constructor(problem: string, details: InputErrorDetails = {}) {
    super(describe(problem, details));
    this.name = "InputError";
    this.details = details;
  }
}

function describe(problem: string, d: InputErrorDetails): string {
  const where = [
    d.file === undefined ? undefined : printable(d.file, 400),
    d.line === undefined ? undefined : String(d.line),
  ]
    .filter((x) => x !== undefined)
    .join(":");
  let text = where ? `${where}: ${problem}` : problem;
  if (d.field !== undefined) text += ` (field ${printable(d.field)})`;
  if (d.found !== undefined) text += `; found ${show(d.found)}`;
  if (d.expected !== undefined) text += `; expected ${d.expected}`;
  if (d.hint !== undefined) text += `. ${d.hint}`;
  return text;
}

function show(value: unknown): string {
  return printable(typeof value === "string" ? JSON.stringify(value) : String(value));
}

/** What a file holds may be anything, and a terminal shall not obey it: no control characters, no endless lines. */
export function printable(text: string, length = 80): string {
  const safe = visible(text.slice(0, 2 * length + 40));
  return safe.length > length || text.length > 2 * length + 40 ? `${safe.slice(0, length - 3)}...` : safe;
}

/**
 * Characters that a terminal obeys, or that show a text otherwise than it is: control characters, separators of lines, marks
 * that turn the direction of writing, halves of pairs.
 */
export const UNSHOWN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** A text with the codes of such characters in their place. @param but Such a character that stays. */
export const visible = (text: string, but = ""): string =>
  text.replace(new RegExp(UNSHOWN, "gu"), (c) => (c !== "" && c === but ? c : codeOf(c)));

function codeOf(c: string): string {
  const code = c.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
}
