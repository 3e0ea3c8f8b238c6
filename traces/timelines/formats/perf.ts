import type { RecordingFormat } from "../format.ts";
import { PerfRow } from "../perf-row.ts";
import { hasRow, type Remark, textClaims } from "../text-rows.ts";

/** What `perf script` shows of lost records, with --show-lost-events. */
function perfRemark(line: string): Remark[] {
  const lost = /PERF_RECORD_LOST(?:_SAMPLES)?\D+(\d+)/.exec(line);
  return lost ? [{ type: "loss", cpu: undefined, events: Number(lost[1]) }] : [];
}

/** The text of `perf script` and `perf sched script`, of any age. Without flags, so the cause of a wake-up yields. */
export const perfScript: RecordingFormat = {
  name: "perf script",
  detects: (first) => hasRow(first, (words) => new PerfRow(words)),
  read: (file) => textClaims(file, (words) => new PerfRow(words), perfRemark),
};
