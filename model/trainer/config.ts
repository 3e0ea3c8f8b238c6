/** How a network is trained: plain data, so that it can be stored in checkpoints and sent to workers. */
import { InputError } from "../../traces/input-error.ts";
import type { ThresholdRule } from "../evaluation/threshold.ts";

export type OptimiserName = "sgd" | "momentum" | "adam" | "adamw";
export type ClassWeights = "none" | "sqrt" | "balanced";

export interface TrainerConfig {
  /** Units of each hidden layer; empty for logistic regression. */
  hidden: readonly number[];
  activation: "sigmoid" | "relu";
  optimiser: OptimiserName;
  learningRate: number;
  /** `linear` falls to 5 % of the rate in the last epoch. */
  schedule: "constant" | "linear";
  momentum: number;
  /** adam: added to the gradient (L2, as torch.optim.Adam); adamw: decoupled; sgd, momentum: L2. */
  weightDecay: number;
  batchSize: number;
  epochs: number;
  loss: "cross-entropy" | "focal";
  /** Of the focal loss; 0 is cross-entropy. */
  focalGamma: number;
  /** Weight of a class: `balanced` N / (2 N_class), `sqrt` its square root. */
  classWeights: ClassWeights;
  /** Stop after this many epochs without a better validation loss and keep the best weights; null: never. */
  patience: number | null;
  /** Where the logit is cut (evaluation/threshold.ts). */
  threshold: ThresholdRule;
  /** Mini-batches of quantisation-aware fine-tuning after the last epoch; 0 for none. */
  quantisedBatches: number;
}

export const DEFAULT_CONFIG: TrainerConfig = {
  hidden: [9],
  activation: "sigmoid",
  optimiser: "sgd",
  learningRate: 0.1,
  schedule: "constant",
  momentum: 0.9,
  weightDecay: 0,
  batchSize: 1,
  epochs: 20,
  loss: "cross-entropy",
  focalGamma: 2,
  classWeights: "none",
  patience: null,
  threshold: "none",
  quantisedBatches: 0,
};

/** @throws InputError naming the first field that makes no sense. */
export function checkConfig(config: TrainerConfig): TrainerConfig {
  const need = (ok: boolean, field: keyof TrainerConfig, expected: string) => {
    if (!ok) {
      throw new InputError("unusable training option", { field, found: String(config[field]), expected });
    }
  };
  const positive = (x: number) => Number.isFinite(x) && x > 0;
  const count = (x: number, least: number) => Number.isSafeInteger(x) && x >= least;
  need(
    config.hidden.every((n) => count(n, 1)),
    "hidden",
    "positive layer sizes",
  );
  need(positive(config.learningRate), "learningRate", "a positive number");
  need(config.momentum >= 0 && config.momentum < 1, "momentum", "a number in [0, 1)");
  need(Number.isFinite(config.weightDecay) && config.weightDecay >= 0, "weightDecay", "a number >= 0");
  need(count(config.batchSize, 1) && config.batchSize <= 4096, "batchSize", "an integer in 1..4096");
  need(count(config.epochs, 1), "epochs", "a positive integer");
  need(config.focalGamma >= 0 && config.focalGamma <= 10, "focalGamma", "a number in 0..10");
  need(config.patience === null || count(config.patience, 1), "patience", "a positive integer or null");
  need(count(config.quantisedBatches, 0), "quantisedBatches", "an integer >= 0");
  return config;
}
