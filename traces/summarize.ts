import { canLabel, columnsFor, HistoryLabeller } from "./label.ts";
import { openTrace } from "./read-trace.ts";
import { FILE_ORDER } from "./schema.ts";
import { TraceSummarizer, type TraceSummary } from "./summary.ts";

/** Summarises a trace file in constant memory; the history labels take a second pass over their columns. */
export async function summarizeTrace(path: string): Promise<TraceSummary> {
  const source = openTrace(path);
  const summarizer = new TraceSummarizer();
  const history = new HistoryLabeller();
  let possible = false;
  for await (const chunk of source.chunks()) {
    summarizer.observe(chunk);
    history.observe(chunk);
    possible ||= canLabel(chunk, "forced_eventually");
  }
  history.endOfTrace();
  let eventually: number | null = null;
  if (possible) {
    eventually = 0;
    for await (const chunk of source.chunks({ columns: columnsFor(["forced_eventually"]) }))
      for (const label of history.label(chunk)) eventually += label;
  }
  return summarizer.finish(source.meta, FILE_ORDER, eventually);
}
