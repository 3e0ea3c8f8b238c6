/** After the last epoch: quantisation-aware fine-tuning, the threshold, and the network as others read it. */
import { InputError } from "../../traces/input-error.ts";
import type { Target } from "../../traces/schema.ts";
import { type OperatingPoints, operatingPoints, thresholdAt } from "../evaluation/threshold.ts";
import { concatRows, type Matrix } from "../matrix.ts";
import type { InputSpec, Net } from "../net.ts";
import { fakeQuantise } from "../quantise-fake.ts";
import type { TrainerConfig } from "./config.ts";
import { classOdds, classWeights, lossFunction } from "./loss.ts";
import { flatten, predictLogits, unflatten } from "./predict.ts";
import type { Shape } from "./shape.ts";
import type { Trainer } from "./trainer.ts";

export interface FinishData {
  inputs: InputSpec[];
  train: Matrix;
  validation: Matrix | null;
  /** Training and validation rows of each class before any were left out to balance them. */
  classes: readonly [number, number];
}

/** Fine-tuning starts at this share of the learning rate and falls to 0. */
const FINE_RATE = 0.1;

/**
 * The network of a trainer that is done, and where else it might be cut. Thresholds are chosen on training and validation
 * rows together: rare positives are worth more there than that the network has not seen them.
 * @throws InputError when the weights are not finite.
 */
export function finish(
  trainer: Trainer,
  data: FinishData,
  config: TrainerConfig,
  target: Target,
): { net: Net; points: OperatingPoints } {
  if (trainer.diverged || !trainer.best.parameters.every(Number.isFinite)) {
    const { learningRate, weightDecay } = config;
    // A step that takes more than twice of a weight away leaves it larger than it was.
    const decays = learningRate * weightDecay > 2;
    throw new InputError("the training diverged", {
      option: decays ? "weightDecay" : "learningRate",
      found: `${decays ? `weight decay ${weightDecay} at ` : ""}learning rate ${learningRate}, loss ${trainer.curve.at(-1)?.trainLoss}`,
      expected: "a finite loss",
      hint: "Train again with a smaller one.",
    });
  }
  const { shape } = trainer;
  if (config.quantisedBatches > 0) fineTune(trainer, data, config, target);
  const layers = unflatten(shape, trainer.best.parameters);
  const rows = data.validation ? concatRows(data.train, data.validation) : data.train;
  const logits = predictLogits(shape, flatten({ inputs: data.inputs, layers }).parameters, rows);
  const weights = classWeights(config.classWeights, data.train.labels);
  const odds = classOdds(data.train.labels, weights, data.classes);
  const points = operatingPoints({ logits, labels: rows.labels }, odds, config.loss === "cross-entropy");
  const threshold = Math.fround(thresholdAt(config.threshold, points));
  return { net: { target, threshold, inputs: data.inputs, layers }, points };
}

/** Keeps the fine-tuned weights only when the quantised network became better by them, on the rows that judge. */
function fineTune(trainer: Trainer, data: FinishData, config: TrainerConfig, target: Target): void {
  const { shape } = trainer;
  const asQuantised = (parameters: Float64Array) => quantised(shape, parameters, data.inputs, target);
  const before = trainer.best;
  const judge = data.validation ?? data.train;
  const loss = lossFunction(config, classWeights(config.classWeights, data.train.labels));
  const lossOf = (parameters: Float64Array) => {
    const logits = predictLogits(shape, asQuantised(parameters), judge);
    return logits.reduce((sum, z, r) => sum + loss.value(z, judge.labels[r]), 0) / judge.rows;
  };
  try {
    const lossBefore = lossOf(before.parameters);
    trainer.fineTune(config.quantisedBatches, config.learningRate * FINE_RATE, asQuantised);
    if (!(lossOf(trainer.best.parameters) < lossBefore)) trainer.best = before;
  } catch (error) {
    // Weights that no fixed point can hold: the float network stands, and whoever quantises it says why it cannot.
    if (!(error instanceof InputError)) throw error;
    trainer.best = before;
  }
}

/** The parameters that the fixed-point network really has. */
function quantised(
  shape: Shape,
  parameters: Float64Array,
  inputs: InputSpec[],
  target: Target,
): Float64Array {
  const net = fakeQuantise({ target, threshold: 0, inputs, layers: unflatten(shape, parameters) });
  return flatten(net).parameters;
}
