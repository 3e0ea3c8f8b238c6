/**
 * Fixed-point inference in TypeScript: the same integers as kernel-bridge/inference/nt_infer.c, for the exact numbers a
 * trace holds. model/fixed-point-words.ts does the same for any 64-bit words.
 *
 * Invariants:
 *  P1. Every product and sum is exact: by N2 a double holds it; a layer whose sums fit 32 bits adds in 32 bits.
 *  P2. The product (T - low) * multiplier is exact in a double when its bits fit 53 (the quantiser sees to that wherever
 *      the range allows); otherwise the double is used only when it is clear of an integer, and a BigInt else.
 */

import { featureByName } from "./features.ts";
import {
  exactInDouble,
  type FixedInput,
  type FixedNet,
  fitsInt32,
  sumIntervals,
  X_MAX,
  X_MIN,
} from "./fixed-point-net.ts";
import { fixedSigmoid } from "./fixed-point-sigmoid.ts";
import type { Activation } from "./net.ts";
import { log2Fixed, refuseValue } from "./transform.ts";

const EXACT = 2 ** 53;
/** Margin around integers within which a rounded product is not trusted; its error is below 2^-34. */
const DOUBT = 2 ** -30;

/** Ways to compute x, cheapest first. */
const LINEAR = 0;
const FLAG = 1;
const LOG2 = 2;
const LINEAR_DOUBT = 3;
const SLOW = 4;

const IDENTITY_CODE = 0;
const SIGMOID_CODE = 1;
const RELU_CODE = 2;
const CODES: Record<Activation, number> = { identity: IDENTITY_CODE, sigmoid: SIGMOID_CODE, relu: RELU_CODE };

interface PreparedLayer {
  inputs: number;
  outputs: number;
  activation: number;
  shift: number;
  weights: Int32Array;
  bias32: Int32Array;
  biasNumber: Float64Array;
  narrow: boolean;
}

/** One model, ready to infer; not to be shared between threads (it holds the activations of the call in progress). */
export class FixedPointModel {
  readonly net: FixedNet;
  /** Threshold in the units of the logit. */
  readonly threshold: number;
  /** Value of one unit of the logit. */
  readonly logitUnit: number;
  private readonly kind: Uint8Array;
  private readonly least: Float64Array;
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  private readonly factor: Float64Array;
  private readonly layers: PreparedLayer[];
  private readonly x: Int32Array;
  private readonly y: Int32Array;

  constructor(net: FixedNet) {
    const n = net.inputs.length;
    this.net = net;
    this.threshold = Number(net.threshold);
    this.logitUnit = 2 ** -net.logitFrac;
    this.kind = Uint8Array.from(net.inputs, kindOf);
    this.least = Float64Array.from(net.inputs, (i) =>
      featureByName(i.feature)!.type === "u64" ? 0 : -EXACT,
    );
    this.low = Float64Array.from(net.inputs, (i) => Number(i.low));
    this.high = Float64Array.from(net.inputs, (i) => Number(i.high));
    this.factor = Float64Array.from(net.inputs, (i) => Number(i.multiplier) / 2 ** 48);
    const intervals = sumIntervals(net.layers);
    this.layers = net.layers.map((layer, l) => ({
      inputs: layer.inputs,
      outputs: layer.outputs,
      activation: CODES[layer.activation],
      shift: fitsInt32(intervals[l]) ? Math.min(layer.shift, 31) : layer.shift,
      weights: Int32Array.from(layer.weights),
      bias32: Int32Array.from(layer.bias, (b) => Number(BigInt.asIntN(32, b))),
      biasNumber: Float64Array.from(layer.bias, Number),
      narrow: fitsInt32(intervals[l]),
    }));
    const width = Math.max(n, ...net.layers.map((l) => l.outputs));
    this.x = new Int32Array(width);
    this.y = new Int32Array(width);
  }

  /**
   * The logit of one record, an exact integer in units of `logitUnit`. `values`: raw features in the order of
   * `net.inputs`. Throws InputError for NaN and for numbers the feature's type cannot hold.
   */
  logit(values: Float64Array): number {
    const n = this.kind.length;
    const x = this.x;
    for (let j = 0; j < n; j++) {
      const v = values[j];
      if (!(v >= this.least[j] && v <= EXACT)) refuseValue(v, this.net.inputs[j].feature);
      x[j] = this.input(j, v);
    }
    return this.forward();
  }

  /** The decision for one record. */
  positive(values: Float64Array): boolean {
    return this.logit(values) > this.threshold;
  }

  /** The logit for network inputs x that are already 16-bit integers; used where the words are not numbers. */
  logitOfInputs(inputs: Int32Array): number {
    this.x.set(inputs);
    return this.forward();
  }

