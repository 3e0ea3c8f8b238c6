import { ADAPT_PARAMETERS } from "../../adapt/parameters.ts";
import { checkParameters } from "../../sim/parameters.ts";
import { learnedCost } from "../../sim/policy/learned-cost.ts";
import { nest } from "../../sim/policy/nest.ts";
import type { PolicyFactory } from "../../sim/policy/policy.ts";
import { staleness } from "../../sim/policy/staleness.ts";
import { always, neverHot } from "../../sim/policy/stock.ts";
import { workConserving } from "../../sim/policy/work-conserving.ts";
import { ofOption, wrongValue } from "../../traces/input-error.ts";
import { parseAssignments, unitsOf } from "../assignments.ts";
import type { AdaptReport } from "./adapt.ts";
import { type BuiltInName, builtIn, modelOfPolicy, POLICY_HELP, POLICY_NAMES, policyFile } from "./names.ts";
import type { Supervise } from "./supervisor.ts";

const BUILT_IN: Readonly<Record<BuiltInName, PolicyFactory>> = {
  "never-hot": neverHot,
  always,
  "learned-cost": learnedCost,
  nest,
  staleness,
  "work-conserving": workConserving,
};

/** What the name of a policy stands for. */
export interface ChosenPolicy {
  /** Undefined: the stock rule, or (with `oracle`) known after a first pass. */
  factory?: PolicyFactory;
  /** Values for parameters of the factory. */
  parameters?: Record<string, number>;
  /** Each decision costs an inference. */
  learned: boolean;
  oracle: boolean;
  /** What came of adapting, after the run. */
  adaptation?: () => AdaptReport | undefined;
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
  if (text === "cfs") return stock;
  if (text === "oracle") return { ...stock, oracle: true };
  const own = chooseBuiltIn(text);
  if (own !== undefined) return { ...stock, ...own };
  const learned = modelOfPolicy(text);
  if (learned?.kind === "adapt") {
    const { factory, report } = (await import("./adapt.ts")).adaptivePolicy(learned.path, migrationCostNs);
    const parameters = valuesFor(factory, learned.values);
    return { learned: true, oracle: false, factory, parameters, adaptation: report };
  }
  if (learned) {
    const { learnedPolicy } = await import("./learned.ts");
    const factory = learnedPolicy(learned.kind, learned.path, migrationCostNs);
    return { learned: true, oracle: false, factory };
  }
  const file = policyFile(text);
  if (file) {
    const { userPolicy } = await import("./user-policy.ts");
    const policy = await userPolicy(file.path, supervise);
    try {
      return { ...stock, ...policy, parameters: valuesFor(policy.factory, file.values) };
    } catch (error) {
      policy.end();
      throw error;
    }
  }
  if (/^(model|premigrate|adapt):$/.test(text))
    throw wrongValue("policy", `a model file behind it (${text}m.nt)`, text);
  throw wrongValue("policy", POLICY_HELP, text, POLICY_NAMES);
}

/** A policy of the simulator's own; undefined for another name. @throws RequestError for parameters that it does not have */
export function chooseBuiltIn(text: string): Pick<ChosenPolicy, "factory" | "parameters"> | undefined {
  const own = builtIn(text);
  if (own === undefined) return undefined;
  const factory = BUILT_IN[own.name];
  return { factory, parameters: valuesFor(factory, own.values) };
}

/** Looks at the parameters in the text of a policy, as far as they are known without opening its file. @throws RequestError */
export function checkPolicyParameters(text: string): void {
  const learned = modelOfPolicy(text);
  if (learned?.kind === "adapt") valuesFor({ parameters: ADAPT_PARAMETERS }, learned.values);
  else chooseBuiltIn(text);
}

/** The values of a policy's parameters: "a=1&b=2ms". @throws RequestError */
function valuesFor(
  { parameters: declared = {} }: Pick<PolicyFactory, "parameters">,
  values: string,
): Record<string, number> {
  const texts = values === "" ? [] : values.split("&");
  if (texts.length > 0 && Object.keys(declared).length === 0)
    throw wrongValue("policy", "no parameters, as this policy declares none", values);
  const parameters = parseAssignments("policy", texts, unitsOf(declared));
  ofOption("policy", () => checkParameters("the policy", declared, parameters));
  return parameters;
}
