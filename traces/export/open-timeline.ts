import { InputError } from "../input-error.ts";
import { openFtrace } from "./ftrace.ts";
import { openPerfetto } from "./perfetto.ts";
import type { TimelineSink } from "./timeline-sink.ts";

/** The kind of timeline that goes with the name: `.pftrace` for Perfetto, `.ftrace` or `.txt` for ftrace text. */
export function timelineKind(path: string): "perfetto" | "ftrace" | undefined {
  if (/\.(pftrace|perfetto-trace)$/.test(path)) return "perfetto";
  return /\.(ftrace|txt)$/.test(path) ? "ftrace" : undefined;
}

/** Opens the exporter that goes with the name. */
export function openTimeline(path: string): TimelineSink {
  const kind = timelineKind(path);
  if (kind === "perfetto") return openPerfetto(path);
  if (kind === "ftrace") return openFtrace(path);
  throw new InputError("the kind of timeline is not clear from the name", {
    file: path,
    expected: "a name ending in .pftrace (Perfetto) or .ftrace (ftrace text)",
  });
}
