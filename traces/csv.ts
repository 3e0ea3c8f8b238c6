import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { pipeline as throughPipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { openAtomic } from "./atomic-file.ts";
import { type CsvOptions, CsvParser } from "./csv/parser.ts";
import { InputError } from "./input-error.ts";
import { traceMetadata } from "./metadata.ts";
import { namesRuns, partlyNamed } from "./runs.ts";
import {
  FILE_ORDER,
  fileColumns,
  NUMERIC_COLUMNS,
  type NumericColumn,
  type TextColumn,
  type TraceMetadata,
  type TraceTable,
} from "./schema.ts";
import { isStandardInput } from "./standard-input.ts";
import { concatTables, sliceTable } from "./table.ts";

/** Traces as CSV, plain or gzipped by the name's end (.gz). An empty cell is unknown. */

export type { CsvOptions } from "./csv/parser.ts";

/**
 * Reads a CSV trace chunk by chunk, in constant memory. Columns that the file does not have are unknown. Throws an
 * InputError with file, line and column for whatever is wrong.
 */
export async function* readCsvChunks(
  path: string,
  meta: TraceMetadata = traceMetadata(),
  options: CsvOptions = {},
): AsyncGenerator<TraceTable> {
  const parser = new CsvParser(path, meta, options);
  // by its descriptor, as it may be a socket, which has no name to be opened by
  const raw = isStandardInput(path) ? process.stdin : createReadStream(path, { highWaterMark: 1 << 18 });
  const source = path.endsWith(".gz") ? pipeline(raw, createGunzip({ chunkSize: 1 << 18 }), () => {}) : raw;
  try {
    for await (const data of source) yield* parser.push(data as Buffer);
  } catch (error) {
    throw explain(error, path, parser.total);
  } finally {
    raw.destroy();
  }
  yield* parser.end();
}

/** Reads a whole CSV trace. */
export async function readCsv(
  path: string,
  meta: TraceMetadata = traceMetadata(),
  options: CsvOptions = {},
): Promise<TraceTable> {
  const tables: TraceTable[] = [];
  for await (const table of readCsvChunks(path, meta, options)) tables.push(table);
  return tables.length === 1 ? tables[0] : concatTables(tables, meta);
}

function explain(error: unknown, file: string, rows: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT")
    return new InputError("no such file", { file, hint: "Check the path and its permissions." });
  if (code === "EISDIR") return new InputError("is a folder", { file, expected: "a CSV file" });
  if (code === "Z_BUF_ERROR" || code === "Z_DATA_ERROR")
    return new InputError("the gzip stream is damaged or truncated", {
      file,
      found: `${(error as Error).message} after ${rows} rows`,
      expected: "a whole gzip file",
      hint: "Fetch the file again.",
    });
  return error;
}

/** The CSV header, in file order. */
export const CSV_HEADER = FILE_ORDER.join(",");

/** The CSV lines of a table, without the header; with `runs`, of a file that tells runs apart. */
export function csvLines(table: TraceTable, runs = false): string {
  const lines: string[] = [];
  const columns = fileColumns(runs).map((name) =>
    name in NUMERIC_COLUMNS ? table.numeric[name as NumericColumn] : table.text[name as TextColumn],
  );
  const cells = new Array<string>(columns.length);
  for (let i = 0; i < table.rows; i++) {
    for (let c = 0; c < columns.length; c++) {
      const value = columns[c][i];
      cells[c] = typeof value === "string" ? quote(value) : Number.isNaN(value) ? "" : String(value);
    }
    lines.push(cells.join(","));
  }
  return lines.length > 0 ? `${lines.join("\n")}\n` : "";
}

const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/**
 * Writes tables one after the other as one CSV file, gzipped if the name ends in .gz. Whole or not there. The file tells
 * runs apart where the first table does.
 */
export async function writeCsv(
  path: string,
  tables: AsyncIterable<TraceTable> | Iterable<TraceTable>,
): Promise<number> {
  const file = openAtomic(path);
  let rows = 0;
  async function* texts(): AsyncGenerator<string> {
    let runs: boolean | undefined;
    for await (const table of tables) {
      if (table.rows === 0) continue;
      if (runs === undefined) {
        runs = namesRuns(table);
        yield `${fileColumns(runs)}\n`;
      } else if (!runs && namesRuns(table)) throw partlyNamed();
      for (let at = 0; at < table.rows; at += 4096)
        yield csvLines(sliceTable(table, at, Math.min(at + 4096, table.rows)), runs);
      rows += table.rows;
    }
    if (runs === undefined) yield `${CSV_HEADER}\n`;
  }
  const write = async (source: AsyncIterable<string | Buffer>) => {
    for await (const data of source) file.write(data);
  };
  try {
    if (path.endsWith(".gz")) await throughPipeline(texts, createGzip(), write);
    else await write(texts());
    file.commit();
  } catch (error) {
    file.abort();
    throw error;
  }
  return rows;
}
