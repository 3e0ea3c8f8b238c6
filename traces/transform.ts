import seedrandom from "seedrandom";
import { InputError } from "./input-error.ts";
import { withChange } from "./metadata.ts";
import { digestOf, partMetadata } from "./parts.ts";
import { openTrace, type TraceSource } from "./read-trace.ts";
import { RowCursor } from "./row-cursor.ts";
import { sliceTable, takeRows } from "./table.ts";
import { writeAll } from "./write-all.ts";

/** Files from files: head, sample and split (merge.ts has merge), all in constant memory. Each returns the rows written. */

export { mergeTraces } from "./merge.ts";

/** The first `rows` rows. */
export async function headTrace(inPath: string, outPath: string, rows: number): Promise<number> {
  const source = openTrace(inPath);
  const meta = { ...source.meta };
  return writeAll(outPath, meta, async (writer) => {
    for await (const chunk of source.chunks()) {
      const left = rows - writer.rows;
      writer.write(sliceTable(chunk, 0, left));
      if (chunk.rows > left || (source.rows ?? Number.POSITIVE_INFINITY) > rows)
        meta.changes = withChange(source.meta, { command: "trace head", rows });
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
  const meta = { ...source.meta };
  if (rows < left) meta.changes = withChange(meta, { command: "trace sample", rows, seed });
  return writeAll(outPath, meta, async (writer) => {
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

/**
 * Consecutive parts with equal row counts (the first ones one row longer), which know that they belong together (parts.ts).
 * Returns the rows of each part.
 */
export async function splitTrace(inPath: string, outPaths: readonly string[]): Promise<number[]> {
  const source = openTrace(inPath);
  const total = source.rows ?? (await countRows(source));
  const parts = outPaths.length;
  if (parts > 1 && parts > total)
    throw new InputError("the trace has fewer rows than there are to be parts", {
      file: inPath,
      option: "parts",
      found: parts,
      expected: `at most ${total}`,
      hint: "Ask for fewer parts.",
    });
  const sizes = outPaths.map((_, p) => Math.floor(total / parts) + (p < total % parts ? 1 : 0));
  const recording = await digestOf(inPath);
  const chunks = new RowCursor(source);
  try {
    for (const [p, outPath] of outPaths.entries())
      await writeAll(outPath, partMetadata(source.meta, recording, p, parts), async (writer) => {
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

async function countRows(source: TraceSource): Promise<number> {
  let rows = 0;
  for await (const chunk of source.chunks({ columns: ["pid"] })) rows += chunk.rows;
  return rows;
}
