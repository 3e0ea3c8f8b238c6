import type { RecordingFormat } from "../format.ts";
import { FtraceRow } from "../ftrace-row.ts";
import { hasRow, textClaims, textOf } from "../text-rows.ts";
import { ftraceRemark } from "./ftrace-lines.ts";

/**
 * What the kernel prints itself: /sys/kernel/tracing/trace and trace_pipe, and Android's atrace, with or without the column
 * of the thread group; also what simulations write as .ftrace. Flags say what was done in an interrupt, so causes of
 * wake-ups are known; where the option irq-info is off they yield.
 */
export const ftrace: RecordingFormat = {
  name: "ftrace",
  detects: (first) =>
    /^\s*(TRACE:\s*)?# tracer: /m.test(textOf(first).slice(0, 4096)) ||
    hasRow(
      first,
      (words) => new FtraceRow(words),
      ({ row }) => !row.noFlags,
    ),
  read: (file) => textClaims(file, (words) => new FtraceRow(words), ftraceRemark),
};
