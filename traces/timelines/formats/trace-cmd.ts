import type { RecordingFormat } from "../format.ts";
import { FtraceRow } from "../ftrace-row.ts";
import { LatencyRow } from "../latency-row.ts";
import type { Scanner } from "../scanner.ts";
import { hasRow, textClaims } from "../text-rows.ts";
import { ftraceRemark } from "./ftrace-lines.ts";

const withFlags = (words: Scanner): LatencyRow => new LatencyRow(words);
const withoutFlags = (words: Scanner): FtraceRow => new FtraceRow(words);

/**
 * The text of `trace-cmd report`, with its plugins, without (-N) or raw (-R), and what simulations write as .report.txt. Without
 * flags the cause of a wake-up yields; the option -l has them.
 */
export const traceCmd: RecordingFormat = {
  name: "trace-cmd report",
  detects: (first) => hasRow(first, withoutFlags, (rows) => rows.isNamed()) || hasRow(first, withFlags),
  read: (file) => textClaims(file, hasRow(file.first, withFlags) ? withFlags : withoutFlags, ftraceRemark),
};
