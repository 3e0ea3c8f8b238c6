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
import { TREE_DEPTHS } from "../trainer/kinds.ts";
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

/** @param classes Rows of each class before any were left out to balance them; by default those of `data`. */
export function fitBaselines(
  data: Matrix,
  validation: Matrix | null,
  config: Pick<TrainerConfig, "classWeights" | "threshold">,
  classes?: readonly [number, number],
): FittedBaselines {
  const logistic = fitLogistic(data, config.classWeights);
  const judging = judgingOn(data, validation, config, classes);
  return {
    logistic: { ...logistic, ...judging((rows) => logisticScores(logistic, rows)) },
    tree: fitJudgedTree(data, validation, config, TREE_DEPTHS.usual, classes),
  };
}

/** The tree alone, of any depth. Parameters as of `fitBaselines`. */
export function fitJudgedTree(
  data: Matrix,
  validation: Matrix | null,
  config: Pick<TrainerConfig, "classWeights" | "threshold">,
  depth: number,
  classes?: readonly [number, number],
): FittedBaselines["tree"] {
  const weights = classWeights(config.classWeights, data.labels);
  const leastRows = Math.max(1, Math.min(20, Math.floor(data.rows / 200)));
  const tree = fitTree(data, { depth, leastRows, weights });
  return { ...tree, ...judgingOn(data, validation, config, classes)((rows) => treeScores(tree, rows)) };
}

/** Where to cut the scores that a baseline gives to training and validation rows. */
function judgingOn(
  data: Matrix,
  validation: Matrix | null,
  config: Pick<TrainerConfig, "classWeights" | "threshold">,
  classes?: readonly [number, number],
): (scores: (rows: Matrix) => Float64Array) => Judging {
  const rows = validation ? concatRows(data, validation) : data;
  const odds = classOdds(data.labels, classWeights(config.classWeights, data.labels), classes);
  return (scores) => {
    const points = operatingPoints({ logits: scores(rows), labels: rows.labels }, odds, true);
    return { threshold: thresholdAt(config.threshold, points), points };
  };
}

/** The same baselines, cut by another rule. */
export function baselinesAt(rule: ThresholdRule, { logistic, tree }: FittedBaselines): FittedBaselines {
  return {
    logistic: { ...logistic, threshold: thresholdAt(rule, logistic.points) },
    tree: { ...tree, threshold: thresholdAt(rule, tree.points) },
  };
}
