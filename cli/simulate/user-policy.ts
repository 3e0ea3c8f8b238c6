import { spawnSync } from "node:child_process";
import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { MigrationQuery, Policy, PolicyFactory } from "../../sim/policy/policy.ts";
import { InputError, printable, UNSHOWN } from "../../traces/input-error.ts";
import { shownPath } from "../shown-path.ts";
import { readOnlyView } from "./read-only-view.ts";
import { understandTypeScript } from "./typescript.ts";
import { UserCode } from "./user-code.ts";

/**
 * A policy from a user's file. Whatever goes wrong in it is an error of that file, told with its line:
 *
 *  U1. What the file throws, at load, in its factory or in decide(), and every verdict but 0, 1 and 2 becomes an
 *      InputError that names the file.
 *  U2. The policy sees the decision through views that it cannot write: neither the trace nor the scheduler depends on
 *      what it does to them.
 *  U3. It runs under supervision (user-code.ts): it neither ends the program, nor writes between its results, nor keeps
 *      it waiting.
 *  U4. Its name can be shown.
 *
 * The policies in the box do without these checks, and without their cost.
 */
export async function userPolicy(path: string, limitMs?: number): Promise<UserPolicy> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile())
    throw new InputError("there is no such policy", {
      file: path,
      found: stat?.isDirectory() ? "a folder" : undefined,
      expected: "a file",
      hint: HINT,
    });
  const outside = (error: unknown) =>
    stackLine(error, path) === undefined || isInputError(error)
      ? undefined
      : failure("the policy failed in a timer or promise of its own", error, path);
  const code = new UserCode(path, outside, limitMs);
  try {
    return {
      factory: await load(path, code),
      around: code.within,
      leftRunning: () => code.leftRunning(),
      end: () => code.end(),
    };
  } catch (error) {
    code.end();
    throw error;
  }
}

export interface UserPolicy {
  factory: PolicyFactory;
  /** Calls work in which the policy decides. */
  around: (work: () => void) => void;
  /** Kinds of what it has left running. */
  leftRunning: () => string[];
  /** Has to be called when the policy is needed no more. */
  end: () => void;
}

async function load(path: string, code: UserCode): Promise<PolicyFactory> {
  await understandTypeScript(path);
  const { default: importExactly } = await import(IMPORT_EXACTLY);
  const loading: Promise<{ default: unknown }> = importExactly(pathToFileURL(resolve(path)).href);
  const loaded = await code.load(loading).catch((error: unknown) => {
    throw code.fault ?? (isInputError(error) ? error : loadFailure(error, path));
  });
  const factory = guarded("the policy cannot be loaded", path, () => defaultOf(loaded));
  if (typeof factory !== "function")
    throw new InputError("the policy has no factory", {
      file: path,
      found: nameOf(factory),
      expected: "a default export (chip, random) => ({ name, decide(query) })",
      hint: HINT,
    });
  return (chip, random) => {
    const inFactory = "the policy's factory failed";
    const policy = guarded(inFactory, path, () => factory(chip, random));
    const decide = guarded(inFactory, path, () => policy?.decide);
    if (typeof decide !== "function")
      throw new InputError("the policy cannot decide", {
        file: path,
        found: nameOf(policy),
        expected: "{ name, decide(query) } from the factory, which may not be async",
        hint: HINT,
      });
    return checked(policy, path, code);
  };
}

const HINT = "docs/policies.md has an example";

/** An import from a TypeScript file takes mine.ts for mine.js where both lie side by side; one from here does not. */
const IMPORT_EXACTLY = "data:text/javascript,export default (url) => import(url)";

/** The default export; that of a CommonJS module which was written as an ES module lies one deeper. */
function defaultOf({ default: exported }: { default: unknown }): unknown {
  const inner = (exported as { default?: unknown } | null | undefined)?.default;
  return typeof exported !== "function" && typeof inner === "function" ? inner : exported;
}

const MAX_NAME = 100;

/** The policy's name as results show it: its file's, where it gives none that is text. */
function nameIn(policy: Policy, path: string): string {
  const name = guarded("the policy's name failed", path, () => policy.name as unknown);
  if (typeof name !== "string" || name === "") return printable(shownPath(path), MAX_NAME);
  if (name.length <= MAX_NAME && !UNSHOWN.test(name)) return name;
  throw new InputError("the policy's name cannot be shown", {
    file: path,
    field: "name",
    found: name,
    expected: `at most ${MAX_NAME} characters, and no control characters among them`,
  });
}

function checked(policy: Policy, path: string, code: UserCode): Policy {
  const name = nameIn(policy, path);
  let shown: MigrationQuery | undefined;
  let view: MigrationQuery;
  return {
    name,
    decide(query) {
      if (query !== shown) {
        shown = query;
        view = readOnlyView(query, { row: readOnlyView(query.row) });
      }
      let verdict: unknown;
      try {
        verdict = policy.decide(view);
      } catch (error) {
        throw code.fault ?? failure("the policy's decide() failed", error, path);
      }
      code.check();
      if (verdict === 0) return 0; // and -0
      if (verdict === 1 || verdict === 2) return verdict;
      throw new InputError("the policy's decide() gave a verdict that does not exist", {
        file: path,
        found: nameOf(verdict),
        expected: "0 (stay), or 1 or 2 (migrate)",
        hint: HINT,
      });
    },
  };
}

function guarded<T>(what: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isInputError(error) ? error : failure(what, error, path);
  }
}

/**
 * A module that does not parse: not every loader says where. Node does, of JavaScript. And a name with a question mark is
 * no name to all of them.
 */
function loadFailure(error: unknown, path: string): InputError {
  const what = "the policy cannot be loaded";
  if (stackLine(error, path) === undefined && /\.[cm]?js$/.test(path)) {
    const { stderr } = spawnSync(process.execPath, ["--check", path], { encoding: "utf8" });
    const [, line, message] = /:(\d+)\n[\s\S]*?^(SyntaxError: .*)$/m.exec(stderr ?? "") ?? [];
    if (message !== undefined)
      return new InputError(`${what}: ${message}`, { file: path, line: Number(line), hint: HINT });
  }
  if (!path.includes("?")) return failure(what, error, path);
  return new InputError(what, { file: path, found: "a question mark in the name", hint: "Rename the file" });
}

/** Ours, as process.exit() throws it; not what merely looks so and throws when it is read. */
function isInputError(error: unknown): boolean {
  try {
    return error instanceof InputError;
  } catch {
    return false;
  }
}

/** What was thrown may be anything, and reading it may throw again. */
function failure(what: string, error: unknown, file: string): InputError {
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
function stackLine(error: unknown, file: string): number | undefined {
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
function nameOf(value: unknown): { toString(): string } {
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
