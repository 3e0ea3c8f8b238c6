import { statSync } from "node:fs";
import { bootstrapDraws, bootstrapIntervals, type Draws } from "../../../model/evaluation/bootstrap.ts";
import { type Metrics, metricsOf } from "../../../model/evaluation/metrics.ts";
import { fixedPointLogits, scoreRows } from "../../../model/evaluation/scoring.ts";
import { readNt } from "../../../model/nt-read.ts";
import { readCard } from "../../../model/training-card.ts";
import { trainingColumns } from "../../../model/training-columns.ts";
import { randomStream } from "../../../sim/engine/random.ts";
import { labelTable } from "../../../traces/label.ts";
import { decisionOf, ruleReason } from "../../../traces/rule.ts";
import { readTraces } from "../../read-traces.ts";

export interface JudgeFileJob {
  model: string;
  files: readonly string[];
  seed: string;
  resamples: number;
}

/** A model file on traces: as the kernel decides with it, in fixed point. */
export interface FileVerdict {
  bytes: number;
  rows: number;
  positives: number;
  /** At its own threshold, and cut at the base rate of what it learned from. */
  own: Metrics;
  atBaseRate: Metrics;
  rule: Metrics;
  /** PR-AUC and MCC at its own threshold in each resample: draw by draw the same rows for equal traces and seeds. */
  draws: Pick<Draws, "prAuc" | "mcc">;
}

export async function judgeFile({ model, files, seed, resamples }: JudgeFileJob): Promise<FileVerdict> {
  const { net, fixed } = readNt(model);
  const tables = await readTraces(files, trainingColumns(net.target, net.inputs));
  const labels = tables.map((table) => labelTable(table, net.target));
  const all = Uint8Array.from(labels.flatMap((each) => [...each]));
  const { rows, matrix } = scoreRows(net, tables, all);
  const { logits, threshold } = fixedPointLogits(fixed, tables, rows);
  const bootstrap = () => ({ resamples, random: randomStream(seed, "bootstrap") });
  const judge = (scores: ArrayLike<number>, cut: number): Metrics => ({
    ...metricsOf(scores, matrix.labels, cut),
    intervals: bootstrapIntervals(scores, matrix.labels, cut, bootstrap()),
  });
  const { prAuc, mcc } = bootstrapDraws(logits, matrix.labels, threshold, bootstrap());
  const least = net.target === "migrate" ? 1 : 2;
  // table by table: each has its own migration cost
  const answers = tables.flatMap((table) =>
    Array.from({ length: table.rows }, (_, i) => (decisionOf(ruleReason(table, i)) >= least ? 1 : -1)),
  );
  const rule = Float64Array.from(rows, (row) => answers[row]);
  return {
    bytes: statSync(model).size,
    rows: rows.length,
    positives: matrix.labels.reduce((sum, y) => sum + y, 0),
    own: judge(logits, threshold),
    atBaseRate: judge(logits, readCard(model)!.operatingPoints.balanced),
    rule: metricsOf(rule, matrix.labels, 0),
    draws: { prAuc, mcc },
  };
}
