/** How well histories can be told, by what one knows: a learner on columns that no kernel has (knowledge.ts), or has (counters.ts). */
import { featureColumn } from "../../../model/feature-values.ts";
import { labelTable } from "../../../traces/label.ts";
import type { TraceTable } from "../../../traces/schema.ts";
import { readTraces } from "../../read-traces.ts";
import { type Counter, counterColumns } from "./counters.ts";
import { futureColumns, historyColumns, keysOf, rowColumns, type Scope } from "./knowledge.ts";
import { joinRuns, type KnownRun, type Learning } from "./learners.ts";
import { learnAndJudge, type Predicted } from "./prediction.ts";

export interface Knowledge {
  row: boolean;
  /** What counters of the past are kept for. */
  history: readonly Scope[];
  /** Those of a kernel. */
  counters?: readonly Counter[];
  /** How far one sees, ns; 0: not at all. */
  horizonNs: number;
}

export interface PredictJob extends Learning {
  knowledge: Knowledge;
  train: readonly string[];
  tests: Readonly<Record<string, readonly string[]>>;
  resamples: number;
}

export async function predict({
  knowledge,
  train,
  tests,
  resamples,
  ...learning
}: PredictJob): Promise<Predicted> {
  const known = async (files: readonly string[]) =>
    joinRuns((await readTraces(files)).map((table) => knownOf(table, knowledge)));
  const judged = Object.entries(tests).map(([name, files]) => [name, () => known(files)] as const);
  return learnAndJudge(learning, await known(train), judged, resamples);
}

/** The row, and what else is to be known. */
export function knownOf(table: TraceTable, knowledge: Knowledge): KnownRun {
  const keys = keysOf(table);
  const rowKnown = rowColumns(table);
  return {
    columns: {
      "rule: forced": rowKnown["rule: forced"],
      ...(knowledge.row ? rowKnown : {}),
      ...historyColumns(table, keys, knowledge.history),
      ...counterColumns(table, keys, knowledge.counters ?? []),
      ...(knowledge.horizonNs > 0 ? futureColumns(table, keys, knowledge.horizonNs) : {}),
    },
    labels: labelTable(table, "forced_eventually"),
    forcedNow: Uint8Array.from(rowKnown["rule: forced"]),
    forcedBefore: Uint8Array.from(featureColumn(table, "task_forced_before")),
  };
}
