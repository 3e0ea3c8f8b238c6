import { InputError, type InputErrorDetails } from "../../traces/input-error.ts";
import type { MigrationQuery, Policy } from "./policy.ts";

/** What may come back from an operation. */
interface Answer {
  readonly expected: string;
  /** The answer as the simulator takes it; undefined: it is none. */
  read(answer: unknown): unknown;
}

/** The operations that a policy may have. Each is asked with one query. */
export const OPERATIONS = {
  decide: {
    expected: "0 (stay), or 1 or 2 (migrate)",
    read: (answer) => (answer === 0 ? 0 : answer === 1 || answer === 2 ? answer : undefined), // -0 is 0
  },
  asks: {
    expected: "true or false",
    read: (answer) => (typeof answer === "boolean" ? answer : undefined),
  },
} as const satisfies Record<string, Answer>;

export type OperationName = keyof typeof OPERATIONS;

/** An operation as whoever wraps it sees it. */
export type Operation = (query: MigrationQuery) => unknown;

/** Names that are kept for operations to come: to have one is a mistake today, not something to pass over. */
const TO_COME = ["place", "rank", "everyNs", "control"];

/**
 * The operations that a policy has.
 * @param where To be told with what is wrong.
 * @throws InputError for one that is no function, and for one that nobody asks yet
 */
export function operationsOf(policy: object, where: InputErrorDetails = {}): Map<OperationName, Operation> {
  const has = policy as Record<string, unknown>;
  const early = TO_COME.find((name) => has[name] !== undefined);
  if (early !== undefined)
    throw new InputError("the policy has an operation that this version does not ask", {
      ...where,
      field: early,
      expected: Object.keys(OPERATIONS).join(" or "),
    });
  const found = new Map<OperationName, Operation>();
  for (const name of Object.keys(OPERATIONS) as OperationName[]) {
    const operation = has[name];
    if (operation === undefined) continue;
    if (typeof operation !== "function")
      throw new InputError("an operation of the policy is no function", {
        ...where,
        field: name,
        found: typeof operation,
      });
    found.set(name, (query) => operation.call(policy, query));
  }
  return found;
}

/** The policy with something around each of its operations. @throws InputError as operationsOf() */
export function wrapOperations(
  name: string,
  operations: ReadonlyMap<OperationName, Operation>,
  wrap: (name: OperationName, operation: Operation) => Operation,
): Policy {
  const wrapped = [...operations].map(([key, operation]) => [key, wrap(key, operation)]);
  return { name, ...Object.fromEntries(wrapped) };
}
