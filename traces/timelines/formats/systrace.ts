import type { RecordingFormat } from "../format.ts";
import { FtraceRow } from "../ftrace-row.ts";
import { textClaims, textOf } from "../text-rows.ts";
import { ftraceRemark } from "./ftrace-lines.ts";

/** Ftrace text inside the HTML page of Android's systrace: the page's own lines are none of its rows. */
export const systrace: RecordingFormat = {
  name: "systrace HTML",
  detects: (first) => /^\s*<(!doctype html|html)\b/i.test(textOf(first.subarray(0, 1024))),
  read: (file) => textClaims(file, (words) => new FtraceRow(words), ftraceRemark),
};
