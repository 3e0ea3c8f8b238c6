import type { Claim } from "./claim.ts";
import type { RecordingFile } from "./recording-file.ts";

/** What recordings may be, for messages and help. */
export const RECORDING_NAMES =
  "text of ftrace (trace, trace_pipe, atrace), trace-cmd report, perf sched script or perf script, a systrace page, or a Perfetto trace";

/** A kind of recording: one small file in formats/ for each. */
export interface RecordingFormat {
  /** What messages and results call it. */
  readonly name: string;
  /** Whether a file with these first bytes is of this kind; names of files say nothing. */
  detects(first: Uint8Array): boolean;
  /**
   * What the recording says, in batches; order is mended and times are counted from the first event by in-order.ts.
   * @throws InputError where the file breaks off or turns out to be something else.
   */
  read(file: RecordingFile): AsyncGenerator<readonly Claim[]>;
}
