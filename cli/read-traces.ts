import { readCsv } from "../traces/csv.ts";
import { InputError } from "../traces/input-error.ts";
import { traceMetadata } from "../traces/metadata.ts";
import { readParquet } from "../traces/parquet.ts";
import type { ColumnName, TraceTable } from "../traces/schema.ts";
import { findSidecar, readSidecar } from "../traces/sidecar.ts";

/**
 * Reads whole traces by their names' ends: .parquet, .csv or .csv.gz (with the metadata file beside it, if any).
 * @param columns The columns wanted of Parquet files; others may then be unknown.
 */
export async function readTraces(
  paths: readonly string[],
  columns?: readonly ColumnName[],
): Promise<TraceTable[]> {
  const tables: TraceTable[] = [];
  for (const path of paths) tables.push(await readTrace(path, columns));
  return tables;
}

async function readTrace(path: string, columns?: readonly ColumnName[]): Promise<TraceTable> {
  if (/\.parquet$/.test(path)) return readParquet(path, columns ? { columns } : {});
  if (/\.csv(\.gz)?$/.test(path)) {
    const sidecar = findSidecar(path);
    return readCsv(path, sidecar === undefined ? traceMetadata() : readSidecar(sidecar).meta);
  }
  throw new InputError("cannot tell the kind of this trace", {
    file: path,
    expected: "a name that ends in .parquet, .csv or .csv.gz",
  });
}
