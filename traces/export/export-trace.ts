import { writeCsv } from "../csv.ts";
import { openTrace } from "../read-trace.ts";
import { writeSidecar } from "../write-sidecar.ts";
import { DECISION_COLUMNS, decisionEvents } from "./decisions.ts";
import type { ExportFormat } from "./formats.ts";
import { openTimeline } from "./open-timeline.ts";

export interface ExportResult {
  rows: number;
  /** Rows of which too little is known for the format: text has a place for decisions of known CPUs only. */
  leftOut: number;
  /** What a person should know about the metadata, which stand beside a CSV file. */
  remark?: string;
}

/** Exports a trace file in constant memory. */
export async function exportTrace(
  inPath: string,
  format: ExportFormat,
  outPath: string,
): Promise<ExportResult> {
  const source = openTrace(inPath);
  if (format === "csv") {
    const rows = await writeCsv(outPath, source.chunks());
    const remark = writeSidecar(outPath, source.meta);
    return { rows, leftOut: 0, ...(remark === undefined ? {} : { remark }) };
  }
  const sink = openTimeline(outPath, { made: source.meta.made }, format);
  let events = 0;
  try {
    for await (const event of decisionEvents(source.chunks({ columns: DECISION_COLUMNS }))) {
      sink.event(event);
      events++;
    }
    sink.close();
  } catch (error) {
    sink.abort();
    throw error;
  }
  return { rows: events - sink.leftOut, leftOut: sink.leftOut };
}
