import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { seconds } from "../../sim/output/ms.ts";
import type { Parameters } from "../../sim/parameters.ts";
import {
  OPERATIONS,
  type Operation,
  type OperationName,
  operationsOf,
  wrapOperations,
} from "../../sim/policy/operations.ts";
import type { MigrationQuery, PolicyFactory, PolicyHost } from "../../sim/policy/policy.ts";
import { Wrong } from "../../sim/policy/wrong.ts";
import { InputError, printable, UNSHOWN } from "../../traces/input-error.ts";
import { shownPath } from "../files/shown-path.ts";
import { readOnlyView } from "./read-only-view.ts";
import { type Supervise, type Supervisor, trusted } from "./supervisor.ts";
import { understandPolicy } from "./typescript.ts";
import { failure, guarded, HINT, isInputError, loadFailure, nameOf, stackLine } from "./user-failure.ts";

/**
 * A policy from a user's file. Whatever goes wrong in it is an error of that file, told with its line:
 *
 *  U1. What the file throws, at load, in its factory or in an operation, and every answer that is none becomes an
 *      InputError that names the file.
 *  U2. The policy sees its host and each question through views that it cannot write: neither the trace nor the scheduler
 *      depends on what it does to them.
 *  U3. It runs under a supervisor where there is one (supervisor.ts): whoever runs the simulation as a program of its own does
 *      not let it end the program, write between its results, or keep it waiting.
 *  U4. Its name can be shown.
 *
 * The policies in the box do without these checks, and without their cost.
 */
export async function userPolicy(path: string, supervise: Supervise = trusted): Promise<UserPolicy> {
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
  const code = supervise(path, outside);
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

async function load(path: string, code: Supervisor): Promise<PolicyFactory> {
  await understandPolicy(path);
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
      expected: FACTORY,
      hint: HINT,
    });
  if (factory.length > 1)
    throw new InputError(
      "the policy's factory is written for an older version, which gave it chip and random",
      {
        file: path,
        expected: FACTORY,
        hint: "Write ({ chip, random }) where (chip, random) stands",
      },
    );
  const make = (host: PolicyHost) => {
    const inFactory = "the policy's factory failed";
    const policy = guarded(inFactory, path, () => factory(hostFor(host, path)));
    const operations = guarded(inFactory, path, () =>
      typeof policy === "object" && policy !== null
        ? operationsOf(policy, { file: path, hint: HINT })
        : undefined,
    );
    if (!operations?.asked.size)
      throw new InputError("the policy cannot decide", {
        file: path,
        found: nameOf(policy),
        expected: `{ name, ${ANSWERS} } from the factory, with at least one of them; it may not be async`,
        hint: HINT,
      });
    const ask = (name: OperationName, operation: Operation) =>
      checked(name, operation, path, code, () => seconds(host.now()));
    return wrapOperations(nameIn(policy, path), operations, ask);
  };
  return Object.assign(make, { parameters: parametersIn(loaded, factory, path) });
}

/** The operations that answer by themselves. */
const ANSWERS = Object.keys(OPERATIONS)
  .filter((name) => name !== "asks")
  .map((name) => `${name}(query)`)
  .join(", ");

const FACTORY = `a default export ({ chip, random, now, tunables, parameters }) => ({ name, ${ANSWERS} })`;

/** What the factory was given before there was a host: reading it says so. */
const OF_THE_CHIP = ["name", "cpus", "coreOf"];

function hostFor(host: PolicyHost, path: string): PolicyHost {
  const finish = (done: () => void) =>
    guarded(() => `what the policy had computed failed at ${seconds(host.now())} s`, path, done);
  const work: PolicyHost["work"] = (ns, done) =>
    host.work(ns, typeof done === "function" ? () => finish(done) : done);
  const shown = { ...host, work };
  for (const key of OF_THE_CHIP)
    Object.defineProperty(shown, key, {
      get() {
        throw new TypeError(`the factory gets a host, not the chip: host.chip.${key}`);
      },
    });
  return Object.freeze(shown);
}

/** The parameters that the file declares beside its factory, or the factory itself. */
function parametersIn(loaded: object, factory: object, path: string): Parameters {
  const what = "the policy's parameters cannot be read";
  const of = (from: object | undefined) => (from as { parameters?: unknown } | undefined)?.parameters;
  return guarded(what, path, () => {
    const declared = of(loaded) ?? of((loaded as { default?: object }).default) ?? of(factory) ?? {};
    for (const [name, p] of Object.entries(declared)) {
      const numbers = [p?.value, p?.min, p?.max];
      const inRange = numbers.every(Number.isInteger) && p.min <= p.value && p.value <= p.max;
      if (inRange && typeof p.unit === "string" && typeof p.about === "string") continue;
      throw new InputError("a parameter of the policy is not declared as one", {
        file: path,
        field: `parameters.${name}`,
        expected: '{ value, unit: "ns", min, max, about } with integers and min <= value <= max',
        hint: HINT,
      });
    }
    return { ...declared } as Parameters;
  });
}

/** An import from a TypeScript file takes mine.ts for mine.js where both lie side by side; one from here does not. */
const IMPORT_EXACTLY = "data:text/javascript,export default (url) => import(url)";

/** The default export; that of a CommonJS module which was written as an ES module lies one deeper. */
function defaultOf({ default: exported }: { default: unknown }): unknown {
  const inner = (exported as { default?: unknown } | null | undefined)?.default;
  return typeof exported !== "function" && typeof inner === "function" ? inner : exported;
}

const MAX_NAME = 100;

/** The policy's name as results show it: its file's, where it gives none that is text. */
function nameIn(policy: { name?: unknown }, path: string): string {
  const name = guarded("the policy's name failed", path, () => policy.name);
  if (typeof name !== "string" || name === "") return printable(shownPath(path), MAX_NAME);
  if (name.length <= MAX_NAME && !UNSHOWN.test(name)) return name;
  throw new InputError("the policy's name cannot be shown", {
    file: path,
    field: "name",
    found: name,
    expected: `at most ${MAX_NAME} characters, and no control characters among them`,
  });
}

function checked(
  name: OperationName,
  operation: Operation,
  path: string,
  code: Supervisor,
  now: () => string,
): Operation {
  const { expected, read } = OPERATIONS[name];
  let shown: unknown;
  let view: unknown;
  return (query) => {
    if (query !== shown) {
      shown = query;
      view = viewOf(query);
    }
    let answer: unknown;
    try {
      answer = read(operation(view), query);
    } catch (error) {
      throw code.fault ?? failure(`the policy's ${name}() failed at ${now()} s`, error, path);
    }
    code.check();
    if (!(answer instanceof Wrong)) return answer;
    const { found, said, field } = answer;
    throw new InputError(`the policy's ${name}() gave, at ${now()} s, an answer that does not exist`, {
      file: path,
      found: said === undefined ? nameOf(found) : { toString: () => said },
      field,
      expected: answer.expected ?? expected(query),
      hint: HINT,
    });
  };
}

/** A decision is an object that is filled anew for each question; other questions cannot be written to anyway. */
function viewOf(query: unknown): unknown {
  const { row } = query as MigrationQuery;
  return row === undefined ? query : readOnlyView(query as MigrationQuery, { row: readOnlyView(row) });
}
