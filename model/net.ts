/**
 * A small multi-layer perceptron and the normalisation of its inputs: what a trainer produces, what a model file
 * holds, what a policy evaluates. Configuration and weights only; no state of training or inference.
 */
import type { Target } from "../traces/schema.ts";
import type { FeatureName } from "./features.ts";

/** The activation function of a layer. */
export type Activation = "sigmoid" | "relu" | "identity";

/**
 * How a raw integer becomes a network input; each can be computed by the kernel with integers alone.
 *
 * - `identity`: the value itself.
 * - `flag`: 0 or 1 (any non-zero value is 1).
 * - `clipped`: the value limited to [clipLow, clipHigh].
 * - `log2`: a fixed-point base-2 logarithm of 1 + max(value, 0); the exact definition stands in model/transform.ts.
 */
export type Transform = "identity" | "flag" | "clipped" | "log2";

/** An input of a network: a feature and what is done to it first. */
export interface InputSpec {
  feature: FeatureName;
  transform: Transform;
  /** Used by `clipped` only. */
  clipLow: number;
  clipHigh: number;
  /** Network input x = (T(value) - offset) * scale. */
  offset: number;
  scale: number;
}

/** y = activation(W x + b). */
export interface Layer {
  inputs: number;
  outputs: number;
  activation: Activation;
  /** Row-major [outputs][inputs]. */
  weights: Float32Array;
  /** [outputs] */
  bias: Float32Array;
}

/** A trained network. The last layer has one output, a logit (activation `identity`); positive class iff logit > threshold. */
export interface Net {
  target: Target;
  threshold: number;
  inputs: InputSpec[];
  layers: Layer[];
}
