/**
 * Whether a score could be luck: the same training with the labels of the training rows shuffled. A shuffled model must
 * come out at chance (balanced accuracy one half) on held-out rows; the share of shuffled models at least as good as the
 * real one is the p-value (Ojala and Garriga, JMLR 2010). A shuffled model above chance means the evaluation leaks.
 */
import type { Matrix } from "../matrix.ts";
import { type RandomSeed, RandomState, seedFrom } from "../numerics/random-state.ts";
import type { TrainerConfig } from "../trainer/config.ts";
import { predictLogits } from "../trainer/predict.ts";
import { Trainer } from "../trainer/trainer.ts";
import { averagePrecision, balancedAccuracy, confusionOf } from "./metrics.ts";

/** How a model fares beside models that were trained on shuffled labels. */
export interface PermutationResult {
  /** Balanced accuracy at the probability one half, with balanced class weights, on the test rows. */
  real: number;
  shuffled: number[];
  /** Area under precision-recall of the real model; chance is the share of positives. */
  realPrAuc: number | null;
  /** (1 + shuffled models at least as good) / (1 + models). */
  pValue: number;
}

/**
 * Trains 1 + `models` networks. Classes are weighed to be equal, so that chance is one half whatever their sizes.
 */
export function permutationTest(
  train: Matrix,
  test: Matrix,
  config: TrainerConfig,
  models: number,
  random: () => number,
): PermutationResult {
  const judged: TrainerConfig = { ...config, classWeights: "balanced", patience: null };
  const order = new RandomState(seedFrom(random));
  const seed = seedFrom(random);
  const scoreOf = (data: Matrix) => {
    const logits = trainAndScore(data, test, judged, seed);
    return {
      balanced: balancedAccuracy(confusionOf(logits, test.labels, 0)),
      prAuc: averagePrecision(logits, test.labels),
    };
  };
  const real = scoreOf(train);
  const shuffled: number[] = [];
  for (let m = 0; m < models; m++) {
    const permutation = Uint32Array.from({ length: train.rows }, (_, r) => r);
    order.shuffle(permutation);
    const labels = Uint8Array.from(permutation, (r) => train.labels[r]);
    shuffled.push(scoreOf({ ...train, labels }).balanced);
  }
  const asGood = shuffled.filter((s) => s >= real.balanced).length;
  return { real: real.balanced, shuffled, realPrAuc: real.prAuc, pValue: (1 + asGood) / (1 + models) };
}

function trainAndScore(train: Matrix, test: Matrix, config: TrainerConfig, seed: RandomSeed): Float64Array {
  const trainer = new Trainer(train, null, config, { weights: seed, order: seed });
  while (!trainer.done) trainer.runEpoch();
  return predictLogits(trainer.shape, trainer.best.parameters, test);
}
