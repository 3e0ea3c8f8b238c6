import { InputError } from "../input-error.ts";
import { openFtrace } from "./ftrace.ts";
import { openPerfetto } from "./perfetto.ts";
import type { TimelineSink } from "./timeline-sink.ts";

/** Opens the exporter that goes with the name: `.pftrace` for Perfetto, `.ftrace` or `.txt` for ftrace text. */
export function openTimeline(path: string): TimelineSink {
  if (/\.(pftrace|perfetto-trace)$/.test(path)) return openPerfetto(path);
  if (/\.(ftrace|txt)$/.test(path)) return openFtrace(path);
  throw new InputError("the kind of timeline is not clear from the name", {
    file: path,
    expected: "a name ending in .pftrace (Perfetto) or .ftrace (ftrace text)",
  });
}
