/** How well histories are told by a learner, and by the rule. */
import { bootstrapDraws, bootstrapIntervals, type Draws } from "../../../model/evaluation/bootstrap.ts";
import { averagePrecision, type Metrics, metricsOf } from "../../../model/evaluation/metrics.ts";
import { bestThreshold } from "../../../model/evaluation/threshold.ts";
import { concatRows } from "../../../model/matrix.ts";
import { validationBlocks } from "../../../model/split.ts";
import { randomStream } from "../../../sim/engine/random.ts";
import { type Known, type Learning, matrixOf, scalesOf, scoresOf } from "./learners.ts";

/** By the name of the test set. */
export type Predicted = Record<string, Prediction>;

export interface Prediction {
  rows: number;
  positives: number;
  /** Cut where MCC is highest on what was trained on. */
  byMcc: Metrics;
  /** Cut where balanced accuracy is. */
  balanced: Metrics;
  /** Average precision among rows that are not forced now, and their base rate. */
  notForcedNow: Share;
  /** The same without those of which the same history was forced before: they belong to it by definition. */
  ahead: Share;
  /** The stock rule's “forced now” as a prediction. */
  rule: Metrics;
  /** The same, or forced before. */
  ruleAndBefore: Metrics;
  /** PR-AUC and MCC in each resample: draw by draw the same rows for equal test sets and seeds. */
  draws: Pick<Draws, "prAuc" | "mcc">;
}

/** Among some of the rows. */
export interface Share {
  prAuc: number | null;
  baseRate: number;
}

/**
 * Has the learner learn from what is known of some runs, and judges it on others.
 * @param tests By name, one after the other.
 */
export async function learnAndJudge(
  learning: Learning,
  known: Known,
  tests: Iterable<readonly [name: string, known: () => Promise<Known>]>,
  resamples: number,
): Promise<Predicted> {
  const { seed } = learning;
  const scales = scalesOf(known.columns);
  const all = Uint32Array.from(known.labels.keys());
  const { train: rows, test: kept } = validationBlocks(all, known.run);
  const training = matrixOf(known, scales, rows);
  const validation = matrixOf(known, scales, kept);
  const score = scoresOf(learning, training, validation);
  const seen = learning.learner === "network" ? concatRows(training, validation) : validation;
  const seenScores = score(seen);
  const cuts = {
    byMcc: bestThreshold("mcc", seenScores, seen.labels),
    balanced: bestThreshold("balanced", seenScores, seen.labels),
  };
  const predicted: Predicted = {};
  for (const [name, read] of tests) {
    const test = await read();
    const { labels, forcedNow, forcedBefore } = test;
    const scores = score(matrixOf(test, scales, Uint32Array.from(labels.keys())));
    const bootstrap = () => ({ resamples, random: randomStream(seed, "bootstrap") });
    const judge = (of: ArrayLike<number>, cut: number): Metrics => ({
      ...metricsOf(of, labels, cut),
      intervals: bootstrapIntervals(of, labels, cut, bootstrap()),
    });
    const among = (wanted: (row: number) => boolean): Share => {
      const open = [...labels.keys()].filter(wanted);
      const openLabels = Uint8Array.from(open, (i) => labels[i]);
      const positives = openLabels.reduce((sum, y) => sum + y, 0);
      const openScores = Float64Array.from(open, (i) => scores[i]);
      return {
        prAuc: positives > 0 ? averagePrecision(openScores, openLabels) : null,
        baseRate: positives / open.length,
      };
    };
    const { prAuc, mcc } = bootstrapDraws(scores, labels, cuts.byMcc, bootstrap());
    const answers = (yes: (row: number) => boolean) =>
      judge(
        Float64Array.from(labels, (_, i) => (yes(i) ? 1 : -1)),
        0,
      );
    predicted[name] = {
      rows: labels.length,
      positives: labels.reduce((sum, y) => sum + y, 0),
      byMcc: judge(scores, cuts.byMcc),
      balanced: judge(scores, cuts.balanced),
      notForcedNow: among((i) => forcedNow[i] === 0),
      ahead: among((i) => forcedNow[i] + forcedBefore[i] === 0),
      rule: answers((i) => forcedNow[i] === 1),
      ruleAndBefore: answers((i) => forcedNow[i] + forcedBefore[i] > 0),
      draws: { prAuc, mcc },
    };
  }
  return predicted;
}
