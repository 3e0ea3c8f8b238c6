import type { RecordingFormat } from "../format.ts";
import { FtraceRow } from "../ftrace-row.ts";
import { LatencyRow } from "../latency-row.ts";
import type { Scanner } from "../scanner.ts";
import { hasRow, textClaims, textOf } from "../text-rows.ts";
import { ftraceRemark } from "./ftrace-lines.ts";

const usual = (words: Scanner): FtraceRow => new FtraceRow(words);
const latency = (words: Scanner): LatencyRow => new LatencyRow(words);
const isLatencyFormat = (first: Uint8Array): boolean => hasRow(first, latency, (rows) => rows.inMicroseconds);

/**
 * What the kernel prints itself: /sys/kernel/tracing/trace and trace_pipe, and Android's atrace, with or without the column
 * of the thread group, or as the option latency-format has it; also what simulations write as .ftrace. Flags say what was done in an interrupt, so causes of
 * wake-ups are known; where the option irq-info is off they yield.
 */
export const ftrace: RecordingFormat = {
  name: "ftrace",
  detects: (first) =>
    /^\s*(TRACE:\s*)?# tracer: /m.test(textOf(first).slice(0, 4096)) ||
    hasRow(first, usual, (rows) => !rows.row.noFlags && rows.isNamed()) ||
    isLatencyFormat(first),
  read: (file) => textClaims(file, isLatencyFormat(file.first) ? latency : usual, ftraceRemark),
};
