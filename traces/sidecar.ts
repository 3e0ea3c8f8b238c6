import { existsSync, readFileSync } from "node:fs";
import { InputError } from "./input-error.ts";
import { checkMetadata, traceMetadata } from "./metadata.ts";
import type { TraceMetadata } from "./schema.ts";

/**
 * The JSON file beside a raw CSV that says where its rows come from. Two forms are read: the collector's flat one
 * (`kernel`, `chip`, `workload`, `lost_records`, `migration_cost_ns` ...) and this program's own metadata.
 */
export interface Sidecar {
  meta: TraceMetadata;
  /** Counts that the collector noted; an import checks them. */
  rows?: number;
  forced?: number;
}

/** The sidecar that lies beside `RAW.csv[.gz]` as `RAW.json`, or undefined. */
export function findSidecar(csvPath: string): string | undefined {
  const path = `${csvPath.replace(/\.gz$/, "").replace(/\.csv$/, "")}.json`;
  if (path === csvPath || !existsSync(path)) return undefined;
  try {
    const value = JSON.parse(readFileSync(path, "utf8"));
    return value && typeof value === "object" && ("kernel" in value || "source" in value) ? path : undefined;
  } catch {
    return undefined; // some other file of that name
  }
}

/** Reads a sidecar. Throws an InputError naming the field that is wrong. */
export function readSidecar(path: string): Sidecar {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError("the metadata file cannot be read", {
      file: path,
      found: (error as NodeJS.ErrnoException).code,
      hint: "Check the path given with --meta.",
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError("the metadata file is no JSON", { file: path, found: (error as Error).message });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InputError("the metadata file is no JSON object", { file: path, found: text.trim() });
  const given = value as Record<string, unknown>;
  if ("schemaVersion" in given) return { meta: checkMetadata(given, path) };
  return fromCollector(given, path);
}

const COLLECTOR_FIELDS = ["source", "kernel", "chip", "workload"];

function fromCollector(given: Record<string, unknown>, file: string): Sidecar {
  const tunables: Record<string, unknown> = { ...(given.tunables as object | undefined) };
  const notes: Record<string, unknown> = {};
  const fields: Record<string, unknown> = {
    lostRecords: given.lost_records ?? 0,
    tool: given.collector ?? "",
  };
  for (const [name, entry] of Object.entries(given)) {
    if (COLLECTOR_FIELDS.includes(name)) fields[name] = entry;
    else if (["lost_records", "rows", "forced", "tunables", "collector"].includes(name)) continue;
    else if (typeof entry === "number") tunables[name] = entry;
    else notes[name] = typeof entry === "string" ? entry : JSON.stringify(entry);
  }
  const meta = checkMetadata({ ...fields, tunables, notes }, file);
  return {
    meta: { ...traceMetadata(), ...meta },
    rows: count(given, "rows", file),
    forced: count(given, "forced", file),
  };
}

function count(given: Record<string, unknown>, field: string, file: string): number | undefined {
  const value = given[field];
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new InputError("the metadata are not valid", { file, field, found: value, expected: "a count" });
  return value as number;
}
