import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "./at-end.ts";
import { ParquetTraceWriter, readChunks } from "./parquet.ts";
import type { TraceMetadata, TraceTable } from "./schema.ts";

/** Rows that can be read once only, from a pipe, kept in a temporary file to be read again. Remove it. */
export interface Spool {
  /** Hands the chunks on while it keeps them. */
  keep(chunks: AsyncIterable<TraceTable>): AsyncGenerator<TraceTable>;
  /** What was kept. */
  chunks(): AsyncGenerator<TraceTable>;
  remove(): void;
}

export function openSpool(meta: TraceMetadata): Spool {
  const folder = mkdtempSync(join(tmpdir(), "nicetries-spool-"));
  const path = join(folder, "rows.parquet");
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const forget = atEnd(remove);
  return {
    async *keep(chunks) {
      const writer = new ParquetTraceWriter(path, meta);
      try {
        for await (const chunk of chunks) {
          writer.write(chunk);
          yield chunk;
        }
        writer.close();
      } catch (error) {
        writer.abort();
        throw error;
      }
    },
    chunks: () => readChunks(path),
    remove() {
      forget();
      remove();
    },
  };
}
