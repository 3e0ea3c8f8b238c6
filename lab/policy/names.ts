/** The names that stand for policies. */
export const POLICY_NAMES = ["cfs", "never-hot", "always", "oracle", "model:", "premigrate:"] as const;

export const POLICY_HELP =
  "cfs, never-hot, always, oracle, model:FILE.nt, premigrate:FILE.nt, or a file ./mine.ts or ./mine.js, with its parameters as ./mine.ts?a=1&b=2ms";

/** Whether the text names a policy; that of a file may still not be there. */
export const isPolicyName = (text: string): boolean =>
  /^(model|premigrate):./.test(text) ||
  policyFile(text) !== undefined ||
  (POLICY_NAMES as readonly string[]).some((name) => name === text && !name.endsWith(":"));

/** A file of a policy and the values of its parameters: ./mine.ts?a=1&b=2ms. Undefined for what names no file. */
export function policyFile(text: string): { path: string; values: string } | undefined {
  const [, path, values = ""] = /^(.+\.[cm]?[jt]s)(?:\?(.*=.*|))?$/s.exec(text) ?? [];
  return path === undefined ? undefined : { path, values };
}
