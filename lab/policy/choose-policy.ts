import { rowReader } from "../../model/feature-values.ts";
import { FixedPointModel } from "../../model/fixed-point.ts";
import type { NtModel } from "../../model/nt-read.ts";
import { readNt } from "../../model/nt-read.ts";
import { checkParameters } from "../../sim/parameters.ts";
import { type Inference, model, premigrate } from "../../sim/policy/learned.ts";
import type { PolicyFactory } from "../../sim/policy/policy.ts";
import { always, neverHot } from "../../sim/policy/stock.ts";
import { ofOption, wrongValue } from "../../traces/input-error.ts";
import { parseAssignments, unitsOf } from "../assignments.ts";
import { shownPath } from "../files/shown-path.ts";
import type { Supervise } from "./supervisor.ts";
import { type UserPolicy, userPolicy } from "./user-policy.ts";

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

export const POLICY_NAMES = ["cfs", "never-hot", "always", "oracle", "model:", "premigrate:"] as const;

export const POLICY_HELP =
  "cfs, never-hot, always, oracle, model:FILE.nt, premigrate:FILE.nt, or a file ./mine.ts or ./mine.js, with its parameters as ./mine.ts?a=1&b=2ms";

/** A file of a policy and the values of its parameters: ./mine.ts?a=1&b=2ms. Undefined for what names no file. */
export function policyFile(text: string): { path: string; values: string } | undefined {
  const [, path, values = ""] = /^(.+\.[cm]?[jt]s)(?:\?(.*=.*|))?$/s.exec(text) ?? [];
  return path === undefined ? undefined : { path, values };
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
  if (learned)
    return { learned: true, oracle: false, factory: learnedPolicy(learned[1], learned[2], migrationCostNs) };
  const file = policyFile(text);
  if (file) return { ...stock, ...withParameters(file.values, await userPolicy(file.path, supervise)) };
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

/**
 * `model` lets a network of target `migrate` decide alone. A network that predicts forced migrations cannot decide
 * alone: under either name it only adds early migrations to the stock rule.
 */
function learnedPolicy(kind: string, path: string, migrationCostNs: number): PolicyFactory {
  const nt = readNt(path);
  const infer = inference(nt, migrationCostNs);
  const name = `${kind}:${nt.name || shownPath(path)}`;
  return kind === "model" && nt.net.target === "migrate" ? model(infer, name) : premigrate(infer, name);
}

/** The fixed-point network on rows of the simulator. */
export function inference(nt: NtModel, migrationCostNs: number): Inference {
  const network = new FixedPointModel(nt.fixed);
  const features = nt.fixed.inputs.map((input) => input.feature);
  const values = new Float64Array(features.length);
  const read = rowReader(features, migrationCostNs);
  return (row) => {
    read(row, values);
    return network.positive(values);
  };
}
