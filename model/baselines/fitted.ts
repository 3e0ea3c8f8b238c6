/**
 * The two baselines that learn, fitted to the same inputs and rows as a network, and thresholded by the same rule.
 * Plain data: stored beside a model file so that later evaluations can show them.
 */
import { bestThreshold } from "../evaluation/threshold.ts";
import type { Matrix } from "../matrix.ts";
import type { TrainerConfig } from "../trainer/config.ts";
import { classWeights } from "../trainer/loss.ts";
import { fitLogistic, type Logistic, logisticScores } from "./logistic.ts";
import { fitTree, type Tree, treeScores } from "./tree.ts";

export interface FittedBaselines {
  logistic: Logistic & { threshold: number };
  tree: Tree & { threshold: number };
}

/** Of the tree: at most 16 leaves. */
const DEPTH = 4;

export function fitBaselines(
  data: Matrix,
  validation: Matrix | null,
  config: Pick<TrainerConfig, "classWeights" | "threshold">,
): FittedBaselines {
  const logistic = fitLogistic(data, config.classWeights);
  const tree = fitTree(data, {
    depth: DEPTH,
    leastRows: Math.max(1, Math.min(20, Math.floor(data.rows / 200))),
    weights: classWeights(config.classWeights, data.labels),
  });
  const judge = validation ?? data;
  const cut = (scores: Float64Array) => bestThreshold(config.threshold, scores, judge.labels);
  return {
    logistic: { ...logistic, threshold: cut(logisticScores(logistic, judge)) },
    tree: { ...tree, threshold: cut(treeScores(tree, judge)) },
  };
}
