import type { RecordingFormat } from "../format.ts";
import { FtraceRow } from "../ftrace-row.ts";
import { hasRow, textClaims } from "../text-rows.ts";
import { ftraceRemark } from "./ftrace-lines.ts";

/**
 * The text of `trace-cmd report`, with its plugins or raw (-R has words of its own and is not read), and what simulations
 * write as .report.txt. Without flags, so the cause of a wake-up yields.
 */
export const traceCmd: RecordingFormat = {
  name: "trace-cmd report",
  detects: (first) => hasRow(first, (words) => new FtraceRow(words)),
  read: (file) => textClaims(file, (words) => new FtraceRow(words), ftraceRemark),
};
