import { ParquetTraceWriter } from "./parquet.ts";
import type { TraceMetadata } from "./schema.ts";

/** Has `body` write a trace; the file is whole or not there. Returns the rows. */
export async function writeAll(
  path: string,
  meta: TraceMetadata,
  body: (writer: ParquetTraceWriter) => Promise<void>,
): Promise<number> {
  const writer = new ParquetTraceWriter(path, meta);
  try {
    await body(writer);
    writer.close();
  } catch (error) {
    writer.abort();
    throw error;
  }
  return writer.rows;
}