  private input(j: number, v: number): number {
    const kind = this.kind[j];
    if (kind === LINEAR) {
      const low = this.low[j];
      if (v <= low) return X_MIN;
      const high = this.high[j];
      return Math.floor((Math.min(v, high) - low) * this.factor[j]) + X_MIN;
    }
    if (kind === LOG2) {
      return log2Fixed(v) + X_MIN;
    }
    if (kind === FLAG) return v === 0 ? X_MIN : Math.floor(this.factor[j]) + X_MIN;
    return this.carefulInput(j, v);
  }

  /** P2 for products of more than 53 bits. */
  private carefulInput(j: number, v: number): number {
    if (this.kind[j] === LINEAR_DOUBT) {
      const low = this.low[j];
      if (v <= low) return X_MIN;
      const high = this.high[j];
      const product = (Math.min(v, high) - low) * this.factor[j];
      const whole = Math.floor(product);
      if (product - whole > DOUBT && product - whole < 1 - DOUBT) return whole + X_MIN;
    }
    return exactInput(this.net.inputs[j], BigInt(v));
  }

  private forward(): number {
    const last = this.layers.length - 1;
    let x = this.x;
    let y = this.y;
    for (let l = 0; l < last; l++) {
      const layer = this.layers[l];
      if (layer.narrow) narrowLayer(layer, x, y);
      else wideLayer(layer, x, y);
      const t = x;
      x = y;
      y = t;
    }
    const out = this.layers[last];
    const { inputs, weights } = out;
    let sum = out.biasNumber[0];
    for (let j = 0; j < inputs; j++) sum += weights[j] * x[j];
    return sum;
  }
}

/** Sums in 32 bits: intermediate wrap-around is harmless because the final sum fits. Two rows at a time share each x. */
function narrowLayer(layer: PreparedLayer, x: Int32Array, y: Int32Array): void {
  const { inputs, outputs, weights, bias32 } = layer;
  const even = outputs & ~1;
  for (let i = 0, at = 0; i < even; i += 2, at += inputs) {
    let first = bias32[i];
    let second = bias32[i + 1];
    for (let j = 0; j < inputs; j++, at++) {
      const value = x[j];
      first = (first + Math.imul(weights[at], value)) | 0;
      second = (second + Math.imul(weights[at + inputs], value)) | 0;
    }
    y[i] = activate(layer, first >> layer.shift);
    y[i + 1] = activate(layer, second >> layer.shift);
  }
  if (even === outputs) return;
  let sum = bias32[even];
  for (let j = 0, at = even * inputs; j < inputs; j++, at++) sum = (sum + Math.imul(weights[at], x[j])) | 0;
  y[even] = activate(layer, sum >> layer.shift);
}

function activate({ activation }: PreparedLayer, sum: number): number {
  const z = Math.min(Math.max(sum, X_MIN), X_MAX);
  return activation === SIGMOID_CODE ? fixedSigmoid(z) : activation === RELU_CODE && z < 0 ? 0 : z;
}

function wideLayer(layer: PreparedLayer, x: Int32Array, y: Int32Array): void {
  const { inputs, outputs, weights, biasNumber } = layer;
  const unit = 2 ** -layer.shift;
  for (let i = 0, at = 0; i < outputs; i++) {
    let sum = biasNumber[i];
    for (let j = 0; j < inputs; j++, at++) sum += weights[at] * x[j];
    y[i] = activate(layer, Math.floor(sum * unit));
  }
}

function kindOf(input: FixedInput): number {
  if (input.transform === "log2") return LOG2;
  const limit = 2n ** 53n;
  if (input.low < -limit || input.high > limit) return SLOW;
  if (!exactInDouble(input)) return input.transform === "flag" ? SLOW : LINEAR_DOUBT;
  return input.transform === "flag" ? FLAG : LINEAR;
}

/** T of one input by the definition, before saturation, for a word of the feature's type as a BigInt. */
export function exactTransform({ transform }: FixedInput, word: bigint): bigint {
  switch (transform) {
    case "flag":
      return word === 0n ? 0n : 1n;
    case "log2": {
      const u = word <= 0n ? 1n : word >= 2n ** 64n - 2n ? 2n ** 64n - 1n : word + 1n;
      const n = BigInt(u.toString(2).length - 1);
      return n * 1024n + (((u << 10n) >> n) & 1023n);
    }
    default:
      return word;
  }
}

/** x of one input by the definition, for a word of the feature's type as a BigInt. */
export function exactInput(input: FixedInput, word: bigint): number {
  let t = exactTransform(input, word);
  if (t < input.low) t = input.low;
  if (t > input.high) t = input.high;
  return Number(((t - input.low) * input.multiplier) >> 48n) + X_MIN;
}
