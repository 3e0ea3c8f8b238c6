import { existsSync, readFileSync } from "node:fs";
import { isStandardOutput } from "./standard-output.ts";

/** The sidecar that lies beside `RAW.csv[.gz]` or `RAW.parquet` as `RAW.json`, or undefined: what is being printed is none. */
export function findSidecar(rawPath: string): string | undefined {
  const path = `${rawPath.replace(/\.gz$/, "").replace(/\.(csv|tsv|parquet)$/, "")}.json`;
  if (path === rawPath || !existsSync(path) || isStandardOutput(path)) return undefined;
  const text = readFileSync(path, "utf8");
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, ""));
    return value && typeof value === "object" && ("kernel" in value || "source" in value) ? path : undefined;
  } catch {
    // some other file of that name, or a sidecar with a slip, which its reader names
    return /"(kernel|source|lost_records|migration_cost_ns)"\s*:/.test(text) ? path : undefined;
  }
}
