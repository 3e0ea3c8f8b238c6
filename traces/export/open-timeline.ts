import { InputError } from "../input-error.ts";
import { openFtrace } from "./ftrace.ts";
import { openPerfetto } from "./perfetto.ts";
import { openReport } from "./report.ts";
import { TIMELINE_NAMES, type TimelineKind, timelineKind } from "./timeline-kind.ts";
import type { TimelineAbout, TimelineSink } from "./timeline-sink.ts";

const OPEN: Record<TimelineKind, (path: string, about: TimelineAbout) => TimelineSink> = {
  perfetto: openPerfetto,
  ftrace: openFtrace,
  report: openReport,
};

/**
 * Opens an exporter.
 * @param kind By default the one that goes with the name.
 */
export function openTimeline(
  path: string,
  about: TimelineAbout = {},
  kind = timelineKind(path),
): TimelineSink {
  if (kind) return OPEN[kind](path, about);
  throw new InputError("the kind of timeline is not clear from the name", {
    file: path,
    expected: TIMELINE_NAMES,
  });
}
