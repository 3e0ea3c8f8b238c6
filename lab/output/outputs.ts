import { openTimeline } from "../../traces/export/open-timeline.ts";
import type { TraceMetadata, TraceRow } from "../../traces/schema.ts";
import type { TimelineListener } from "../../traces/timeline.ts";
import type { OutputNames } from "./names.ts";
import { openTraceOut } from "./trace-out.ts";

export interface Outputs {
  row?: (row: Readonly<TraceRow>) => void;
  event?: TimelineListener;
  /** Gives the files their names. Returns a remark on what was not written as asked for. */
  close(): string | undefined;
  /** Drops what was written. Harmless after `close`. */
  abort(): void;
}

/**
 * Opens the files. What cannot be written is said here, before any work is done.
 * @param cpus CPUs of the chip.
 */
export function openOutputs({ out, timeline }: OutputNames, meta: TraceMetadata, cpus: number): Outputs {
  const trace = out === undefined ? undefined : openTraceOut(out, meta);
  try {
    const sink = timeline === undefined ? undefined : openTimeline(timeline, { cpus, made: meta.made });
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
