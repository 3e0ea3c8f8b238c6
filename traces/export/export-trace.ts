import { writeCsv } from "../csv.ts";
import { openTrace } from "../read-trace.ts";
import { DECISION_COLUMNS, decisionEvents } from "./decisions.ts";
import { openFtrace } from "./ftrace.ts";
import { openPerfetto } from "./perfetto.ts";

/** Exports a trace file in constant memory; returns the rows. */
export async function exportTrace(
  inPath: string,
  format: "csv" | "ftrace" | "perfetto",
  outPath: string,
): Promise<number> {
  const source = openTrace(inPath);
  if (format === "csv") return writeCsv(outPath, source.chunks());
  const sink = format === "ftrace" ? openFtrace(outPath) : openPerfetto(outPath);
  let rows = 0;
  try {
    for await (const event of decisionEvents(source.chunks({ columns: DECISION_COLUMNS }))) {
      sink.event(event);
      rows++;
    }
    sink.close();
  } catch (error) {
    sink.abort();
    throw error;
  }
  return rows;
}
