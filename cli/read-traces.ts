import { readTrace } from "../traces/read-trace.ts";
import type { ColumnName, TraceTable } from "../traces/schema.ts";

/**
 * Reads whole traces, Parquet or CSV (with the metadata file beside it, if any).
 * @param columns The columns wanted of Parquet files; others may then be unknown.
 */
export async function readTraces(
  paths: readonly string[],
  columns?: readonly ColumnName[],
): Promise<TraceTable[]> {
  const tables: TraceTable[] = [];
  for (const path of paths) tables.push(await readTrace(path, columns ? { columns } : {}));
  return tables;
}
