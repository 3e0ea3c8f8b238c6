import { basename, isAbsolute, relative } from "node:path";
import { isCopy, STANDARD_INPUT } from "./copy-of-standard-input.ts";

/**
 * A file's name as it may stand in files that are passed on: below the working directory its path from there, elsewhere
 * its name alone. Nothing of the machine (home, user, folders above) is in it.
 */
export function shownPath(path: string): string {
  if (isCopy(path)) return STANDARD_INPUT;
  const below = relative(process.cwd(), path);
  return below === "" || isAbsolute(below) || below.split(/[\\/]/)[0] === ".." ? basename(path) : below;
}
