import { gzipSync } from "node:zlib";
import { openAtomic } from "../../traces/atomic-file.ts";
import { CSV_HEADER, csvLines } from "../../traces/csv.ts";
import { ParquetTraceWriter } from "../../traces/parquet.ts";
import type { TraceMetadata, TraceRow } from "../../traces/schema.ts";
import { TableBuilder } from "../../traces/table.ts";
import { writeSidecar } from "../../traces/write-sidecar.ts";

/** Takes decision rows one by one and makes a trace file of them: whole or not there. */
export interface TraceOut {
  append(row: Readonly<TraceRow>): void;
  /** Returns a remark where the metadata of a CSV file could not be written beside it (traces/write-sidecar.ts). */
  close(): string | undefined;
  abort(): void;
}

/** Rows of CSV made at a time. */
const CHUNK = 4096;

/** Opens a trace by the end of its name (names.ts). */
export function openTraceOut(path: string, meta: TraceMetadata): TraceOut {
  if (path.endsWith(".parquet")) {
    const writer = new ParquetTraceWriter(path, meta);
    return {
      append: (row) => writer.append(row as TraceRow),
      close() {
        writer.close();
        return undefined;
      },
      abort: () => writer.abort(),
    };
  }
  return csvOut(path, meta);
}

function csvOut(path: string, meta: TraceMetadata): TraceOut {
  const file = openAtomic(path);
  const rows = new TableBuilder(CHUNK);
  const put = (text: string) => file.write(path.endsWith(".gz") ? gzipSync(text) : text);
  const flush = () => {
    if (rows.rows > 0) put(csvLines(rows.toTable(meta)));
    rows.clear();
  };
  put(`${CSV_HEADER}\n`);
  return {
    append(row) {
      rows.append(row);
      if (rows.rows === CHUNK) flush();
    },
    close() {
      flush();
      file.commit();
      return writeSidecar(path, meta) || undefined;
    },
    abort: () => file.abort(),
  };
}
