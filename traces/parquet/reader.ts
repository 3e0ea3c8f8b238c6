import type { RowGroup } from "hyparquet";
import { InputError } from "../input-error.ts";
import { checkMetadata } from "../metadata.ts";
import { migrateTable, storedVersion } from "../migrations.ts";
import {
  type ColumnName,
  FILE_ORDER,
  NUMERIC_NAMES,
  TEXT_NAMES,
  type TraceMetadata,
  type TraceTable,
} from "../schema.ts";
import { concatTables, unknownTable } from "../table.ts";
import { DamagedPage } from "./byte-source.ts";
import { checkColumns, isKnownColumn } from "./columns.ts";
import { type Footer, readFooter } from "./footer.ts";
import { readForeignGroup } from "./foreign.ts";
import { type InputFile, openInput } from "./input-file.ts";
import { isLabelColumn, isTextColumn, physicalType } from "./layout.ts";
import { decodeNumbers, decodeTexts } from "./page-decoder.ts";

export interface ReadOptions {
  /**
   * The columns wanted; all by default. Columns not wanted, or not in the file, hold unknowns and may share one array:
   * do not write into them.
   */
  columns?: readonly ColumnName[];
  /** Skip columns that the schema does not know, instead of refusing the file. */
  ignoreUnknown?: boolean;
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
  checkColumns(options.ignoreUnknown ? names.filter(isKnownColumn) : names, file.path);
  const stored = footer.trace === undefined ? { tool: footer.metadata.created_by ?? "" } : footer.trace;
  const meta = checkMetadata(stored, file.path);
  const wanted = new Set<string>((options.columns ?? FILE_ORDER).filter((name) => names.includes(name)));
  const groups = footer.metadata.row_groups;

  const readGroup = async (group: number): Promise<TraceTable> => {
    if (!footer.sealed)
      return migrateTable(await readForeignGroup(file, footer, group, wanted, meta), version);
    const table = frame(Number(groups[group].num_rows), wanted, meta);
    decodeGroup(file, groups[group], group, wanted, table, 0);
    return migrateTable(table, version);
  };

  return {
    path: file.path,
    rows: footer.rows,
    groups: groups.length,
    meta,
    version,
    columns: names,
    readGroup,
    async readAll() {
      if (!footer.sealed) {
        const tables: TraceTable[] = [];
        for (let g = 0; g < groups.length; g++) tables.push(await readGroup(g));
        return concatTables(tables, meta);
      }
      const table = frame(footer.rows, wanted, meta);
      let at = 0;
      groups.forEach((group, g) => {
        decodeGroup(file, group, g, wanted, table, at);
        at += Number(group.num_rows);
      });
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

/** A table whose wanted columns are to be filled; the others share one array of unknowns. */
function frame(rows: number, wanted: ReadonlySet<string>, meta: TraceMetadata): TraceTable {
  const empty = unknownTable(0, meta);
  const table: TraceTable = { rows, numeric: { ...empty.numeric }, text: { ...empty.text }, meta };
  try {
    let noNumbers: Float64Array | undefined;
    for (const name of NUMERIC_NAMES) {
      if (wanted.has(name)) table.numeric[name] = new Float64Array(rows);
      else table.numeric[name] = noNumbers ??= new Float64Array(rows).fill(Number.NaN);
    }
    let noTexts: string[] | undefined;
    for (const name of TEXT_NAMES) {
      if (wanted.has(name)) table.text[name] = new Array<string>(rows).fill("");
      else table.text[name] = noTexts ??= new Array<string>(rows).fill("");
    }
  } catch {
    throw new InputError(`${rows} rows do not fit into memory at once`, {
      hint: "Split the trace with `nicetries trace split`, or use a command that streams.",
    });
  }
  return table;
}

/** Decodes one row group of a sealed file into `table` from row `at` on. */
function decodeGroup(
  file: InputFile,
  group: RowGroup,
  number: number,
  wanted: ReadonlySet<string>,
  table: TraceTable,
  at: number,
): void {
  const rows = Number(group.num_rows);
  for (const run of adjacentColumns(group, wanted)) {
    const bytes = file.read(run.start, run.end - run.start, 8);
    for (const { meta, start } of run.columns) {
      const name = meta.path_in_schema[0];
      try {
        if (meta.type !== physicalType(name)) throw new DamagedPage(`type ${meta.type}`);
        if (meta.codec !== "UNCOMPRESSED") throw new DamagedPage(`codec ${meta.codec}`);
        if (isTextColumn(name))
          decodeTexts(bytes, start - run.start, meta, rows, table.text[name as "comm"], at);
        else decodeNumbers(bytes, start - run.start, meta, rows, table.numeric[name as "pid"], at);
      } catch (error) {
        if (!(error instanceof DamagedPage)) throw error;
        throw new InputError(`column ${name} of row group ${number} is damaged`, {
          file: file.path,
          found: error.message,
          hint: "Fetch or write the file again.",
        });
      }
    }
  }
}

interface Run {
  start: number;
  end: number;
  columns: { meta: NonNullable<RowGroup["columns"][number]["meta_data"]>; start: number }[];
}

/** The wanted chunks of a group, neighbours joined so that they are read at once. */
function adjacentColumns(group: RowGroup, wanted: ReadonlySet<string>): Run[] {
  const runs: Run[] = [];
  for (const { meta_data: meta } of group.columns) {
    if (!meta || !wanted.has(meta.path_in_schema[0]) || isLabelColumn(meta.path_in_schema[0])) continue;
    const start = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
    const end = start + Number(meta.total_compressed_size);
    const last = runs.at(-1);
    if (last && last.end === start) {
      last.end = end;
      last.columns.push({ meta, start });
    } else runs.push({ start, end, columns: [{ meta, start }] });
  }
  return runs;
}
