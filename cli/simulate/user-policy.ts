import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { MigrationQuery, Policy, PolicyFactory } from "../../sim/policy/policy.ts";
import { InputError } from "../../traces/input-error.ts";
import { readOnlyView } from "./read-only-view.ts";

/**
 * A policy from a user's file. Whatever goes wrong in it is an error of that file, told with its line:
 *
 *  U1. What the file throws, at load, in its factory or in decide(), and every verdict but 0, 1 and 2 becomes an
 *      InputError that names the file.
 *  U2. The policy sees the decision through views that it cannot write: neither the trace nor the scheduler depends on
 *      what it does to them.
 *
 * The policies in the box do without these checks, and without their cost.
 */
export async function userPolicy(path: string): Promise<PolicyFactory> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new InputError("there is no such policy", { file: path, expected: "a file", hint: HINT });
  const { default: importExactly } = await import(IMPORT_EXACTLY);
  const loaded = await importExactly(pathToFileURL(resolve(path)).href).catch((error: unknown) => {
    throw failure("the policy cannot be loaded", error, path);
  });
  const factory: unknown = loaded.default;
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
    return checked(policy, path);
  };
}

const HINT = "docs/policies.md has an example";

/** An import from a TypeScript file takes mine.ts for mine.js where both lie side by side; one from here does not. */
const IMPORT_EXACTLY = "data:text/javascript,export default (url) => import(url)";

function checked(policy: Policy, path: string): Policy {
  const name = guarded("the policy's name failed", path, () => policy.name as unknown);
  let shown: MigrationQuery | undefined;
  let view: MigrationQuery;
  return {
    name: typeof name === "string" && name !== "" ? name : path,
    decide(query) {
      if (query !== shown) {
        shown = query;
        view = readOnlyView(query, { row: readOnlyView(query.row) });
      }
      let verdict: unknown;
      try {
        verdict = policy.decide(view);
      } catch (error) {
        throw failure("the policy's decide() failed", error, path);
      }
      if (verdict === 0 || verdict === 1 || verdict === 2) return verdict;
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
    throw failure(what, error, path);
  }
}

/** What was thrown may be anything, and reading it may throw again. */
function failure(what: string, error: unknown, file: string): InputError {
  let text = "an error that cannot be read";
  let line: number | undefined;
  try {
    text = error instanceof Error ? `${error.name}: ${error.message}` : `${nameOf(error)} was thrown`;
    line = lineIn(String((error as Error | undefined)?.stack), file);
  } catch {}
  const plain = text.replace(/\p{Cc}+/gu, " ").slice(0, 500);
  return new InputError(`${what}: ${plain}`, { file, line, hint: HINT });
}

/** The line of `file` that comes first in a stack. */
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
  let name: string;
  if (value instanceof Promise) value.catch(() => {}); // that it is a promise is the fault to be told, not how it ends
  if (typeof value === "string") name = JSON.stringify(value.slice(0, 100));
  else if (typeof value === "function") name = "a function";
  else if (typeof value !== "object" || value === null) name = String(value);
  else if (value instanceof Promise) name = "a promise";
  else name = Array.isArray(value) ? "an array" : "an object";
  return { toString: () => name };
}
