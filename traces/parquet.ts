import { setImmediate } from "node:timers/promises";
import { openParquet, type ReadOptions } from "./parquet/reader.ts";
import { type LabelColumns, ParquetTraceWriter } from "./parquet/writer.ts";
import type { Target, TraceTable } from "./schema.ts";

/** Traces as Parquet files. The format is described in docs/traces.md. */

export { openParquet, type ParquetTraceFile, type ReadOptions } from "./parquet/reader.ts";
export { type LabelColumns, ParquetTraceWriter, type ParquetWriterOptions } from "./parquet/writer.ts";

/** Writes a whole table, with label columns where `labels` has them. The file is whole or not there. */
export function writeParquet(path: string, table: TraceTable, labels: LabelColumns = {}): void {
  const targets = Object.keys(labels) as Target[];
  const writer = new ParquetTraceWriter(path, table.meta, { labels: targets });
  try {
    writer.write(table, labels);
    writer.close();
  } catch (error) {
    writer.abort();
    throw error;
  }
}

/** Reads a whole trace, or the wanted columns of it. */
export async function readParquet(path: string, options: ReadOptions = {}): Promise<TraceTable> {
  const file = openParquet(path, options);
  try {
    return await file.readAll();
  } finally {
    file.close();
  }
}

/**
 * Reads a trace row group by row group (at most 65,536 rows each in files of our own). Reading itself never lets the event
 * loop turn; between row groups it does, so that a signal ends what reads a long trace.
 */
export async function* readChunks(path: string, options: ReadOptions = {}): AsyncGenerator<TraceTable> {
  const file = openParquet(path, options);
  try {
    for (let group = 0; group < file.groups; group++) {
      yield await file.readGroup(group);
      await setImmediate();
    }
  } finally {
    file.close();
  }
}
