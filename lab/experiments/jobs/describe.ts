/** What traces hold, before anything is learnt from them. */

import { examplesFrom } from "../../../model/examples.ts";
import { raw } from "../../../model/feature-sets.ts";
import type { FeatureName } from "../../../model/features.ts";
import { anovaF } from "../../../model/preprocess/anova.ts";
import type { Target } from "../../../traces/schema.ts";
import { summarizeTrace } from "../../../traces/summarize.ts";
import { readTraces } from "../../read-traces.ts";

export interface ScoreJob {
  files: readonly string[];
  target: Target;
  columns: readonly FeatureName[];
}

/** ANOVA's F of each column between the classes, all files together; null where it is not defined. */
export async function scoreInputs({ files, target, columns }: ScoreJob): Promise<(number | null)[]> {
  const tables = await readTraces(files);
  const { rows, columns: values, labels } = examplesFrom(tables, target, columns.map(raw));
  const all = Uint32Array.from({ length: rows }, (_, r) => r);
  return values.map((column) => {
    const f = anovaF(column, labels, all);
    return Number.isFinite(f) ? f : null;
  });
}

export interface ClassCounts {
  rows: number;
  forced: number;
  /** Calls of histories that end in a forced migration. */
  histories: number;
}

export async function countClasses({ files }: { files: readonly string[] }): Promise<ClassCounts> {
  const counts = { rows: 0, forced: 0, histories: 0 };
  for (const file of files) {
    const { rows, positives } = await summarizeTrace(file);
    counts.rows += rows;
    counts.forced += positives.forced_now ?? 0;
    counts.histories += positives.forced_eventually ?? 0;
  }
  return counts;
}
