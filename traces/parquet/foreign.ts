import { parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { InputError } from "../input-error.ts";
import { NUMERIC_NAMES, TEXT_NAMES, type TraceMetadata, type TraceTable } from "../schema.ts";
import { unknownTable } from "../table.ts";
import { integerFromCell } from "./cells.ts";
import type { Footer } from "./footer.ts";
import { checkPages } from "./foreign-pages.ts";
import { asyncBufferOf, type InputFile } from "./input-file.ts";

/**
 * Row groups of files that other programs wrote (pandas, DuckDB, polars, Spark ...), through hyparquet: any codec and
 * encoding, any integer, floating or boolean type that holds integers. Memory grows with the file's row groups.
 */
export async function readForeignGroup(
  file: InputFile,
  footer: Footer,
  group: number,
  columns: ReadonlySet<string>,
  meta: TraceMetadata,
): Promise<TraceTable> {
  const { metadata } = footer;
  const first = metadata.row_groups.slice(0, group).reduce((sum, g) => sum + Number(g.num_rows), 0);
  const rows = Number(metadata.row_groups[group].num_rows);
  metadata.row_groups[group].columns.forEach(({ meta_data }, c) => {
    const optional = metadata.schema[c + 1].repetition_type !== "REQUIRED";
    if (columns.has(metadata.schema[c + 1].name)) checkPages(file, meta_data!, rows, optional);
  });
  const table = unknownTable(rows, meta);
  const filled = new Map<string, number>();
  let trouble: unknown;
  try {
    await parquetRead({
      file: asyncBufferOf(file),
      metadata,
      columns: metadata.schema.slice(1).flatMap((element) => (columns.has(element.name) ? element.name : [])),
      rowStart: first,
      rowEnd: first + rows,
      compressors,
      onChunk({ columnName, columnData, rowStart }) {
        try {
          fill(table, columnName, columnData, rowStart - first, file.path, first);
          filled.set(columnName, (filled.get(columnName) ?? 0) + columnData.length);
        } catch (error) {
          trouble ??= error; // hyparquet swallows what a callback throws
        }
      },
    });
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw damaged(file.path, group, (error as Error).message);
  }
  if (trouble) throw trouble;
  for (const [name, count] of filled)
    if (count !== rows) throw damaged(file.path, group, `${count} values of ${name} in ${rows} rows`);
  return table;
}

function damaged(path: string, group: number, message: string): InputError {
  return new InputError(`row group ${group} cannot be read`, {
    file: path,
    found: message,
    hint: "The copy is probably damaged: fetch or write it again.",
  });
}

function fill(
  table: TraceTable,
  name: string,
  data: ArrayLike<unknown>,
  at: number,
  file: string,
  first: number,
): void {
  const numeric = NUMERIC_NAMES.find((n) => n === name);
  if (numeric) {
    const out = table.numeric[numeric];
    for (let i = 0; i < data.length; i++) {
      const value = data[i];
      const number = typeof value === "bigint" ? Number(value) : value;
      out[at + i] = Number.isSafeInteger(number)
        ? (number as number)
        : integerFromCell(value, name, { file, line: first + at + i + 1 });
    }
    return;
  }
  const text = TEXT_NAMES.find((n) => n === name);
  if (!text) return;
  const out = table.text[text];
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? "";
    if (typeof value !== "string")
      throw new InputError("not a text", { file, line: first + at + i + 1, field: name, found: value });
    out[at + i] = value;
  }
}
