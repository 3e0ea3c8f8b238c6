import { basename, isAbsolute, relative } from "node:path";

/**
 * A file's name as it may stand in files that are passed on: below the working directory its path from there, elsewhere
 * its name alone. Nothing of the machine (home, user, folders above) is in it.
 */
export function shownPath(path: string): string {
  const below = relative(process.cwd(), path);
  return below === "" || isAbsolute(below) || below.split(/[\\/]/)[0] === ".." ? basename(path) : below;
}
