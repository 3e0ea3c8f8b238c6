/** How a network is trained: plain data, so that it can be stored in checkpoints and sent to workers. */
import { InputError } from "../../traces/input-error.ts";
import type { ThresholdRule } from "../evaluation/threshold.ts";

/** An optimiser. */
export type OptimiserName = "sgd" | "momentum" | "adam" | "adamw";
/** How the rarer class is weighed. */
export type ClassWeights = "none" | "sqrt" | "balanced";

/** How a network is trained. */
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

/** What a number of the configuration may be, in words and as a test. */
export interface NumberRange {
  expected: string;
  holds: (x: number) => boolean;
}

const isCount = (x: number) => Number.isSafeInteger(x) && x >= 0;

/** The ranges of the numbers; `hidden` is that of one layer. */
export const CONFIG_RANGES = {
  hidden: { expected: "a positive integer", holds: (x) => isCount(x) && x > 0 },
  learningRate: { expected: "a positive number", holds: (x) => Number.isFinite(x) && x > 0 },
  momentum: { expected: "a number from 0 to below 1", holds: (x) => x >= 0 && x < 1 },
  weightDecay: { expected: "0 or a positive number", holds: (x) => Number.isFinite(x) && x >= 0 },
  batchSize: { expected: "an integer in 1..4096", holds: (x) => isCount(x) && x > 0 && x <= 4096 },
  epochs: { expected: "a positive integer", holds: (x) => isCount(x) && x > 0 },
  focalGamma: { expected: "a number in 0..10", holds: (x) => x >= 0 && x <= 10 },
  patience: { expected: "a positive integer", holds: (x) => isCount(x) && x > 0 },
  quantisedBatches: { expected: "0 or a positive integer", holds: isCount },
} as const satisfies Partial<Record<keyof TrainerConfig, NumberRange>>;

/** @throws InputError naming the first field that makes no sense. */
export function checkConfig(config: TrainerConfig): TrainerConfig {
  for (const [field, { expected, holds }] of Object.entries(CONFIG_RANGES)) {
    const value = config[field as keyof typeof CONFIG_RANGES];
    const numbers = typeof value === "number" ? [value] : (value ?? []);
    if (!numbers.every(holds)) {
      throw new InputError("unusable training option", { field, found: String(value), expected });
    }
  }
  return config;
}
