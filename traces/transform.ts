import seedrandom from "seedrandom";
import { InputError } from "./input-error.ts";
import { sumOfLost } from "./metadata.ts";
import { ParquetTraceWriter } from "./parquet.ts";
import { openTrace, type TraceSource } from "./read-trace.ts";
import type { TraceMetadata, TraceRow, TraceTable } from "./schema.ts";
import { rowAt, sliceTable, takeRows } from "./table.ts";

/** Files from files: head, sample, split and merge, all in constant memory. Each returns the rows written. */

/** The first `rows` rows. */
export async function headTrace(inPath: string, outPath: string, rows: number): Promise<number> {
  const source = openTrace(inPath);
  return writeAll(outPath, source.meta, async (writer) => {
    for await (const chunk of source.chunks()) {
      writer.write(sliceTable(chunk, 0, rows - writer.rows));
      if (writer.rows >= rows) break;
    }
  });
}

/**
 * `rows` rows drawn at random without replacement, in their order (Knuth, TAOCP 2, 3.4.2, algorithm S): each row is
 * taken with probability (still wanted) / (still to come). All rows where the trace has no more than that.
 */
export async function sampleTrace(
  inPath: string,
  outPath: string,
  rows: number,
  seed: string,
): Promise<number> {
  const source = openTrace(inPath);
  let left = source.rows ?? (await countRows(source));
  let wanted = rows;
  const random = seedrandom(`sample:${seed}`);
  return writeAll(outPath, source.meta, async (writer) => {
    for await (const chunk of source.chunks()) {
      const taken: number[] = [];
      for (let i = 0; i < chunk.rows; i++, left--) {
        if (random() * left >= wanted) continue;
        taken.push(i);
        wanted--;
      }
      if (taken.length > 0) writer.write(takeRows(chunk, taken));
    }
  });
}

/** Consecutive parts with equal row counts (the first ones one row longer). Returns the rows of each part. */
export async function splitTrace(inPath: string, outPaths: readonly string[]): Promise<number[]> {
  const source = openTrace(inPath);
  const total = source.rows ?? (await countRows(source));
  const parts = outPaths.length;
  if (parts > 1 && parts > total)
    throw new InputError("the trace has fewer rows than there are to be parts", {
      file: inPath,
      field: "--parts",
      found: parts,
      expected: `at most ${total}`,
      hint: "Ask for fewer parts.",
    });
  const sizes = outPaths.map((_, p) => Math.floor(total / parts) + (p < total % parts ? 1 : 0));
  const chunks = new RowCursor(source);
  try {
    for (const [p, outPath] of outPaths.entries())
      await writeAll(outPath, source.meta, async (writer) => {
        while (writer.rows < sizes[p]) {
          const part = await chunks.take(sizes[p] - writer.rows);
          if (!part) throw new InputError("the trace changed while it was read", { file: inPath });
          writer.write(part);
        }
      });
  } finally {
    await chunks.close();
  }
  return sizes;
}

/**
 * Several parts of one recording as one trace, in the order of their clocks (rows with equal clocks in the order of the
 * files). Parts of different machines, kernels or tunables are refused: the rule could not replay their decisions.
 */
export async function mergeTraces(inPaths: readonly string[], outPath: string): Promise<number> {
  const sources = inPaths.map((path) => openTrace(path));
  const meta = mergedMetadata(sources);
  const cursors = sources.map((source) => new RowCursor(source));
  return writeAll(outPath, meta, async (writer) => {
    try {
      for (const cursor of cursors) await cursor.advance();
      const row = {} as TraceRow;
      for (;;) {
        let next: RowCursor | undefined;
        for (const cursor of cursors)
          if (cursor.table && !(next && next.clock <= cursor.clock)) next = cursor;
        if (!next?.table) break;
        writer.append(rowAt(next.table, next.at, row));
        await next.advance();
      }
    } finally {
      for (const cursor of cursors) await cursor.close();
    }
  });
}

function mergedMetadata(sources: readonly TraceSource[]): TraceMetadata {
  const [first, ...others] = sources;
  for (const { meta, path } of others)
    for (const field of ["source", "kernel", "chip", "tunables"] as const) {
      const found = JSON.stringify(meta[field]);
      const expected = JSON.stringify(first.meta[field]);
      if (found !== expected)
        throw new InputError("the traces were not made under the same conditions", {
          file: path,
          field,
          found,
          expected: `${expected} as in ${first.path}`,
          hint: "Keep them apart: train and evaluate take several traces.",
        });
    }
  const join = (field: "workload" | "workloadHash" | "tool") =>
    [...new Set(sources.map(({ meta }) => meta[field]))].join(" + ");
  const seeds = new Set(sources.map(({ meta }) => meta.seed));
  return {
    ...first.meta,
    workload: join("workload"),
    workloadHash: join("workloadHash"),
    tool: join("tool"),
    seed: seeds.size === 1 ? first.meta.seed : null,
    lostRecords: sumOfLost(sources.map(({ meta }) => meta.lostRecords)),
  };
}

/** Walks over a trace: row by row (`table`, `at`), or in pieces (`take`). Use one of the two ways. */
class RowCursor {
  table: TraceTable | undefined;
  at = -1;
  private readonly chunks: AsyncGenerator<TraceTable>;

  constructor(source: TraceSource) {
    this.chunks = source.chunks();
  }

  get clock(): number {
    return this.table!.numeric.ts[this.at];
  }

  /** To the next row; `table` is undefined behind the last. */
  async advance(): Promise<void> {
    this.at++;
    while (this.table === undefined ? this.at === 0 : this.at >= this.table.rows) {
      const { value, done } = await this.chunks.next();
      this.table = done ? undefined : value;
      if (done) return;
      this.at = 0;
    }
  }

  /** At most `rows` of the next rows, or undefined at the end. */
  async take(rows: number): Promise<TraceTable | undefined> {
    if (this.at < 0) await this.advance();
    if (!this.table) return undefined;
    const part = sliceTable(this.table, this.at, this.at + rows);
    this.at += part.rows - 1;
    await this.advance();
    return part;
  }

  async close(): Promise<void> {
    await this.chunks.return(undefined);
  }
}

async function countRows(source: TraceSource): Promise<number> {
  let rows = 0;
  for await (const chunk of source.chunks({ columns: ["pid"] })) rows += chunk.rows;
  return rows;
}

async function writeAll(
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
