/**
 * Losses of a logit z against a label y, and their derivatives by z.
 *
 * With s = z for y = 1 and s = -z for y = 0, p = sigmoid(s) is the probability given to the true class.
 * Cross-entropy: -ln p = softplus(-s), dL/dz = sigmoid(z) - y.
 * Focal (Lin et al., ICCV 2017): -(1 - p)^g ln p, dL/ds = (1 - p)^g (g p ln p - (1 - p)).
 * Each is times the weight of the row's class.
 */
import { exp, sigmoid, softplus } from "../numerics/exp.ts";
import type { ClassWeights, TrainerConfig } from "./config.ts";

export interface Loss {
  value(logit: number, label: number): number;
  /** dLoss/dLogit; `probability` is sigmoid(logit), which the kernel has computed already. */
  derivative(logit: number, label: number, probability: number): number;
}

/** Weights of class 0 and class 1. */
export function classWeights(rule: ClassWeights, labels: Uint8Array): [number, number] {
  if (rule === "none") return [1, 1];
  let positives = 0;
  for (const y of labels) positives += y;
  const weight = (count: number) => (count === 0 ? 0 : labels.length / (2 * count));
  const both: [number, number] = [weight(labels.length - positives), weight(positives)];
  return rule === "balanced" ? both : [Math.sqrt(both[0]), Math.sqrt(both[1])];
}

/**
 * ln(positives / negatives) as training weighed them and as the rows came.
 * @param classes Rows of each class before any were left out to balance them; by default those of `labels`.
 */
export function classOdds(
  labels: Uint8Array,
  [weight0, weight1]: readonly [number, number],
  classes?: readonly [number, number],
): { trainedLogOdds: number; naturalLogOdds: number } {
  let positives = 0;
  for (const y of labels) positives += y;
  const negatives = labels.length - positives;
  const [all0, all1] = classes ?? [negatives, positives];
  return {
    trainedLogOdds: Math.log((positives * weight1) / (negatives * weight0)),
    naturalLogOdds: Math.log(all1 / all0),
  };
}

export function lossFunction(
  config: Pick<TrainerConfig, "loss" | "focalGamma">,
  [weight0, weight1]: readonly [number, number],
): Loss {
  if (config.loss === "cross-entropy") {
    return {
      value: (z, y) => (y === 1 ? weight1 * softplus(-z) : weight0 * softplus(z)),
      derivative: (_, y, p) => (y === 1 ? weight1 * (p - 1) : weight0 * p),
    };
  }
  const gamma = config.focalGamma;
  /** (1 - p)^gamma = e^(-gamma softplus(s)) */
  const focus = (s: number) => exp(-gamma * softplus(s));
  return {
    value(z, y) {
      const s = y === 1 ? z : -z;
      return (y === 1 ? weight1 : weight0) * focus(s) * softplus(-s);
    },
    derivative(z, y) {
      const s = y === 1 ? z : -z;
      const byS = focus(s) * (gamma * sigmoid(s) * -softplus(-s) - sigmoid(-s));
      return y === 1 ? weight1 * byS : -weight0 * byS;
    },
  };
}
