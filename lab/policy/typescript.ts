import { understandTypeScript } from "../../model/typescript.js";
import { InputError } from "../../traces/input-error.ts";

/** These sources themselves are TypeScript that is being loaded. */
const FROM_SOURCE = import.meta.url.endsWith(".ts");

/** Has Node load TypeScript, for a policy written in it. @throws InputError where tsx is not installed. */
export async function understandPolicy(path: string): Promise<void> {
  if (FROM_SOURCE || !/\.[cm]?ts$/.test(path)) return;
  try {
    await understandTypeScript();
  } catch {
    throw new InputError("the policy is TypeScript, which needs tsx", {
      file: path,
      expected: "tsx beside nicetries",
      hint: "`npm install tsx`, or write the policy in JavaScript",
    });
  }
}
