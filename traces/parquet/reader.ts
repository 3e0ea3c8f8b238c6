import { checkMetadata } from "../check-metadata.ts";
import { type ColumnOptions, mapColumns } from "../columns.ts";
import { InputError } from "../input-error.ts";
import { type InputFile, openInput } from "../input-file.ts";
import { migrateTable, storedVersion } from "../migrations.ts";
import {
  ALL_COLUMNS,
  ALL_TEXT_NAMES,
  type ColumnName,
  NUMERIC_NAMES,
  type TraceMetadata,
  type TraceTable,
} from "../schema.ts";
import { unknownTable } from "../table.ts";
import { type Footer, readFooter } from "./footer.ts";
import { readGroupInto } from "./read-group.ts";

/** What is read of a trace. */
export interface ReadOptions extends ColumnOptions {
  /**
   * The columns wanted; all by default. Columns not wanted, or not in the file, hold unknowns and may share one array:
   * do not write into them.
   */
  columns?: readonly ColumnName[];
}

/** A trace file opened for reading. Close it. */
export interface ParquetTraceFile {
  readonly path: string;
  readonly rows: number;
  readonly groups: number;
  readonly meta: TraceMetadata;
  /** Schema version the file was written with; 0 for files of other writers. */
  readonly version: number;
  /** Names of the columns that the file holds, in its order; label columns included. */
  readonly columns: readonly string[];
  readGroup(group: number): Promise<TraceTable>;
  /** All rows at once. */
  readAll(): Promise<TraceTable>;
  close(): void;
}

/** Opens a Parquet trace. Throws an InputError when it is damaged, no trace, or from a newer schema. */
export function openParquet(path: string, options: ReadOptions = {}): ParquetTraceFile {
  const file = openInput(path);
  try {
    return openTrace(file, options);
  } catch (error) {
    file.close();
    throw error;
  }
}

function openTrace(file: InputFile, options: ReadOptions): ParquetTraceFile {
  const footer = readFooter(file);
  const version = storedVersion(footer.trace, file.path);
  const names = flatColumns(footer, file.path);
  mapColumns(names, options, file.path).forEach((name, c) => {
    if (name !== null) renameColumn(footer, c, name);
    names[c] = name ?? names[c];
  });
  const stored = footer.trace === undefined ? { tool: footer.metadata.created_by ?? "" } : footer.trace;
  const meta = checkMetadata(stored, file.path);
  const wanted = (options.columns ?? ALL_COLUMNS).filter((name) => names.includes(name));
  const groups = footer.metadata.row_groups;

  return {
    path: file.path,
    rows: footer.rows,
    groups: groups.length,
    meta,
    version,
    columns: names,
    async readGroup(group) {
      const table = frame(Number(groups[group].num_rows), wanted, meta);
      await readGroupInto(table, 0, file, footer, group, wanted);
      return migrateTable(table, version);
    },
    async readAll() {
      const table = frame(footer.rows, wanted, meta);
      let at = 0;
      for (let g = 0; g < groups.length; g++) {
        await readGroupInto(table, at, file, footer, g, wanted);
        at += Number(groups[g].num_rows);
      }
      return migrateTable(table, version);
    },
    close: () => file.close(),
  };
}

/** Names of the top-level columns; nested columns are refused. */
function flatColumns(footer: Footer, file: string): string[] {
  const [root, ...elements] = footer.metadata.schema;
  const nested = elements.find((element) => element.num_children || element.repetition_type === "REPEATED");
  if (!root || nested || root.num_children !== elements.length)
    throw new InputError("nested columns are no part of a trace", { file, field: nested?.name });
  for (const group of footer.metadata.row_groups)
    if (
      group.columns.length !== elements.length ||
      group.columns.some((column, c) => column.meta_data?.path_in_schema[0] !== elements[c].name)
    )
      throw new InputError("a row group has other columns than the file", { file });
  return elements.map((element) => element.name);
}

/** Calls column `c` otherwise in all that is known of the file. */
function renameColumn({ metadata }: Footer, c: number, name: string): void {
  metadata.schema[c + 1].name = name;
  for (const group of metadata.row_groups) group.columns[c].meta_data!.path_in_schema = [name];
}

/** A table whose wanted columns are to be filled; the others share one array of unknowns. */
function frame(rows: number, wanted: readonly string[], meta: TraceMetadata): TraceTable {
  const empty = unknownTable(0, meta);
  const table: TraceTable = { rows, numeric: { ...empty.numeric }, text: { ...empty.text }, meta };
  try {
    const noNumbers = new Float64Array(rows).fill(Number.NaN);
    for (const name of NUMERIC_NAMES)
      table.numeric[name] = wanted.includes(name) ? new Float64Array(rows) : noNumbers;
    const noTexts = new Array<string>(rows).fill("");
    for (const name of ALL_TEXT_NAMES)
      table.text[name] = wanted.includes(name) ? new Array<string>(rows).fill("") : noTexts;
  } catch {
    throw new InputError(`${rows} rows do not fit into memory at once`, {
      code: "too-many-rows",
      hint: "Split the trace, or read it in chunks.",
    });
  }
  return table;
}
