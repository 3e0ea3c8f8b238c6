import { InputError, type InputErrorDetails } from "../../traces/input-error.ts";
import { type ControlQuery, LEAST_EVERY_NS, readChanges } from "./control.ts";
import { MAX_SPIN_NS } from "./idle.ts";
import { refuseMisspelt } from "./misspelt.ts";
import type { PlaceQuery } from "./place.ts";
import type { Policy } from "./policy.ts";
import type { Pull, PullQuery } from "./pull.ts";
import type { RankedTask, RankQuery } from "./rank.ts";
import { Wrong } from "./wrong.ts";

/** What may come back from an operation. */
interface Answer {
  /** To `query`. */
  expected(query: unknown): string;
  /** The answer as the simulator takes it, or Wrong. It may throw where the answer cannot be read. */
  read(answer: unknown, query: unknown): unknown;
}

/** The operations that a policy may have. Each is asked with one query. */
export const OPERATIONS = {
  decide: {
    expected: () => "0 (stay), or 1 or 2 (migrate)",
    read: (answer) => (answer === 0 ? 0 : answer === 1 || answer === 2 ? answer : new Wrong(answer)), // -0 is 0
  },
  asks: {
    expected: () => "true or false",
    read: (answer) => (typeof answer === "boolean" ? answer : new Wrong(answer)),
  },
  place: {
    expected: (query) => `the number of a CPU, 0 to ${lastCpu(query)}`,
    read: (answer, query) =>
      Number.isInteger(answer) && (answer as number) >= 0 && (answer as number) <= lastCpu(query)
        ? answer
        : new Wrong(answer),
  },
  idle: {
    expected: () => `for how many ns to spin, 0 to ${MAX_SPIN_NS}`,
    read: (answer) =>
      Number.isInteger(answer) && (answer as number) >= 0 && (answer as number) <= MAX_SPIN_NS
        ? answer
        : new Wrong(answer),
  },
  rank: {
    expected: () => "an array of tasks of the query, each at most once",
    read: (answer, query) => readOrder(answer, (query as RankQuery).tasks),
  },
  pull: {
    expected: () =>
      "{ task, cpu } with a waiting task and an idle CPU of the query on which it is allowed, or undefined",
    read: (answer, query) => readPull(answer as Partial<Pull> | null | undefined, query as PullQuery),
  },
  control: {
    expected: () => "settings that are to change, or undefined",
    read: (answer, query) => readChanges(answer, (query as ControlQuery).settings),
  },
} as const satisfies Record<string, Answer>;

function readOrder(answer: unknown, tasks: readonly RankedTask[]): unknown {
  if (!Array.isArray(answer)) return new Wrong(answer);
  const { length } = answer;
  if (length > tasks.length) return new Wrong(answer, { said: `${length} of ${tasks.length} tasks` });
  const order = Array.from(answer as RankedTask[]);
  const left = new Set(tasks);
  for (const each of order) {
    if (left.delete(each)) continue;
    const said = tasks.includes(each) ? `the task with pid ${each.pid} twice` : undefined;
    return new Wrong(each, { said });
  }
  return order;
}

function readPull(answer: Partial<Pull> | null | undefined, { waiting, idle }: PullQuery): unknown {
  if (answer === undefined) return undefined;
  const { task, cpu } = answer ?? {};
  if (!waiting.includes(task!)) return new Wrong(answer);
  const fits = idle.some((each) => each.cpu === cpu) && task!.allowed(cpu!);
  return fits ? { task, cpu } : new Wrong(cpu, { field: "cpu" });
}

const lastCpu = (query: unknown): number => (query as PlaceQuery).cpus.at(-1)!.cpu;

export type OperationName = keyof typeof OPERATIONS;

/** An operation as whoever wraps it sees it. */
export type Operation = (query: unknown) => unknown;

/** What a policy has, as whoever wraps or asks it sees it. */
export interface Operations {
  readonly asked: Map<OperationName, Operation>;
  /** Policy.everyNs; undefined: there is no control(). */
  readonly everyNs?: number;
}

/**
 * The operations that a policy has.
 * @param where To be told with what is wrong.
 * @throws InputError for one that is no function or misspelt, and where control() does not go with everyNs
 */
export function operationsOf(policy: object, where: InputErrorDetails = {}): Operations {
  const has = policy as Record<string, unknown>;
  const asked = new Map<OperationName, Operation>();
  for (const name of Object.keys(OPERATIONS) as OperationName[]) {
    const operation = has[name];
    if (operation === undefined) continue;
    if (typeof operation !== "function")
      throw new InputError("an operation of the policy is no function", {
        ...where,
        field: name,
        found: told(operation),
      });
    asked.set(name, (query) => operation.call(policy, query));
  }
  refuseMisspelt(policy, Object.keys(OPERATIONS), where);
  const { everyNs } = has;
  const fits = asked.has("control")
    ? Number.isInteger(everyNs) && (everyNs as number) >= LEAST_EVERY_NS
    : everyNs === undefined;
  if (!fits)
    throw new InputError("the policy does not say how often it controls", {
      ...where,
      field: "everyNs",
      found: told(everyNs),
      expected: asked.has("control")
        ? `a whole number of ns, at least ${LEAST_EVERY_NS}, beside control()`
        : "control() beside it",
    });
  return { asked, everyNs: everyNs as number | undefined };
}

/** A value as `found` shows it. */
const told = (value: unknown): unknown =>
  Object(value) === value
    ? { toString: () => (typeof value === "function" ? "a function" : "an object") }
    : value;

/** The policy with something around each of its operations. */
export function wrapOperations(
  name: string,
  { asked, everyNs }: Operations,
  wrap: (name: OperationName, operation: Operation) => Operation,
): Policy {
  const wrapped = [...asked].map(([key, operation]) => [key, wrap(key, operation)]);
  return { name, ...Object.fromEntries(wrapped), ...(everyNs === undefined ? {} : { everyNs }) };
}
