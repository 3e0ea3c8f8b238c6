/**
 * The two baselines that learn, fitted to the same inputs and rows as a network, and thresholded by the same rule.
 * Plain data: stored beside a model file so that later evaluations can show them.
 */
import {
  type OperatingPoints,
  operatingPoints,
  type ThresholdRule,
  thresholdAt,
} from "../evaluation/threshold.ts";
import { concatRows, type Matrix } from "../matrix.ts";
import type { TrainerConfig } from "../trainer/config.ts";
import { classOdds, classWeights } from "../trainer/loss.ts";
import { fitLogistic, type Logistic, logisticScores } from "./logistic.ts";
import { fitTree, type Tree, treeScores } from "./tree.ts";

interface Judging {
  threshold: number;
  points: OperatingPoints;
}

/** The simple judges that a model has to beat, fitted to the rows it learned from. */
export interface FittedBaselines {
  logistic: Logistic & Judging;
  tree: Tree & Judging;
}

/** Of the tree: at most 16 leaves. */
const DEPTH = 4;

/** @param classes Rows of each class before any were left out to balance them; by default those of `data`. */
export function fitBaselines(
  data: Matrix,
  validation: Matrix | null,
  config: Pick<TrainerConfig, "classWeights" | "threshold">,
  classes?: readonly [number, number],
): FittedBaselines {
  const weights = classWeights(config.classWeights, data.labels);
  const logistic = fitLogistic(data, config.classWeights);
  const leastRows = Math.max(1, Math.min(20, Math.floor(data.rows / 200)));
  const tree = fitTree(data, { depth: DEPTH, leastRows, weights });
  const rows = validation ? concatRows(data, validation) : data;
  const odds = classOdds(data.labels, weights, classes);
  const judging = (logits: Float64Array): Judging => {
    const points = operatingPoints({ logits, labels: rows.labels }, odds, true);
    return { threshold: thresholdAt(config.threshold, points), points };
  };
  return {
    logistic: { ...logistic, ...judging(logisticScores(logistic, rows)) },
    tree: { ...tree, ...judging(treeScores(tree, rows)) },
  };
}

/** The same baselines, cut by another rule. */
export function baselinesAt(rule: ThresholdRule, { logistic, tree }: FittedBaselines): FittedBaselines {
  return {
    logistic: { ...logistic, threshold: thresholdAt(rule, logistic.points) },
    tree: { ...tree, threshold: thresholdAt(rule, tree.points) },
  };
}
