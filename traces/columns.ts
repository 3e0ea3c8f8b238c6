import { InputError } from "./input-error.ts";
import { nearest } from "./nearest.ts";
import { isLabelColumn } from "./parquet/layout.ts";
import { ALL_COLUMNS, type ColumnName } from "./schema.ts";

/** Without these a table is no trace at all. */
export const REQUIRED_COLUMNS: readonly ColumnName[] = ["pid", "ts", "migration"];

/** True for the columns of the schema and for label columns, which are passed over. */
export const isKnownColumn = (name: string): boolean =>
  isLabelColumn(name) || (ALL_COLUMNS as readonly string[]).includes(name);

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
      hint: "Rename or remove the column, or bring it in with `nicetries trace import --ignore-unknown`; docs/traces.md lists all columns.",
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
