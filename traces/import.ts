import { statSync } from "node:fs";
import type { ColumnOptions } from "./columns.ts";
import { type CsvOptions, readCsvChunks } from "./csv.ts";
import { findSidecar } from "./find-sidecar.ts";
import { refuseWrongValues } from "./impossible.ts";
import { InputError } from "./input-error.ts";
import { traceMetadata } from "./metadata.ts";
import {
  costRemark,
  costText,
  type MigrationCost,
  recordCost,
  settleMigrationCost,
  withCost,
} from "./migration-cost.ts";
import { openParquet, ParquetTraceWriter, readChunks } from "./parquet.ts";
import { type ImportPreset, withPreset } from "./presets.ts";
import { beginsAsParquet } from "./read-trace.ts";
import { deriveReasons } from "./rule.ts";
import { FILE_ORDER, type TraceMetadata, type TraceTable } from "./schema.ts";
import { readSidecar, type Sidecar } from "./sidecar.ts";
import { openSpool, type Spool } from "./spool.ts";
import { isStandardInput } from "./standard-input.ts";

export interface ImportOptions extends CsvOptions {
  /** Metadata file; without it the file's own metadata are taken, or the ones beside it, if there are any. */
  metaPath?: string;
  /** Leave empty reasons empty. */
  keepReasons?: boolean;
  /** What makes a trace of the files of another tool. */
  preset?: ImportPreset;
  /** The migration cost that was in force, ns, where the metadata do not say it. */
  migrationCostNs?: number;
}

export interface ImportResult {
  rows: number;
  forced: number;
  /** Rows whose reason was empty and has been derived by the rule. */
  derivedReasons: number;
  /** The file that the metadata come from, or null. */
  metaPath: string | null;
  meta: TraceMetadata;
  migrationCost: MigrationCost;
  /** What looks wrong in the sidecar although it can be read, and what had to be inferred or assumed. */
  warnings: string[];
}

/** Note in the metadata of traces whose reasons were derived. */
export const DERIVED_NOTE = "derived from the row's context by the rule of can_migrate_task, not recorded";

/**
 * Brings a raw CSV, or the Parquet file of another program, into the trace schema as Parquet, in constant memory (of a
 * Parquet file: a row group). The counts of the sidecar are checked: a file with fewer rows than its collector wrote is
 * refused, and so is a value that its column cannot hold: whoever learns from the trace would not ask again.
 */
export async function importTrace(
  rawPath: string,
  outPath: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const remarks = new Set<string>(); // a file that is read twice says everything twice
  const onMissing = (columns: readonly string[]) => {
    if (columns.length > 0)
      remarks.add(
        `${rawPath}: ${columns.length} of ${FILE_ORDER.length} columns are not there, and so unknown: ${columns.join(", ")}`,
      );
  };
  const raw = openRaw(rawPath, { ...options, onRemark: (text) => remarks.add(text), onMissing });
  const isPipe = isStandardInput(rawPath) || !statSync(rawPath, { throwIfNoEntry: false })?.isFile();
  const spool = isPipe ? openSpool(raw.sidecar.meta) : undefined;
  try {
    return await importChunks(rawPath, outPath, options, raw, spool, remarks);
  } finally {
    spool?.remove();
  }
}

/** Rows are read twice where they have to tell the migration cost; those of a pipe are kept meanwhile. */
async function importChunks(
  rawPath: string,
  outPath: string,
  options: ImportOptions,
  raw: Raw,
  spool: Spool | undefined,
  remarks: ReadonlySet<string>,
): Promise<ImportResult> {
  const { sidecar, metaPath } = raw;
  let again = raw.chunks;
  const first = () => {
    if (spool) again = spool.chunks;
    return spool ? spool.keep(raw.chunks()) : raw.chunks();
  };
  const { preset } = options;
  const granted = sidecar.meta.tunables.migration_cost_ns === undefined ? preset?.migrationCostNs : undefined;
  const given = options.migrationCostNs ?? granted;
  const cost = await settleMigrationCost(sidecar.meta, rawPath, first, given);
  // this program's own metadata are complete: what they leave out stays out
  const recorded = sidecar.own && cost.how === "inferred" ? sidecar.meta : recordCost(sidecar.meta, cost);
  const plain = preset ? withPreset(recorded, preset) : recorded;
  let meta = plain;
  if (!options.keepReasons) meta = { ...meta, notes: { ...meta.notes, reason: DERIVED_NOTE } };
  const writer = new ParquetTraceWriter(outPath, meta);
  let forced = 0;
  let derivedReasons = 0;
  try {
    for await (const table of again()) {
      table.meta = withCost(meta, cost);
      preset?.finish(table, cost.ns);
      if (!options.keepReasons) derivedReasons += deriveReasons(table);
      for (let i = 0; i < table.rows; i++) if (table.numeric.migration[i] === 2) forced++;
      writer.write(table);
    }
    expectCount(sidecar.rows, writer.rows, "rows", rawPath, metaPath);
    expectCount(sidecar.forced, forced, "forced", rawPath, metaPath);
    if (derivedReasons === 0 && !options.keepReasons) writer.close({ notes: plain.notes });
    else writer.close();
  } catch (error) {
    writer.abort();
    throw error;
  }
  const file = isStandardInput(rawPath) ? "standard input" : rawPath;
  const remark =
    given !== undefined && given === granted
      ? `${file}: the migration cost is taken to be ${costText(given)}, as the preset has it, where nobody says otherwise`
      : costRemark(cost, file);
  const warnings = [...sidecar.warnings, ...remarks, ...(remark === undefined ? [] : [remark])];
  return { rows: writer.rows, forced, derivedReasons, metaPath, meta, migrationCost: cost, warnings };
}

interface Raw {
  sidecar: Sidecar;
  metaPath: string | null;
  /** Chunks without wrong values. */
  chunks(): AsyncGenerator<TraceTable>;
}

function openRaw(path: string, options: ImportOptions): Raw {
  const { ignoreUnknown, rename, preset } = options;
  const parquet = beginsAsParquet(path) ? openParquet(path, { ignoreUnknown, rename, preset }) : undefined;
  parquet?.close();
  const isOurs = parquet !== undefined && parquet.version > 0;
  const metaPath = options.metaPath ?? (isOurs ? path : findSidecar(path)) ?? null;
  const known = () => ({ meta: parquet?.meta ?? traceMetadata(), own: isOurs, warnings: [] });
  const sidecar = metaPath === null || metaPath === path ? known() : readSidecar(metaPath);
  if (parquet)
    return { sidecar, metaPath, chunks: () => soundChunks(path, { ignoreUnknown, rename, preset }) };
  const inspect: CsvOptions["inspect"] = (chunk, lineOf) => refuseWrongValues(chunk, path, lineOf);
  return { sidecar, metaPath, chunks: () => readCsvChunks(path, sidecar.meta, { ...options, inspect }) };
}

async function* soundChunks(path: string, options: ColumnOptions): AsyncGenerator<TraceTable> {
  let rows = 0;
  for await (const chunk of readChunks(path, options)) {
    const first = rows + 1;
    refuseWrongValues(chunk, path, (row) => first + row);
    rows += chunk.rows;
    yield chunk;
  }
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
    hint: "The recording is probably truncated, or the metadata belong to another file.",
  });
}
