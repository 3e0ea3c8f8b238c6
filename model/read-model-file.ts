import { readFileSync } from "node:fs";
import { InputError } from "../traces/input-error.ts";

/** What the system's error codes mean to somebody who wants a model read. */
const MEANING: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  ENOENT: ["there is no such file", "Check the path."],
  ENOTDIR: ["what should be a folder on its path is a file", "Check the path."],
  EISDIR: ["it is a folder", "Name a file in it."],
  EACCES: ["you have no permission", "Change its permissions."],
  ENAMETOOLONG: ["the name is too long", "Check the path."],
};

/** The bytes of a model file. @throws InputError that says why there are none. */
export function readModelFile(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const [problem, hint] = MEANING[code] ?? [message, "Check the file, or write it again."];
    throw new InputError(`cannot read the model file: ${problem}`, { file, hint });
  }
}
