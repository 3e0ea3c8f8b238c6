import { closeSync, readSync, statSync } from "node:fs";
import { readCsvChunks } from "./csv.ts";
import { findSidecar } from "./find-sidecar.ts";
import { InputError } from "./input-error.ts";
import { openRegularFile } from "./input-file.ts";
import { traceMetadata } from "./metadata.ts";
import { openParquet, type ReadOptions, readChunks, readParquet } from "./parquet.ts";
import type { TraceMetadata, TraceTable } from "./schema.ts";
import { readSidecar } from "./sidecar.ts";
import { concatTables } from "./table.ts";

/** A trace file of either kind, opened for (repeated) streaming. */
export interface TraceSource {
  readonly path: string;
  readonly meta: TraceMetadata;
  /** Rows as the file says; null for CSV, which does not. */
  readonly rows: number | null;
  /** Columns that the file holds; null where that is not known before reading. */
  readonly columns: readonly string[] | null;
  /** Its rows, some thousands at a time. */
  chunks(options?: ReadOptions): AsyncGenerator<TraceTable>;
}

/** Opens a Parquet trace, or a CSV one with the sidecar beside it. Which it is, its first bytes say. */
export function openTrace(path: string): TraceSource {
  if (isParquet(path)) {
    const file = openParquet(path);
    const { meta, rows, columns } = file;
    file.close();
    return { path, meta, rows, columns, chunks: (options) => readChunks(path, options) };
  }
  if (!/\.[ct]sv(\.gz)?$/.test(path))
    throw new InputError("is no trace", {
      file: path,
      expected: "a Parquet file, or CSV with a name ending in .csv, .tsv, .csv.gz or .tsv.gz",
      code: "no-trace",
      hint: "Import a raw recording first.",
    });
  const sidecar = findSidecar(path);
  const meta = sidecar ? readSidecar(sidecar).meta : traceMetadata();
  return { path, meta, rows: null, columns: null, chunks: () => readCsvChunks(path, meta) };
}

/** Reads a whole trace of either kind. */
export async function readTrace(path: string, options: ReadOptions = {}): Promise<TraceTable> {
  if (isParquet(path)) return readParquet(path, options);
  const source = openTrace(path);
  const tables: TraceTable[] = [];
  for await (const table of source.chunks(options)) tables.push(table);
  return concatTables(tables, source.meta);
}

function isParquet(path: string): boolean {
  const magic = firstBytes(path);
  if (magic === "") throw new InputError("the file is empty", { file: path, expected: "a trace" });
  return magic === PARQUET || path.endsWith(".parquet");
}

const PARQUET = "PAR1";

/** True for a regular file that begins as Parquet does, whatever its name is. */
export function beginsAsParquet(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true && firstBytes(path) === PARQUET;
}

function firstBytes(path: string): string {
  const fd = openRegularFile(path);
  try {
    const bytes = Buffer.alloc(PARQUET.length);
    return bytes.toString("latin1", 0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}
