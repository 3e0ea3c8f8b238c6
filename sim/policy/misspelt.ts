import { didYouMean, InputError, type InputErrorDetails, printable } from "../../traces/input-error.ts";

/**
 * Refuses a policy with what is nearly the name of something that it lacks: nobody would ask it. Methods are held against the operations,
 * state against everyNs. Helpers and state with names of their own stay the policy's business, as do names that begin with no letter.
 * @throws InputError with the name that was perhaps meant
 */
export function refuseMisspelt(
  policy: object,
  operations: readonly string[],
  where: InputErrorDetails,
): void {
  const has = policy as Record<string, unknown>;
  const lacking = operations.filter((name) => has[name] === undefined);
  const refuse = (kind: string, name: string, among: readonly string[]) => {
    const hint = didYouMean(name, among, 1);
    if (hint !== undefined) throw new InputError(`unknown ${kind} ${printable(name)}`, { ...where, hint });
  };
  const { methods, state } = membersOf(policy);
  for (const name of methods) refuse("operation", name, lacking);
  if (has.everyNs === undefined) for (const name of state) refuse("property", name, ["everyNs"]);
}

/** What an object has of its own, and what the classes that it is of have: by descriptors, for reading a getter would run it. */
function membersOf(policy: object): { methods: string[]; state: string[] } {
  const methods: string[] = [];
  const state: string[] = [];
  let at: object | null = policy;
  for (let depth = 0; at !== null && at !== Object.prototype && depth < 20; depth++) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (/^[a-z]/i.test(name)) (typeof value === "function" ? methods : state).push(name);
    at = Object.getPrototypeOf(at);
  }
  return { methods, state };
}
