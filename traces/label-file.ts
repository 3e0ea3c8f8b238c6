import { refuseUndecided } from "./impossible.ts";
import { InputError } from "./input-error.ts";
import { columnsFor, HistoryLabeller, labelRows, neededFor } from "./label.ts";
import { type LabelColumns, ParquetTraceWriter } from "./parquet.ts";
import { openTrace } from "./read-trace.ts";
import { NUMERIC_NAMES, TARGETS, type Target } from "./schema.ts";

export interface LabelFileResult {
  rows: number;
  /** Rows labelled forced_eventually. */
  labelled: number;
  /** Forced records, the seeds of the histories. */
  forced: number;
  /** Label columns written. */
  targets: Target[];
}

/**
 * Writes a trace again with its label columns (`label_migrate`, `label_forced_eventually`, ...), in constant memory: two
 * passes over the file. Targets whose columns are unknown throughout are left out; forced_eventually must be possible.
 */
export async function labelFile(inPath: string, outPath: string): Promise<LabelFileResult> {
  const source = openTrace(inPath);
  const history = new HistoryLabeller();
  const known = new Set<string>();
  let forced = 0;
  let rows = 0;
  for await (const chunk of source.chunks({ columns: columnsFor(TARGETS) })) {
    refuseUndecided(chunk, inPath, rows);
    rows += chunk.rows;
    history.observe(chunk);
    const { migration } = chunk.numeric;
    for (let i = 0; i < chunk.rows; i++) if (migration[i] === 2) forced++;
    for (const name of NUMERIC_NAMES)
      if (!known.has(name) && !chunk.numeric[name].every(Number.isNaN)) known.add(name);
  }
  history.endOfTrace();
  const isKnown = (target: Target) => neededFor(target).every((name) => known.has(name));
  const targets = known.size === 0 ? [...TARGETS] : TARGETS.filter(isKnown);
  if (!targets.includes("forced_eventually"))
    throw new InputError("the histories of forced migrations cannot be told apart", {
      file: inPath,
      found: `no values of ${neededFor("forced_eventually").filter((name) => !known.has(name))}`,
      expected: neededFor("forced_eventually").join(", "),
      hint: "Record these columns.",
    });

  const writer = new ParquetTraceWriter(outPath, source.meta, { labels: targets });
  let labelled = 0;
  try {
    for await (const chunk of source.chunks()) {
      const labels: LabelColumns = {};
      for (const target of targets)
        labels[target] = target === "forced_eventually" ? history.label(chunk) : labelRows(chunk, target);
      for (const label of labels.forced_eventually!) labelled += label;
      writer.write(chunk, labels);
    }
    writer.close();
  } catch (error) {
    writer.abort();
    throw error;
  }
  return { rows: writer.rows, labelled, forced, targets };
}
