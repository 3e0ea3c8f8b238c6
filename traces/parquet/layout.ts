import type { SchemaElement } from "hyparquet";
import {
  type ColumnName,
  fileColumns,
  NUMERIC_COLUMNS,
  type NumericColumn,
  RUN_COLUMN,
  TARGETS,
  type Target,
  TEXT_COLUMNS,
} from "../schema.ts";

/** Physical layout of a trace in Parquet: flags are INT32, other numbers INT64, text is UTF-8; all may be null. */

/** Rows of a row group. A chunk of this size in memory is about 20 MB. */
export const ROW_GROUP_ROWS = 65_536;

/** Prefix of label columns: `label_forced_eventually` and so on. They are derived, so readers skip them. */
export const LABEL_PREFIX = "label_";

export const labelColumn = (target: Target): string => `${LABEL_PREFIX}${target}`;

export function isLabelColumn(name: string): boolean {
  return (TARGETS as readonly string[]).some((target) => name === labelColumn(target as Target));
}

export const isTextColumn = (name: string): boolean =>
  Object.hasOwn(TEXT_COLUMNS, name) || name === RUN_COLUMN;

export const isNumericColumn = (name: string): name is NumericColumn => Object.hasOwn(NUMERIC_COLUMNS, name);

/** Physical type of a column; labels are flags. */
export function physicalType(name: ColumnName | string): "INT32" | "INT64" | "BYTE_ARRAY" {
  if (isTextColumn(name)) return "BYTE_ARRAY";
  return isNumericColumn(name) && NUMERIC_COLUMNS[name].kind === "int" ? "INT64" : "INT32";
}

/** The schema of a file that also has the columns of `labels` and, with `runs`, tells runs apart. */
export function parquetSchemaElements(labels: readonly Target[], runs: boolean): SchemaElement[] {
  const names = [...fileColumns(runs), ...labels.map(labelColumn)];
  return [
    { name: "trace", num_children: names.length },
    ...names.map((name): SchemaElement => {
      const type = physicalType(name);
      const element: SchemaElement = { name, type, repetition_type: "OPTIONAL" };
      if (type === "BYTE_ARRAY") {
        element.converted_type = "UTF8";
        element.logical_type = { type: "STRING" };
      }
      return element;
    }),
  ];
}
