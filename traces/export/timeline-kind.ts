export const TIMELINE_KINDS = ["perfetto", "ftrace", "report"] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** How a timeline is to be named, for help and errors. */
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
