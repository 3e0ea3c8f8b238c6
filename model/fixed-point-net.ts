/**
 * A network in fixed point: what inference in TypeScript, in user-space C and in the kernel computes with.
 *
 * For an input word v of feature f:
 *     T  = transform(v), saturated to [low, high]                     (model/transform.ts)
 *     x  = floor((T - low) * multiplier / 2^48) - 32768               a 16-bit integer
 * For a hidden layer, row i:
 *     sum = bias[i] + SUM_j weights[i][j] * x[j]                      int32 products, int64 sum
 *     z   = sum >> shift, saturated to [-32768, 32767]
 *     y   = activation(z)                                             the next layer's x
 * with sigmoid(z) from the table of model/fixed-point-sigmoid.ts (z in units of 2^-12, y of 2^-15), relu(z) = max(z, 0),
 * identity(z) = z. The last layer's only sum is the logit, in units of 2^-logitFrac; positive iff logit > threshold.
 *
 * Invariants (checked by the writer and by every reader):
 *  N1. (high - low) * multiplier < 2^64, so x needs no check of its own.
 *  N2. No sum of any layer leaves +-2^53 for any x a layer can get: neither int64 nor a JS number can overflow.
 *  N3. The last layer has one output, activation identity and shift 0.
 */
import { InputError } from "../traces/input-error.ts";
import type { Target } from "../traces/schema.ts";
import type { FeatureName } from "./features.ts";
import type { Activation, Transform } from "./net.ts";

/** Smallest and largest network input. */
export const X_MIN = -32768;
export const X_MAX = 32767;
/** N2. */
export const SUM_LIMIT = 2n ** 53n;

export interface FixedInput {
  feature: FeatureName;
  transform: Transform;
  /** Ends of the range of T, in the feature's type (log2: u64). */
  low: bigint;
  high: bigint;
  /** u64 with 48 fraction bits. */
  multiplier: bigint;
  /** The float normalisation this input came from: x = (T - offset) * scale. */
  offset: number;
  scale: number;
}

export interface FixedLayer {
  inputs: number;
  outputs: number;
  activation: Activation;
  /** Bits a sum drops before it becomes z. */
  shift: number;
  /** A sum is in units of 2^-frac. */
  frac: number;
  /** Row-major [outputs][inputs]. */
  weights: Int16Array;
  /** [outputs], in units of the sum; rounding for `shift` included. */
  bias: BigInt64Array;
}

/** A network in integers, as the kernel runs it. */
export interface FixedNet {
  target: Target;
  threshold: bigint;
  logitFrac: number;
  inputs: FixedInput[];
  layers: FixedLayer[];
}

/** Smallest and largest value a layer hands on. */
export function activationRange(activation: Activation): { low: number; high: number } {
  return activation === "identity" ? { low: X_MIN, high: X_MAX } : { low: 0, high: X_MAX };
}

export interface SumInterval {
  low: bigint;
  high: bigint;
}

/**
 * Interval analysis: for each layer and row the exact smallest and largest sum over all x in range.
 * The extremes are attained, so the intervals are tight for a single layer.
 */
export function sumIntervals(layers: readonly FixedLayer[]): SumInterval[][] {
  let range = { low: X_MIN, high: X_MAX };
  return layers.map((layer) => {
    const rows: SumInterval[] = [];
    for (let i = 0; i < layer.outputs; i++) {
      let low = 0;
      let high = 0; // |sum| <= 2^15 * 2^15 * inputs: exact
      for (let j = 0; j < layer.inputs; j++) {
        const w = layer.weights[i * layer.inputs + j];
        low += Math.min(w * range.low, w * range.high);
        high += Math.max(w * range.low, w * range.high);
      }
      rows.push({ low: layer.bias[i] + BigInt(low), high: layer.bias[i] + BigInt(high) });
    }
    range = activationRange(layer.activation);
    return rows;
  });
}

/** Throws InputError when N2 does not hold. */
export function checkSums(layers: readonly FixedLayer[], file?: string): void {
  sumIntervals(layers).forEach((rows, l) => {
    rows.forEach(({ low, high }, i) => {
      if (low < -SUM_LIMIT || high > SUM_LIMIT) {
        throw new InputError("a sum of the fixed-point network can overflow", {
          ...(file === undefined ? {} : { file }),
          field: `layers[${l}] row ${i}`,
          found: `${low}..${high}`,
          expected: "sums within +-2^53 for every input",
          hint: "Scale the weights or the bias of this layer down and train on.",
        });
      }
    });
  });
}

/** True when every sum of the layer fits an int32 for every input: inference may then add in 32 bits. */
export function fitsInt32(rows: readonly SumInterval[]): boolean {
  return rows.every(({ low, high }) => low >= -(2n ** 31n) && high < 2n ** 31n);
}

/** True when (T - low) * multiplier is exact in a double for every T of a number in a trace (|value| <= 2^53). */
export function exactInDouble(input: FixedInput): boolean {
  const limit = 2n ** 53n;
  if (input.low < -limit || input.high > limit) return false;
  const bits = (input.high - input.low).toString(2).length;
  const significant = input.multiplier.toString(2).replace(/0+$/, "").length;
  return bits + significant <= 53;
}
