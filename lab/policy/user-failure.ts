import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError, printable } from "../../traces/input-error.ts";
import { shownPath } from "../files/shown-path.ts";

/** What goes wrong in a user's policy, told as an error of its file. */

export const HINT = "docs/policies.md has an example";

/** Does the work; what it throws becomes an error of the file, which begins with `what`. */
export function guarded<T>(what: string | (() => string), path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isInputError(error) ? error : failure(typeof what === "string" ? what : what(), error, path);
  }
}

/**
 * A module that does not parse: not every loader says where. Node does, of JavaScript; of TypeScript, the compiler under tsx
 * does, in a text of its own. And a name with a question mark is no name to all of them.
 */
export function loadFailure(error: unknown, path: string): InputError {
  const what = "the policy cannot be loaded";
  const [, at, row, fault] = /^(.+):(\d+):\d+: ERROR: (.+)$/m.exec(textOf(error)) ?? [];
  if (fault !== undefined) {
    const file = realpathSync(at) === realpathSync(path) ? path : shownPath(at);
    return new InputError(`${what}: SyntaxError: ${printable(fault, 500)}`, {
      file,
      line: Number(row),
      hint: HINT,
    });
  }
  if (stackLine(error, path) === undefined && /\.[cm]?js$/.test(path)) {
    const { stderr } = spawnSync(process.execPath, ["--check", path], { encoding: "utf8" });
    const [, line, message] = /:(\d+)\n[\s\S]*?^(SyntaxError: .*)$/m.exec(stderr ?? "") ?? [];
    if (message !== undefined)
      return new InputError(`${what}: ${message}`, { file: path, line: Number(line), hint: HINT });
  }
  if (!path.includes("?")) return failure(what, error, path);
  return new InputError(what, { file: path, found: "a question mark in the name", hint: "Rename the file" });
}

function textOf(error: unknown): string {
  try {
    return String((error as Error | undefined)?.message);
  } catch {
    return ""; // whatever it is, reading it throws
  }
}

/** Ours, as process.exit() throws it; not what merely looks so and throws when it is read. */
export function isInputError(error: unknown): boolean {
  try {
    return error instanceof InputError;
  } catch {
    return false;
  }
}

/** What was thrown may be anything, and reading it may throw again. */
export function failure(what: string, error: unknown, file: string): InputError {
  let text = "an error that cannot be read";
  let line: number | undefined;
  try {
    text = error instanceof Error ? `${error.name}: ${error.message}` : `${nameOf(error)} was thrown`;
    line = stackLine(error, file);
  } catch {}
  const plain = text.replace(/\p{Cc}+/gu, " ").slice(0, 500);
  return new InputError(`${what}: ${plain}`, { file, line, hint: HINT });
}

/** The line of `file` that an error's stack names first. */
export function stackLine(error: unknown, file: string): number | undefined {
  try {
    return lineIn(String((error as Error | undefined)?.stack), file);
  } catch {
    return undefined; // whatever it is, reading it throws
  }
}

function lineIn(stack: string, file: string): number | undefined {
  const path = realpathSync(resolve(file));
  for (const name of [pathToFileURL(path).href, path]) {
    const at = stack.indexOf(`${name}:`);
    const line = at < 0 ? Number.NaN : Number.parseInt(stack.slice(at + name.length + 1), 10);
    if (line >= 1) return line;
  }
  return undefined;
}

/** A value that may be of any kind, as `found` shows it. */
export function nameOf(value: unknown): { toString(): string } {
  let name = "something that cannot be read";
  try {
    name = kindOf(value);
  } catch {} // a proxy may throw at every question
  return { toString: () => name };
}

function kindOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  if (!(value instanceof Promise)) return "an object";
  value.catch(() => {}); // that it is a promise is the fault to be told, not how it ends
  return "a promise";
}
