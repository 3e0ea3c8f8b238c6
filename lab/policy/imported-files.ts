import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** What a module of JavaScript or TypeScript names by a path of its own: static imports, re-exports, import() and require(). */
const IMPORT = /(?:\bfrom|\bimport|\b(?:import|require)\s*\()\s*(["'])(\.{1,2}\/[^"'\n]+)\1/g;

/** Types are gone when the module runs. */
const TYPES = /^\s*(?:import|export)\s+type\b[^;'"]*\bfrom\s*(["'])[^"'\n]+\1/gm;

/**
 * The files that a module imports by relative paths, those that these import, and so on, in the order in which they come;
 * without the module itself. Packages, and names that are made while the program runs, are not among them.
 */
export function importedFiles(path: string): string[] {
  const found = new Set([resolve(path)]);
  for (const file of found)
    if (/\.[cm]?[jt]s$/.test(file))
      for (const [, , name] of readFileSync(file, "utf8").replace(TYPES, "").matchAll(IMPORT)) {
        const target = existing(resolve(dirname(file), name));
        if (target !== undefined) found.add(target);
      }
  return [...found].slice(1);
}

/** A name may leave out its ending, or have that of what TypeScript becomes. */
function existing(name: string): string | undefined {
  const typed = name.replace(/\.([cm]?)js$/, ".$1ts");
  const candidates = [name, typed, ...[".ts", ".js", "/index.ts", "/index.js"].map((end) => name + end)];
  return candidates.find((file) => existsSync(file) && statSync(file).isFile());
}
