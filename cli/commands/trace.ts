import type { Command } from "commander";
import { registerCheck } from "../trace/check.ts";
import { registerExport } from "../trace/export.ts";
import { registerHead } from "../trace/head.ts";
import { registerImport } from "../trace/import.ts";
import { registerInfo } from "../trace/info.ts";
import { registerLabel } from "../trace/label.ts";
import { registerMerge } from "../trace/merge.ts";
import { registerSample } from "../trace/sample.ts";
import { registerShow } from "../trace/show.ts";
import { registerSplit } from "../trace/split.ts";

/** `nicetries trace`: bring traces in, look at them, check, label, cut and export them. */
export function register(trace: Command): void {
  registerImport(trace);
  registerInfo(trace);
  registerShow(trace);
  registerCheck(trace);
  registerLabel(trace);
  registerHead(trace);
  registerSample(trace);
  registerSplit(trace);
  registerMerge(trace);
  registerExport(trace);
}
