import { openTimeline, TIMELINE_NAMES, timelineKind } from "../../traces/export/open-timeline.ts";
import { RequestError } from "../../traces/input-error.ts";
import type { TraceMetadata, TraceRow } from "../../traces/schema.ts";
import type { TimelineListener } from "../../traces/timeline.ts";
import { isSameFile, refuseReplacingInputs } from "../files/output-files.ts";
import { isTraceName, openTraceOut } from "./trace-out.ts";

/** The files that a simulation writes. */
export interface OutputNames {
  /** .parquet, .csv, .csv.gz */
  out?: string;
  /** .pftrace, .ftrace, .report.txt */
  timeline?: string;
}

export interface Outputs {
  row?: (row: Readonly<TraceRow>) => void;
  event?: TimelineListener;
  /** Gives the files their names. Returns a remark on what was not written as asked for. */
  close(): string | undefined;
  /** Drops what was written. Harmless after `close`. */
  abort(): void;
}

/**
 * Refuses names that no file of the kind can have, and one file for two purposes.
 * @param inputs Names that are read; those that are no files do no harm.
 * @throws RequestError
 */
export function checkOutputNames({ out, timeline }: OutputNames, inputs: readonly string[]): void {
  if (out !== undefined && !isTraceName(out))
    throw new RequestError("out", "needs a name that ends in .parquet, .csv or .csv.gz", { found: out });
  if (timeline !== undefined && timelineKind(timeline) === undefined)
    throw new RequestError("timeline", `needs ${TIMELINE_NAMES}`, { found: timeline });
  if (out !== undefined && timeline !== undefined && isSameFile(out, timeline))
    throw new RequestError("timeline", `needs another file than the trace, which is ${out}`, {
      found: timeline,
    });
  for (const [option, name] of Object.entries({ out, timeline }))
    if (name !== undefined) refuseReplacingInputs([name], inputs, option);
}

/**
 * Opens the files. What cannot be written is said here, before any work is done.
 * @param cpus CPUs of the chip.
 */
export function openOutputs({ out, timeline }: OutputNames, meta: TraceMetadata, cpus: number): Outputs {
  const trace = out === undefined ? undefined : openTraceOut(out, meta);
  try {
    const sink = timeline === undefined ? undefined : openTimeline(timeline, cpus);
    return {
      row: trace && ((row) => trace.append(row)),
      event: sink && ((event) => sink.event(event)),
      close() {
        const remark = trace?.close();
        sink?.close();
        return remark;
      },
      abort() {
        trace?.abort();
        sink?.abort();
      },
    };
  } catch (error) {
    trace?.abort();
    throw error;
  }
}
