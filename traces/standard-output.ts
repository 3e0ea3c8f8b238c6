import { fstatSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";

/**
 * True for the name of the file that the shell has made standard output (`> NAME`, `>> NAME`). Before a command starts, the
 * shell has emptied it or taken it to be added to: what lies there is no input, although it may have the name of one.
 * The names of standard output itself, such as /dev/stdout, and what is no regular file do not count.
 */
export function isStandardOutput(path: string): boolean {
  if (namesStandardOutput(path)) return false;
  const [output, file] = [stat(() => fstatSync(1)), stat(() => statSync(path))];
  return output?.isFile() === true && file?.dev === output.dev && file.ino === output.ino;
}

/** True for /dev/stdout, /dev/fd/1 and /proc/self/fd/1. */
export const namesStandardOutput = (path: string): boolean =>
  /^\/(dev\/stdout|(dev|proc\/self)\/fd\/1)$/.test(resolve(path));

function stat(read: () => Stats): Stats | undefined {
  try {
    return read();
  } catch {
    return undefined; // closed, or not there
  }
}
