import { readFileSync } from "node:fs";
import { z } from "zod";
import { checkMetadata } from "./check-metadata.ts";
import { InputError, printable } from "./input-error.ts";
import { checked, type JsonPlace, parseJson } from "./json.ts";
import { nearest } from "./nearest.ts";
import type { TraceMetadata } from "./schema.ts";
import { isTunable, TUNABLE_NAMES, tunablesSchema } from "./tunables.ts";

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

/** Reads a sidecar. Throws an InputError naming the field that is wrong. */
export function readSidecar(path: string): Sidecar {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError("the metadata file cannot be read", {
      file: path,
      found: (error as NodeJS.ErrnoException).code,
      hint: "Check its path.",
    });
  }
  const value = parseJson(text, {
    file: path,
    problem: "the metadata file is no JSON",
    expected: 'a JSON object such as {"kernel": "6.1", "migration_cost_ns": 500000}',
  });
  const given = checked(ANY_OBJECT, value, { file: path, problem: "the metadata file is no JSON object" });
  if ("schemaVersion" in given) {
    const meta = checkMetadata(given, path);
    return { meta, own: true, warnings: warningsOf(meta, path) };
  }
  return fromCollector(given, path);
}

const ANY_OBJECT = z.record(z.string(), z.unknown(), "an object");
const count = z.int("a count").min(0, "a count").optional();
const COUNTS = z.object({ rows: count, forced: count });

const COLLECTOR_FIELDS = ["source", "kernel", "chip", "workload"];

const COUNT_FIELDS = ["lost_records", "rows", "forced", "tunables", "collector"];

function fromCollector(given: Record<string, unknown>, file: string): Sidecar {
  const tunables = tunablesOf(given, file);
  const notes: Record<string, unknown> = {};
  const fields: Record<string, unknown> = {
    lostRecords: given.lost_records ?? null,
    tool: given.collector ?? "",
  };
  for (const [name, entry] of Object.entries(given)) {
    if (COLLECTOR_FIELDS.includes(name)) fields[name] = entry;
    else if (COUNT_FIELDS.includes(name) || Object.hasOwn(tunables, name)) continue;
    else notes[name] = typeof entry === "string" ? entry : JSON.stringify(entry);
  }
  const meta = checkMetadata({ ...fields, tunables, notes }, file);
  return { meta, own: false, ...checked(COUNTS, given, wrong(file)), warnings: warningsOf(meta, file) };
}

const wrong = (file: string, field?: string): JsonPlace => ({
  file,
  field,
  problem: "the metadata are not valid",
  hint: "Correct the field, or leave it out if the value is not known.",
});

/** The tunables of a collector's file: those under `tunables`, known ones beside it, and any other number there. */
function tunablesOf(given: Record<string, unknown>, file: string): Record<string, number> {
  const beside = Object.entries(given).filter(
    ([name, entry]) =>
      isTunable(name) ||
      (typeof entry === "number" && !COUNT_FIELDS.includes(name) && !COLLECTOR_FIELDS.includes(name)),
  );
  return {
    ...checked(tunablesSchema, given.tunables ?? {}, wrong(file, "tunables")),
    ...checked(tunablesSchema, Object.fromEntries(beside), wrong(file)),
  };
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
