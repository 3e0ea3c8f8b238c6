import { type CsvOptions, readCsvChunks } from "./csv.ts";
import { refuseWrongValues } from "./impossible.ts";
import { InputError } from "./input-error.ts";
import { traceMetadata } from "./metadata.ts";
import { ParquetTraceWriter } from "./parquet.ts";
import { deriveReasons } from "./rule.ts";
import type { TraceMetadata } from "./schema.ts";
import { findSidecar, readSidecar, type Sidecar } from "./sidecar.ts";

export interface ImportOptions extends CsvOptions {
  /** Metadata file; without it the one beside the CSV is taken, if there is one. */
  metaPath?: string;
  /** Leave empty reasons empty. */
  keepReasons?: boolean;
}

export interface ImportResult {
  rows: number;
  forced: number;
  /** Rows whose reason was empty and has been derived by the rule. */
  derivedReasons: number;
  /** The sidecar used, or null. */
  metaPath: string | null;
  meta: TraceMetadata;
  /** What looks wrong in the sidecar although it can be read. */
  warnings: string[];
}

/** Note in the metadata of traces whose reasons were derived. */
export const DERIVED_NOTE = "derived from the row's context by the rule of can_migrate_task, not recorded";

/**
 * Brings a raw CSV into the trace schema as Parquet, in constant memory. The counts of the sidecar are checked: a file
 * with fewer rows than its collector wrote is refused, and so is a value that its column cannot hold: whoever learns from
 * the trace would not ask again.
 */
export async function importCsv(
  csvPath: string,
  outPath: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const metaPath = options.metaPath ?? findSidecar(csvPath) ?? null;
  const sidecar: Sidecar =
    metaPath === null ? { meta: traceMetadata(), warnings: [] } : readSidecar(metaPath);
  let { meta } = sidecar;
  if (!options.keepReasons) meta = { ...meta, notes: { ...meta.notes, reason: DERIVED_NOTE } };
  const writer = new ParquetTraceWriter(outPath, meta);
  let forced = 0;
  let derivedReasons = 0;
  const inspect: CsvOptions["inspect"] = (chunk, lineOf) => refuseWrongValues(chunk, csvPath, lineOf);
  try {
    for await (const table of readCsvChunks(csvPath, meta, { ...options, inspect })) {
      if (!options.keepReasons) derivedReasons += deriveReasons(table);
      for (let i = 0; i < table.rows; i++) if (table.numeric.migration[i] === 2) forced++;
      writer.write(table);
    }
    expectCount(sidecar.rows, writer.rows, "rows", csvPath, metaPath);
    expectCount(sidecar.forced, forced, "forced", csvPath, metaPath);
    if (derivedReasons === 0 && !options.keepReasons) writer.close({ notes: sidecar.meta.notes });
    else writer.close();
  } catch (error) {
    writer.abort();
    throw error;
  }
  return { rows: writer.rows, forced, derivedReasons, metaPath, meta, warnings: sidecar.warnings };
}

function expectCount(
  expected: number | undefined,
  found: number,
  field: string,
  file: string,
  metaPath: string | null,
): void {
  if (expected === undefined || expected === found) return;
  throw new InputError("the rows are not those that the collector counted", {
    file,
    field,
    found,
    expected: `${expected} (${metaPath})`,
    hint: "The CSV is probably truncated, or the metadata belong to another file.",
  });
}
