import { zooFile } from "../../model/zoo.ts";

/** Those that are the simulator's own; some have parameters. */
const BUILT_IN = ["never-hot", "always", "learned-cost", "nest", "staleness", "work-conserving"] as const;
export type BuiltInName = (typeof BUILT_IN)[number];

/** The names that stand for policies. */
export const POLICY_NAMES = ["cfs", ...BUILT_IN, "oracle", "model:", "premigrate:", "adapt:"] as const;

export const POLICY_HELP = `cfs, ${BUILT_IN.join(", ")}, oracle, model:FILE.nt, premigrate:FILE.nt, adapt:FILE.nt (zoo/e1, zoo/e2 and zoo/e3 name models in the box), or a file ./mine.ts or ./mine.js; parameters stand behind the name, as in nest?sMax=0, adapt:FILE.nt?window=500 or ./mine.ts?a=1&b=2ms`;

/** A policy of the simulator's own and the values of its parameters: nest?sMax=0. Undefined for another name. */
export function builtIn(text: string): { name: BuiltInName; values: string } | undefined {
  const [, name, values = ""] = /^([a-z-]+)(?:\?(.*))?$/s.exec(text) ?? [];
  const found = BUILT_IN.find((each) => each === name);
  return found && { name: found, values };
}

/** Whether the text names a policy; that of a file may still not be there. */
export const isPolicyName = (text: string): boolean =>
  modelOfPolicy(text) !== undefined ||
  policyFile(text) !== undefined ||
  builtIn(text) !== undefined ||
  (POLICY_NAMES as readonly string[]).some((name) => name === text && !name.endsWith(":"));

/** What stands before the model's file in the name of a policy that asks a model. */
export type LearnedKind = "model" | "premigrate" | "adapt";

/** The model file of such a policy, and the values of its parameters: adapt:m.nt?a=1&b=2ms. Undefined for other policies. */
export function modelOfPolicy(text: string): { kind: LearnedKind; path: string; values: string } | undefined {
  const [, kind, path, values = ""] =
    /^(model|premigrate):(.+)$/s.exec(text) ?? /^(adapt):(.+?)(?:\?([^?/]*=[^?/]*|))?$/s.exec(text) ?? [];
  return path === undefined ? undefined : { kind: kind as LearnedKind, path: zooFile(path) ?? path, values };
}

/** A file of a policy and the values of its parameters: ./mine.ts?a=1&b=2ms. Undefined for what names no file. */
export function policyFile(text: string): { path: string; values: string } | undefined {
  const [, path, values = ""] = /^(.+\.[cm]?[jt]s)(?:\?(.*=.*|))?$/s.exec(text) ?? [];
  return path === undefined ? undefined : { path, values };
}
