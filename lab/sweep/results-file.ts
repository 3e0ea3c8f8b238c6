import { readFileSync } from "node:fs";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { InputError } from "../../traces/input-error.ts";
import type { SweepRow } from "./rows.ts";

/** Key under which a sweep's description (JSON) stands in its file of results. */
const KEY = "nicetries.sweep";

/** What a file of results says of itself. */
export interface SweepDescription {
  tool: string;
  /** planHash() of the plan. */
  plan: string;
  about: string;
  /** Of each simulation, as in a plan; undefined: as long as each workload is by itself. */
  duration?: string;
  dimensions: readonly string[];
  metrics: readonly string[];
}

/** Results of a sweep: a row per simulation. */
export interface SweepResults extends SweepDescription {
  rows: SweepRow[];
}

/** Writes one Parquet file: a text column per dimension, `seed`, a column per metric, `events`, `records`, `traceSha256`. */
export function writeResults(path: string, { rows, ...description }: SweepResults): void {
  const texts = (name: string, of: (row: SweepRow) => string): ColumnSource => ({
    name,
    data: rows.map(of),
    type: "STRING",
    nullable: false,
  });
  const numbers = (name: string, of: (row: SweepRow) => number): ColumnSource => ({
    name,
    data: Float64Array.from(rows, of),
    type: "DOUBLE",
    nullable: false,
  });
  const bytes = parquetWriteBuffer({
    columnData: [
      ...description.dimensions.map((name) => texts(name, ({ cell }) => cell[name])),
      texts("seed", ({ seed }) => seed),
      ...description.metrics.map((name) => numbers(name, ({ metrics }) => metrics[name])),
      numbers("events", ({ events }) => events),
      numbers("records", ({ records }) => records),
      texts("traceSha256", ({ traceSha256 }) => traceSha256),
    ],
    kvMetadata: [{ key: KEY, value: JSON.stringify(description) }],
  });
  writeFileAtomic(path, new Uint8Array(bytes));
}

/** Reads a file of results. @throws InputError for what is none */
export async function readResults(path: string): Promise<SweepResults> {
  const fail = (found: string): never => {
    throw new InputError("this is no file of results", {
      file: path,
      found,
      expected: "results.parquet of a sweep",
    });
  };
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    const metadata = parquetMetadata(file);
    const text = metadata.key_value_metadata?.find(({ key }) => key === KEY)?.value;
    if (text === undefined) return fail("a Parquet file without the description of a sweep");
    const description: SweepDescription = JSON.parse(text);
    const objects = await parquetReadObjects({ file, metadata });
    const rows = objects.map(
      (row, index): SweepRow => ({
        index,
        cell: Object.fromEntries(description.dimensions.map((name) => [name, String(row[name])])),
        seed: String(row.seed),
        metrics: Object.fromEntries(description.metrics.map((name) => [name, Number(row[name])])),
        events: Number(row.events),
        records: Number(row.records),
        traceSha256: String(row.traceSha256),
      }),
    );
    return { ...description, rows };
  } catch (error) {
    if (error instanceof InputError) throw error;
    return fail((error as Error).message);
  }
}
