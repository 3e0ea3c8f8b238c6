import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { writeFileAtomic } from "./atomic-file.ts";
import type { TraceMetadata } from "./schema.ts";
import { isStandardOutput } from "./standard-output.ts";

/**
 * Writes the metadata of a CSV trace beside it, as `NAME.json` beside `NAME.csv[.gz]`, for CSV itself has no place for
 * them: reading and importing the trace finds them there (sidecar.ts). Another file of that name, be it a collector's, is
 * left alone; so are pipes and devices, which have nothing beside them.
 *
 * @returns a remark for the user where the metadata could not be kept.
 */
export function writeSidecar(csvPath: string, meta: TraceMetadata): string | undefined {
  if (/^\/(dev|proc)\//.test(resolve(csvPath)) || !statSync(csvPath, { throwIfNoEntry: false })?.isFile())
    return undefined;
  const path = `${csvPath.replace(/\.gz$/, "").replace(/\.csv$/, "")}.json`;
  if (isStandardOutput(path) || (existsSync(path) && !isOwn(path)))
    return `${path} is another file: the metadata of ${csvPath} are not kept`;
  writeFileAtomic(path, `${JSON.stringify(meta, null, 1)}\n`);
  return undefined;
}

/** This program's own metadata, as opposed to a collector's or something else. */
function isOwn(path: string): boolean {
  try {
    const value = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null && "schemaVersion" in value && "notes" in value;
  } catch {
    return false;
  }
}
