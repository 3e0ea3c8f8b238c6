/**
 * Training presets. `libml` and `pytorch` are Table 5.8 of the thesis: total units (inputs + hidden + output), learning
 * rate, weight decay and batch size are its numbers. What the table leaves open is chosen here and said so: plain SGD
 * for LibML, Adam with L2 for PyTorch, sigmoid hidden units, the number of epochs.
 */
import { InputError } from "../../traces/input-error.ts";
import type { Target } from "../../traces/schema.ts";
import { thesisSet } from "../feature-sets.ts";
import { DEFAULT_CONFIG, type TrainerConfig } from "./config.ts";

export const PRESETS = ["libml", "pytorch", "best"] as const;
export type PresetName = (typeof PRESETS)[number];

export interface Preset {
  /** Name of a set in FEATURE_SETS. */
  features: string;
  preprocessing: "thesis" | "honest";
  config: TrainerConfig;
}

/** Table 5.8: inputs and total units per experiment. */
const TABLE_5_8 = {
  e1: { inputs: 7, pytorch: 51, libml: 17 },
  e2: { inputs: 10, pytorch: 72, libml: 20 },
  e3: { inputs: 7, pytorch: 51, libml: 17 },
} as const;

/** @throws InputError for an unknown name. */
export function preset(name: string, target: Target): Preset {
  const features = thesisSet(target);
  const sizes = TABLE_5_8[features as keyof typeof TABLE_5_8];
  switch (name) {
    case "libml":
      return {
        features,
        preprocessing: "thesis",
        config: {
          ...DEFAULT_CONFIG,
          hidden: [sizes.libml - sizes.inputs - 1],
          optimiser: "sgd",
          learningRate: 0.1,
          batchSize: 1,
          epochs: 20,
        },
      };
    case "pytorch":
      return {
        features,
        preprocessing: "thesis",
        config: {
          ...DEFAULT_CONFIG,
          hidden: [sizes.pytorch - sizes.inputs - 1],
          optimiser: "adam",
          learningRate: 0.001,
          weightDecay: 0.00001,
          batchSize: 32,
          epochs: 50,
        },
      };
    case "best":
      return {
        features: "wide",
        preprocessing: "honest",
        config: {
          ...DEFAULT_CONFIG,
          // Logistic units are bounded: traces unlike the training ones cannot push them far. Classes keep their
          // natural weight, so that the logit stays a probability; the threshold does what weights would do.
          hidden: [24],
          activation: "sigmoid",
          optimiser: "adamw",
          learningRate: 0.01,
          schedule: "linear",
          weightDecay: 0.01,
          batchSize: 64,
          epochs: 60,
          patience: 12,
          threshold: "mcc",
          quantisedBatches: 400,
        },
      };
    default:
      throw new InputError("unknown preset", { field: "preset", found: name, expected: PRESETS.join(", ") });
  }
}
