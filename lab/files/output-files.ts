import { realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { openAtomic } from "../../traces/atomic-file.ts";
import { RequestError } from "../../traces/input-error.ts";

/**
 * Refuses an output that is one of the inputs: it would be replaced by less than it held, and be gone. Names that are no
 * files do no harm.
 * @param outputs The names as the user knows them.
 * @param option What named them.
 * @throws RequestError
 */
export function refuseReplacingInputs(
  outputs: readonly string[],
  inputs: readonly string[],
  option = "out",
): void {
  for (const output of outputs)
    for (const input of inputs)
      if (isSameFile(input, output)) {
        const also = input === output ? "" : ` (it is ${input})`;
        throw new RequestError(
          option,
          `would replace ${output}${also}, which is read: expected another file`,
        );
      }
}

/** Refuses a trace that is given twice: each of its rows would be there twice. @throws RequestError */
export function refuseTwins(paths: readonly string[]): void {
  paths.forEach((path, i) => {
    const twin = paths.slice(0, i).find((other) => isSameFile(other, path));
    if (twin === undefined) return;
    const also = twin === path ? "" : `, for it is ${twin}`;
    throw new RequestError("traces", `needs different files: ${path} is given twice${also}. Name each once.`);
  });
}

/** True when both names lead to one file: by links of either kind, or because both would be made at one place. */
export function isSameFile(a: string, b: string): boolean {
  const [left, right] = [statOf(a), statOf(b)];
  if (left && right) return left.isFile() && left.dev === right.dev && left.ino === right.ino;
  return !left && !right && placeOf(a) === placeOf(b);
}

/**
 * Finds out whether files can be written, before hours of work or the first of several: a folder of their name, a folder
 * that is not there. Pipes and devices are left alone.
 * @throws InputError
 */
export function expectWritable(outputs: readonly string[]): void {
  for (const output of outputs) {
    const stat = statOf(output);
    if (!stat || stat.isFile() || stat.isDirectory()) openAtomic(output).abort();
  }
}

function statOf(name: string): Stats | undefined {
  try {
    return statSync(name);
  } catch {
    return undefined;
  }
}

/** Where a name that is not there yet leads. */
function placeOf(name: string): string {
  try {
    return join(realpathSync(dirname(name)), basename(name));
  } catch {
    return resolve(name);
  }
}
