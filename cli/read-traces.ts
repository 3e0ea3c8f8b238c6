import { refuseUndecided } from "../traces/impossible.ts";
import { readTrace } from "../traces/read-trace.ts";
import type { ColumnName, TraceTable } from "../traces/schema.ts";

/**
 * Reads whole traces, Parquet or CSV (with the metadata file beside it, if any). A row without a decision is
 * refused: it would be learnt and judged as if it had one.
 * @param columns The columns wanted of Parquet files; others may then be unknown.
 */
export async function readTraces(
  paths: readonly string[],
  columns?: readonly ColumnName[],
): Promise<TraceTable[]> {
  const tables: TraceTable[] = [];
  for (const path of paths) {
    const table = await readTrace(path, columns ? { columns } : {});
    if (columns === undefined || columns.includes("migration")) refuseUndecided(table, path);
    tables.push(table);
  }
  return tables;
}
