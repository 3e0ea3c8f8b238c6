import { InputError } from "./input-error.ts";
import { nearest } from "./nearest.ts";
import { isLabelColumn } from "./parquet/layout.ts";
import type { ImportPreset } from "./presets.ts";
import { ALL_COLUMNS, type ColumnName } from "./schema.ts";

/** Without these a table is no trace at all. */
export const REQUIRED_COLUMNS: readonly ColumnName[] = ["pid", "ts", "migration"];

/** True for the columns of the schema and for label columns, which are passed over. */
export const isKnownColumn = (name: string): boolean =>
  isLabelColumn(name) || (ALL_COLUMNS as readonly string[]).includes(name);

/** How the columns of another tool's file become those of the schema. */
export interface ColumnOptions {
  /** Skip columns that the schema does not know, instead of refusing the file. */
  ignoreUnknown?: boolean;
  /** By name in the file: the column of the schema that is meant. */
  rename?: Readonly<Record<string, string>>;
  preset?: Pick<ImportPreset, "rename" | "ignore">;
}

/**
 * The column of the schema for each column of a file, null for one that is passed over (label columns keep their name:
 * readers know them). Throws an InputError as checkColumns does, and where there is nothing to rename.
 */
export function mapColumns(
  names: readonly string[],
  { ignoreUnknown, rename = {}, preset }: ColumnOptions,
  file: string,
  line?: number,
): (string | null)[] {
  for (const [from, to] of Object.entries(rename)) {
    if (!names.includes(from))
      throw new InputError("there is no such column to rename", {
        file,
        line,
        option: "rename",
        found: from,
        expected: nearest(from, names) ?? `one of ${names.join(", ")}`,
      });
    if (!isKnownColumn(to))
      throw new InputError("a column can be renamed only to one of the schema", {
        file,
        line,
        option: "rename",
        field: from,
        found: to,
        expected: nearest(to, ALL_COLUMNS) ?? `one of ${ALL_COLUMNS.join(", ")}`,
      });
  }
  const own = (names: Readonly<Record<string, string>>, name: string) =>
    Object.hasOwn(names, name) ? names[name] : undefined;
  const mapped = names.map((name) => {
    const known = own(rename, name) ?? own(preset?.rename ?? {}, name) ?? name;
    const skipped = preset?.ignore.includes(known) || (ignoreUnknown && !isKnownColumn(known));
    return skipped ? null : known;
  });
  checkColumns(
    mapped.filter((name) => name !== null),
    file,
    line,
  );
  return mapped;
}

/**
 * Checks the column names of a file: every name must be known and come once, the required ones must be there.
 * Label columns are allowed and ignored, for they are derived. Throws an InputError that names the column.
 */
export function checkColumns(names: readonly string[], file: string, line?: number): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new InputError("the column comes twice", { file, line, field: name });
    seen.add(name);
    if (isKnownColumn(name)) continue;
    const near = nearest(name, ALL_COLUMNS);
    throw new InputError("unknown column", {
      file,
      line,
      field: name,
      expected: near ? `a column of the trace schema, perhaps ${near}` : "a column of the trace schema",
      code: "unknown-column",
      hint: "Rename or remove the column, or import the file and say what to rename or to ignore; docs/traces.md lists all columns.",
    });
  }
  for (const name of REQUIRED_COLUMNS)
    if (!seen.has(name))
      throw new InputError(`the column ${name} is missing`, {
        file,
        line,
        found: names.join(","),
        expected: `at least ${REQUIRED_COLUMNS.join(", ")}`,
        hint: "Is this a trace of can_migrate_task? docs/traces.md lists all columns.",
      });
}
