import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian keeps some tools where an ordinary user's PATH does not look. */
const ALSO = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Full path of an executable, or undefined. */
export function findProgram(name: string, path: string = process.env.PATH ?? ""): string | undefined {
  for (const folder of [...path.split(delimiter).filter(Boolean), ...ALSO]) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {}
  }
  return undefined;
}
