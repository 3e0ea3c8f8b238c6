import { InputError } from "./input-error.ts";
import { type Change, checkChanges, checkMade } from "./made.ts";
import { SCHEMA_VERSION, type TraceMetadata } from "./schema.ts";
import { expectedTunable } from "./tunables.ts";

/** Metadata of a trace of which nothing is known but what `overrides` says. */
export function traceMetadata(overrides: Partial<TraceMetadata> = {}): TraceMetadata {
  return {
    schemaVersion: SCHEMA_VERSION,
    source: "unknown",
    kernel: "",
    chip: "",
    tunables: {},
    workload: "",
    workloadHash: "",
    seed: null,
    tool: "",
    lostRecords: null,
    notes: {},
    ...overrides,
  };
}

/** The changes of a trace that keeps only some of the rows of another. */
export const withChange = (of: TraceMetadata, change: Change): Change[] => [...(of.changes ?? []), change];

/** The lost records of several parts together: unknown where those of any part are. */
export function sumOfLost(lost: readonly (number | null)[]): number | null {
  return lost.reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0);
}

const TEXT_FIELDS = ["kernel", "chip", "workload", "workloadHash", "tool"] as const;

/**
 * Checks metadata read from a file and fills in what an older file did not have.
 * Throws an `InputError` naming the field that is wrong.
 */
export function checkMetadata(value: unknown, file: string): TraceMetadata {
  const fail = (field: string, found: unknown, expected: string): never => {
    throw new InputError("the trace's metadata are not valid", { file, field, found, expected });
  };
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return fail("metadata", value, "a JSON object");
  const given = value as Record<string, unknown>;
  const meta = traceMetadata();
  if (given.source !== undefined) {
    if (given.source !== "sim" && given.source !== "kernel" && given.source !== "unknown")
      return fail("source", given.source, `"sim" or "kernel"`);
    meta.source = given.source;
  }
  for (const field of TEXT_FIELDS) {
    const text = given[field];
    if (text === undefined) continue;
    if (typeof text !== "string") return fail(field, text, "text");
    meta[field] = text;
  }
  if (given.seed !== undefined && given.seed !== null) {
    if (typeof given.seed !== "string") return fail("seed", given.seed, "text or null");
    meta.seed = given.seed;
  }
  if (given.lostRecords !== undefined && given.lostRecords !== null) {
    if (!Number.isSafeInteger(given.lostRecords) || (given.lostRecords as number) < 0)
      return fail("lostRecords", given.lostRecords, "a count");
    meta.lostRecords = given.lostRecords as number;
  }
  meta.tunables = checkRecord(given.tunables, "tunables", (x) => Number.isFinite(x), "numbers", fail);
  for (const [name, entry] of Object.entries(meta.tunables)) {
    const expected = expectedTunable(name, entry);
    if (expected) fail(`tunables.${name}`, entry, expected);
  }
  meta.notes = checkRecord(given.notes, "notes", (x) => typeof x === "string", "text", fail);
  if (given.made !== undefined) meta.made = checkMade(given.made, file, "made");
  if (given.changes !== undefined) meta.changes = checkChanges(given.changes, file, "changes");
  if (given.runs !== undefined) meta.runs = checkRuns(given.runs, file, fail);
  return meta;
}

/** The metadata of single runs, each of them checked like those of a whole file; only what is there is kept. */
function checkRuns(
  value: unknown,
  file: string,
  fail: (field: string, found: unknown, expected: string) => never,
): Record<string, Partial<TraceMetadata>> {
  const isObject = (x: unknown): x is object => typeof x === "object" && x !== null && !Array.isArray(x);
  if (!isObject(value)) return fail("runs", value, "a JSON object");
  const runs: [string, Partial<TraceMetadata>][] = Object.entries(value).map(([name, run]) => {
    if (!isObject(run)) return fail(`runs.${name}`, run, "a JSON object");
    const kept = Object.entries(checkMetadata(run, file)).filter(([field]) => Object.hasOwn(run, field));
    return [name, Object.fromEntries(kept)];
  });
  return Object.fromEntries(runs);
}

function checkRecord<T>(
  value: unknown,
  field: string,
  isRight: (x: unknown) => boolean,
  what: string,
  fail: (field: string, found: unknown, expected: string) => never,
): Record<string, T> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return fail(field, value, "a JSON object");
  for (const [name, entry] of Object.entries(value))
    if (!isRight(entry)) fail(`${field}.${name}`, entry, what);
  return { ...(value as Record<string, T>) };
}
