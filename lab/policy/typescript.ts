import { InputError } from "../../traces/input-error.ts";

let understood = import.meta.url.endsWith(".ts"); // these sources themselves are loaded by tsx

/**
 * Makes Node load TypeScript, for a policy written in it. Modules of both kinds: one in a folder without a package.json is CommonJS
 * to Node, though it is written as a module. @throws InputError where tsx is not installed.
 */
export async function understandTypeScript(path: string): Promise<void> {
  if (understood || !/\.[cm]?ts$/.test(path)) return;
  try {
    const [commonJs, esm] = await Promise.all([import("tsx/cjs/api"), import("tsx/esm/api")]);
    commonJs.register();
    esm.register();
  } catch {
    throw new InputError("the policy is TypeScript, which needs tsx", {
      file: path,
      expected: "tsx beside nicetries",
      hint: "`npm install tsx`, or write the policy in JavaScript",
    });
  }
  understood = true;
}
