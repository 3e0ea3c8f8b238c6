import { nearest } from "./nearest.ts";

/** What an InputError knows. */
export interface InputErrorDetails {
  /** File path, or a name for data that came from elsewhere. */
  file?: string;
  /** 1-based line in a text file. */
  line?: number;
  /** Column or key path (`tasks.a.run`). */
  field?: string;
  /** The option of the library's function that is at fault or helps: `out`, `migrationCost`. */
  option?: string;
  found?: unknown;
  expected?: string;
  /** Which of several pieces of work it was in, where the file does not say that. */
  during?: string;
  /** What kind of problem it is, for whoever knows better advice: the command line has some. */
  code?: string;
  /** The next step for the user, a whole sentence. */
  hint?: string;
}

/**
 * An error in what the user gave (a file, a field, an option), as opposed to a bug of ours.
 *
 * Every message says where, what was found, what was expected, and what to do next. The command line prints it without a
 * stack, with its own words for options, and exits with 1 (2 for a RequestError).
 */
export class InputError extends Error {
  /** Told by a registered symbol: a module that a loader has made a second time knows the errors of the first. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const kinds = typeof value === "object" && value !== null ? (value as Kinded)[KINDS] : undefined;
    // biome-ignore lint/complexity/noThisInStatic: it is asked of subclasses, too
    return Array.isArray(kinds) && kinds.includes(this.name);
  }

  readonly problem: string;
  readonly details: InputErrorDetails;

  constructor(problem: string, details: InputErrorDetails = {}) {
    super(describe(problem, details));
    this.name = "InputError";
    this.problem = problem;
    this.details = details;
    Object.defineProperty(this, KINDS, { value: kindsOf(new.target) });
  }
}

const KINDS = Symbol.for("nicetries kinds of an InputError");
type Kinded = { readonly [KINDS]?: unknown };

/** The names of the class and of those that it extends, up to InputError. */
function kindsOf(kind: { readonly name: string }): string[] {
  return kind.name === "InputError" || kind.name === ""
    ? ["InputError"]
    : [kind.name, ...kindsOf(Object.getPrototypeOf(kind))];
}

/** An option of a request has a value that cannot be: what `details.option` is about. No file is at fault. */
export class RequestError extends InputError {
  declare readonly details: InputErrorDetails & { readonly option: string };

  /** @param problem What is to be said of the option, "needs another file"; behind a colon, a sentence of its own. */
  constructor(option: string, problem: string, details: Omit<InputErrorDetails, "option" | "file"> = {}) {
    super(problem, { ...details, option });
    this.name = "RequestError";
    this.message = describeRequest(problem, this.details);
  }
}

/**
 * The error of an option with a wrong value.
 * @param among Words that were perhaps meant.
 */
export function wrongValue(
  option: string,
  expected: string,
  found: string,
  among: readonly string[] = [],
): RequestError {
  const others = among.filter((word) => word !== found);
  return new RequestError(option, `needs ${expected}`, { found, hint: didYouMean(found, others) });
}

/** A hint at the word that was perhaps meant, where one of `among` is near. @param slips As nearest() has them. */
export function didYouMean(found: string, among: readonly string[], slips?: number): string | undefined {
  const meant = nearest(found, among, slips);
  return meant === undefined ? undefined : `Did you mean ${meant}?`;
}

/** The error with what is known of where it happened; any other error as it is. */
export function whileDoing(error: unknown, during: string): unknown {
  if (!(error instanceof InputError)) return error;
  const details = { ...error.details, during };
  return error instanceof RequestError
    ? new RequestError(error.details.option, error.problem, details)
    : new InputError(error.problem, details);
}

/** Does the work; an InputError in it becomes one of the option's. */
export function ofOption<T>(option: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError) || error instanceof RequestError) throw error;
    throw new RequestError(option, `: ${error.message}`);
  }
}

/** What a RequestError says. */
export function describeRequest(problem: string, d: InputErrorDetails): string {
  let text = `${d.option}${d.field === undefined ? "" : ` ${printable(d.field)}`}${problem.startsWith(":") ? "" : " "}${problem}`;
  if (d.found !== undefined) text += `, found ${show(d.found)}`;
  if (d.during !== undefined) text += `; in ${printable(d.during, 600)}`;
  if (d.hint !== undefined) text += `. ${d.hint}`;
  return text;
}

/** What an InputError says. */
export function describe(problem: string, d: InputErrorDetails): string {
  const where = [
    d.file === undefined ? undefined : printable(d.file, 400),
    d.line === undefined ? undefined : String(d.line),
  ]
    .filter((x) => x !== undefined)
    .join(":");
  let text = where ? `${where}: ${problem}` : problem;
  if (d.field !== undefined) text += ` (field ${printable(d.field)})`;
  if (d.option !== undefined) text += ` (option ${d.option})`;
  if (d.found !== undefined) text += `; found ${show(d.found)}`;
  if (d.expected !== undefined) text += `; expected ${d.expected}`;
  if (d.during !== undefined) text += `; in ${printable(d.during, 600)}`;
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
