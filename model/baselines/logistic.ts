/** Logistic regression: the same trainer without hidden layers. */
import type { Matrix } from "../matrix.ts";
import { DEFAULT_CONFIG, type TrainerConfig } from "../trainer/config.ts";
import { predictLogits } from "../trainer/predict.ts";
import { shapeOf } from "../trainer/shape.ts";
import { Trainer } from "../trainer/trainer.ts";

export interface Logistic {
  /** Weights of the inputs, then the bias. */
  parameters: number[];
}

const UPDATES = 6000;

export function fitLogistic(data: Matrix, classWeights: TrainerConfig["classWeights"]): Logistic {
  const batchSize = Math.min(256, data.rows);
  const batches = Math.ceil(data.rows / batchSize);
  const trainer = new Trainer(
    data,
    null,
    {
      ...DEFAULT_CONFIG,
      hidden: [],
      optimiser: "adam",
      learningRate: 0.02,
      schedule: "linear",
      batchSize,
      epochs: Math.max(2, Math.min(100, Math.round(UPDATES / batches))),
      classWeights,
    },
    { weights: [1, 2, 3, 4], order: [5, 6, 7, 8] },
  );
  while (!trainer.done) trainer.runEpoch();
  return { parameters: [...trainer.best.parameters] };
}

export function logisticScores(
  { parameters }: Logistic,
  data: Pick<Matrix, "rows" | "inputs" | "values">,
): Float64Array {
  return predictLogits(shapeOf(data.inputs, [], "sigmoid"), Float64Array.from(parameters), data);
}
