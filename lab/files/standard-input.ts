import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { atEnd } from "../../traces/at-end.ts";
import { InputError, RequestError } from "../../traces/input-error.ts";
import { isStandardInput } from "../../traces/standard-input.ts";
import { COPY_FOLDER, STANDARD_INPUT } from "./copy-of-standard-input.ts";

/**
 * Does some work on files, where one may be standard input (`-`): that is copied to a temporary file first, as it is read more than once, and removed afterwards.
 * Errors name standard input in the copy's place.
 * @throws RequestError where it is named twice
 */
export async function withStandardInput<T>(
  paths: readonly string[],
  work: (paths: string[]) => Promise<T>,
): Promise<T> {
  const named = paths.filter(isStandardInput);
  if (named.length === 0) return await work([...paths]);
  if (named.length > 1) throw new RequestError("workload", `needs ${STANDARD_INPUT} only once`);
  const folder = mkdtempSync(join(tmpdir(), COPY_FOLDER));
  const copy = join(folder, STANDARD_INPUT);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const forget = atEnd(remove);
  try {
    await pipeline(process.stdin, createWriteStream(copy));
    return await work(paths.map((path) => (isStandardInput(path) ? copy : path)));
  } catch (error) {
    throw withoutCopy(error, copy);
  } finally {
    forget();
    remove();
  }
}

/** The error as a person knows the file; in a command that helps, as a file that there will be. */
function withoutCopy(error: unknown, copy: string): unknown {
  if (!(error instanceof InputError) || error instanceof RequestError) return error;
  const { file, found, hint, ...details } = error.details;
  const named = (text: string) => text.replaceAll(copy, STANDARD_INPUT);
  return new InputError(named(error.problem), {
    ...details,
    file: file === undefined ? undefined : named(file),
    found: typeof found === "string" ? named(found) : found,
    hint: hint?.replaceAll(copy, "FILE"),
  });
}
