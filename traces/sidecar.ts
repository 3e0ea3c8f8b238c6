import { existsSync, readFileSync } from "node:fs";
import { InputError, printable } from "./input-error.ts";
import { checkMetadata, traceMetadata } from "./metadata.ts";
import { nearest } from "./nearest.ts";
import type { TraceMetadata } from "./schema.ts";
import { isStandardOutput } from "./standard-output.ts";
import { expectedTunable, isTunable, TUNABLE_NAMES } from "./tunables.ts";

/**
 * The JSON file beside a raw recording that says where its rows come from. Two forms are read: the collector's flat one
 * (`kernel`, `chip`, `workload`, `lost_records`, `migration_cost_ns` ...) and this program's own metadata.
 */
export interface Sidecar {
  meta: TraceMetadata;
  /** They are this program's own metadata, not a collector's. */
  own: boolean;
  /** Counts that the collector noted; an import checks them. */
  rows?: number;
  forced?: number;
  /** What a person should know: fields that nothing asks although they look as if they were to be asked. */
  warnings: string[];
}

/** The sidecar that lies beside `RAW.csv[.gz]` or `RAW.parquet` as `RAW.json`, or undefined: what is being printed is none. */
export function findSidecar(rawPath: string): string | undefined {
  const path = `${rawPath.replace(/\.gz$/, "").replace(/\.(csv|tsv|parquet)$/, "")}.json`;
  if (path === rawPath || !existsSync(path) || isStandardOutput(path)) return undefined;
  try {
    const value = parseJson(readFileSync(path, "utf8"));
    return value && typeof value === "object" && ("kernel" in value || "source" in value) ? path : undefined;
  } catch {
    return undefined; // some other file of that name
  }
}

/** JSON, behind the byte order mark that some editors put first. */
const parseJson = (text: string): unknown => JSON.parse(text.replace(/^\uFEFF/, ""));

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
    value = parseJson(text);
  } catch (error) {
    throw new InputError("the metadata file is no JSON", {
      file: path,
      found: (error as Error).message,
      expected: 'a JSON object such as {"kernel": "6.1", "migration_cost_ns": 500000}',
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InputError("the metadata file is no JSON object", { file: path, found: text.trim() });
  const given = value as Record<string, unknown>;
  if ("schemaVersion" in given) {
    const meta = checkMetadata(given, path);
    return { meta, own: true, warnings: warningsOf(meta, path) };
  }
  return fromCollector(given, path);
}

const COLLECTOR_FIELDS = ["source", "kernel", "chip", "workload"];

const COUNT_FIELDS = ["lost_records", "rows", "forced", "tunables", "collector"];

function fromCollector(given: Record<string, unknown>, file: string): Sidecar {
  const tunables = tunablesOf(given, file);
  const notes: Record<string, unknown> = {};
  const fields: Record<string, unknown> = {
    lostRecords: given.lost_records,
    tool: given.collector ?? "",
  };
  for (const [name, entry] of Object.entries(given)) {
    if (COLLECTOR_FIELDS.includes(name)) fields[name] = entry;
    else if (COUNT_FIELDS.includes(name) || Object.hasOwn(tunables, name)) continue;
    else notes[name] = typeof entry === "string" ? entry : JSON.stringify(entry);
  }
  const meta = { ...traceMetadata(), ...checkMetadata({ ...fields, tunables, notes }, file) };
  return {
    meta,
    own: false,
    rows: count(given, "rows", file),
    forced: count(given, "forced", file),
    warnings: warningsOf(meta, file),
  };
}

/** The tunables of a collector's file: those under `tunables`, known ones beside it, and any other number there. */
function tunablesOf(given: Record<string, unknown>, file: string): Record<string, unknown> {
  const fail = (field: string, found: unknown, expected: string): never => {
    throw new InputError("the metadata are not valid", {
      file,
      field,
      found: typeof found === "object" ? JSON.stringify(found) : found,
      expected,
      hint: "Correct the field, or leave it out if the value is not known.",
    });
  };
  const { tunables = {} } = given;
  if (typeof tunables !== "object" || tunables === null || Array.isArray(tunables))
    return fail("tunables", tunables, `a JSON object such as {"migration_cost_ns": 500000}`);
  const found: Record<string, unknown> = {};
  const take = (name: string, entry: unknown, field: string) => {
    const expected = expectedTunable(name, entry);
    if (expected) fail(field, entry, expected);
    found[name] = entry;
  };
  for (const [name, entry] of Object.entries(tunables)) take(name, entry, `tunables.${name}`);
  for (const [name, entry] of Object.entries(given))
    if (isTunable(name) || (typeof entry === "number" && !COUNT_FIELDS.includes(name)))
      if (!COLLECTOR_FIELDS.includes(name)) take(name, entry, name);
  return found;
}

/** Numbers under names that are no tunables, and whatever else is named nearly as one. */
function warningsOf({ tunables, notes }: TraceMetadata, file: string): string[] {
  const warnings: string[] = [];
  for (const name of [...Object.keys(tunables), ...Object.keys(notes)]) {
    if (isTunable(name)) continue;
    const near = nearest(name, TUNABLE_NAMES);
    if (near)
      warnings.push(
        `${file}: ${printable(name)} is no known tunable, perhaps ${near} is meant; nothing asks it`,
      );
    else if (Object.hasOwn(tunables, name))
      warnings.push(`${file}: ${printable(name)} is kept as a tunable, but nothing asks it`);
  }
  return warnings;
}

function count(given: Record<string, unknown>, field: string, file: string): number | undefined {
  const value = given[field];
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new InputError("the metadata are not valid", { file, field, found: value, expected: "a count" });
  return value as number;
}
