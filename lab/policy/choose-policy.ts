import { checkParameters } from "../../sim/parameters.ts";
import type { PolicyFactory } from "../../sim/policy/policy.ts";
import { always, neverHot } from "../../sim/policy/stock.ts";
import { ofOption, wrongValue } from "../../traces/input-error.ts";
import { parseAssignments, unitsOf } from "../assignments.ts";
import { POLICY_HELP, POLICY_NAMES, policyFile } from "./names.ts";
import type { Supervise } from "./supervisor.ts";
import type { UserPolicy } from "./user-policy.ts";

/** What the name of a policy stands for. */
export interface ChosenPolicy {
  /** Undefined: the stock rule, or (with `oracle`) known after a first pass. */
  factory?: PolicyFactory;
  /** Values for parameters of the factory. */
  parameters?: Record<string, number>;
  /** Each decision costs an inference. */
  learned: boolean;
  oracle: boolean;
  /** Calls each turn of the simulation: a user's policy is watched over. */
  around?: (turn: () => void) => void;
  leftRunning?: () => string[];
  /** To be called when the policy is needed no more. */
  end?: () => void;
}

/**
 * Finds the policy of a name. Files are executed: they are the user's own programmes.
 * @param supervise Who watches over a user's file.
 * @throws RequestError
 */
export async function choosePolicy(
  text: string,
  migrationCostNs: number,
  supervise?: Supervise,
): Promise<ChosenPolicy> {
  const stock = { learned: false, oracle: false };
  switch (text) {
    case "cfs":
      return stock;
    case "never-hot":
      return { ...stock, factory: neverHot };
    case "always":
      return { ...stock, factory: always };
    case "oracle":
      return { ...stock, oracle: true };
  }
  const learned = /^(model|premigrate):(.+)$/.exec(text);
  if (learned) {
    const { learnedPolicy } = await import("./learned.ts");
    return { learned: true, oracle: false, factory: learnedPolicy(learned[1], learned[2], migrationCostNs) };
  }
  const file = policyFile(text);
  if (file) {
    const { userPolicy } = await import("./user-policy.ts");
    return { ...stock, ...withParameters(file.values, await userPolicy(file.path, supervise)) };
  }
  if (/^(model|premigrate):$/.test(text))
    throw wrongValue("policy", `a model file behind it (${text}m.nt)`, text);
  throw wrongValue("policy", POLICY_HELP, text, POLICY_NAMES);
}

/** The policy with the values of its parameters: "a=1&b=2ms". @throws RequestError */
function withParameters(values: string, policy: UserPolicy): UserPolicy & Pick<ChosenPolicy, "parameters"> {
  const { parameters: declared = {} } = policy.factory;
  try {
    const texts = values === "" ? [] : values.split("&");
    if (texts.length > 0 && Object.keys(declared).length === 0)
      throw wrongValue("policy", "no parameters, as this policy declares none", values);
    const parameters = parseAssignments("policy", texts, unitsOf(declared));
    ofOption("policy", () => checkParameters("the policy", declared, parameters));
    return { ...policy, parameters };
  } catch (error) {
    policy.end();
    throw error;
  }
}
