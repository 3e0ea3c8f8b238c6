import { InputError } from "../input-error.ts";
import { openFtrace } from "./ftrace.ts";
import { openPerfetto } from "./perfetto.ts";
import { openReport } from "./report.ts";
import type { TimelineSink } from "./timeline-sink.ts";

export const TIMELINE_KINDS = ["perfetto", "ftrace", "report"] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** What to write behind --timeline, for help and errors. */
export const TIMELINE_NAMES =
  "a name that ends in .pftrace (Perfetto), .ftrace (ftrace text) or .report.txt (as trace-cmd report prints it)";

/**
 * The kind of timeline that goes with the name: `.pftrace` for Perfetto, `.report.txt` for the text of `trace-cmd report`,
 * `.ftrace` or any other `.txt` for ftrace text.
 */
export function timelineKind(path: string): TimelineKind | undefined {
  if (/\.(pftrace|perfetto-trace)$/.test(path)) return "perfetto";
  if (/\.report(\.txt)?$/.test(path)) return "report";
  return /\.(ftrace|txt)$/.test(path) ? "ftrace" : undefined;
}

const OPEN: Record<TimelineKind, (path: string, cpus?: number) => TimelineSink> = {
  perfetto: openPerfetto,
  ftrace: openFtrace,
  report: openReport,
};

/**
 * Opens an exporter.
 * @param cpus CPUs of the machine, where they are known.
 * @param kind By default the one that goes with the name.
 */
export function openTimeline(path: string, cpus?: number, kind = timelineKind(path)): TimelineSink {
  if (kind) return OPEN[kind](path, cpus);
  throw new InputError("the kind of timeline is not clear from the name", {
    file: path,
    expected: TIMELINE_NAMES,
  });
}
