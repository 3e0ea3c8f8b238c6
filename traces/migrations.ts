import { InputError } from "./input-error.ts";
import { SCHEMA_VERSION, type TraceTable } from "./schema.ts";

/**
 * The history of the schema and the way from each version to the next.
 *
 *  0  Table 5.3 of the thesis alone, as BCC scripts, pandas or DuckDB write it: no metadata, and of the context columns
 *     any subset. A column that is not there is unknown; nothing is guessed.
 *  1  The schema of schema.ts, with metadata, but for `task_forced_before`, which is unknown.
 *  2  The schema of schema.ts.
 *
 * Invariant M1: `MIGRATIONS[v]` takes a table of version v to version v + 1; a reader applies them in turn.
 */
export type Migration = (table: TraceTable) => TraceTable;

export const MIGRATIONS: readonly Migration[] = [(table) => table, (table) => table];

/** The schema version stored in a file's metadata; 0 where there are none. Newer versions are refused. */
export function storedVersion(trace: unknown, file: string, newest: number = SCHEMA_VERSION): number {
  if (trace === undefined || trace === null || typeof trace !== "object") return 0;
  const version = (trace as { schemaVersion?: unknown }).schemaVersion ?? 0;
  if (!Number.isSafeInteger(version) || (version as number) < 0)
    throw new InputError("the schema version is not valid", { file, found: version, expected: "a count" });
  if ((version as number) > newest)
    throw new InputError("the trace was written by a newer version", {
      file,
      found: `schema version ${version}`,
      expected: `at most ${newest}`,
      hint: "Update nicetries.",
    });
  return version as number;
}

/** Takes a table from `version` to the present schema (M1). */
export function migrateTable(
  table: TraceTable,
  version: number,
  migrations: readonly Migration[] = MIGRATIONS,
): TraceTable {
  let current = table;
  for (let v = version; v < migrations.length; v++) current = migrations[v](current);
  const { meta } = current;
  if (meta.schemaVersion === SCHEMA_VERSION) return current;
  return { ...current, meta: { ...meta, schemaVersion: SCHEMA_VERSION } };
}
