/**
 * From a float network to fixed point, losing as little as 16-bit weights allow.
 *
 *  Q1. An input's 16-bit x spreads over exactly the range of T that `inputRange` gives; the affine normalisation goes
 *      into the first layer's weights and bias, so the kernel never divides and rarely adds.
 *  Q2. A layer's weights share one power-of-two unit: the finest at which every weight fits 16 bits and every sum fits
 *      32 bits whatever the input.
 *  Q3. The first bias makes the error of rounded weights vanish at x = offset (the mean, for standardised inputs),
 *      not at the lower end of the range.
 *  Q4. relu and identity layers choose their shift so that no z saturates, whatever the input (interval analysis).
 *  Q5. threshold_fixed = floor(threshold / unit): for an integer logit, logit > threshold_fixed iff
 *      logit * unit > threshold.
 */
import { InputError } from "../traces/input-error.ts";
import { featureByName } from "./features.ts";
import {
  activationRange,
  checkSums,
  type FixedInput,
  type FixedLayer,
  type FixedNet,
  SUM_LIMIT,
  X_MAX,
  X_MIN,
} from "./fixed-point-net.ts";
import { SIGMOID_Y_FRAC, SIGMOID_Z_FRAC } from "./fixed-point-sigmoid.ts";
import type { InputSpec, Layer, Net } from "./net.ts";
import { MAX_FRAC, MAX_INPUTS, MAX_LAYERS, MAX_WIDTH } from "./nt-layout.ts";
import { inputRange } from "./transform.ts";

const WEIGHT_MAX = 32767;
const SUM32 = 2 ** 31;

/** Quantises a network. Throws InputError when the net is malformed or when a sum could overflow (N2). */
export function quantise(net: Net): FixedNet {
  checkNet(net);
  const inputs = net.inputs.map(fixedInput);
  const layers: FixedLayer[] = [];
  let unit = inputs.map(unitOfX);
  let zero = inputs.map(zeroOfX);
  let beyond = inputs.map((i) => zeroOfX(i) - unboundedZeroOfX(i));
  let range = { low: X_MIN, high: X_MAX };
  net.layers.forEach((layer, l) => {
    const fixed = fixedLayer(layer, { unit, zero, beyond, ...range }, l, l === net.layers.length - 1);
    layers.push(fixed);
    unit = new Array(layer.outputs).fill(2 ** -outputFrac(fixed));
    zero = new Array(layer.outputs).fill(0);
    beyond = zero;
    range = activationRange(layer.activation);
  });
  checkSums(layers);
  const logitFrac = layers.at(-1)!.frac;
  const threshold = Math.floor(net.threshold * 2 ** logitFrac);
  if (!(Math.abs(threshold) <= Number(SUM_LIMIT))) {
    throw new InputError("the threshold is out of range", {
      field: "threshold",
      found: net.threshold,
      expected: `a finite logit within +-${2 ** (53 - logitFrac)}`,
    });
  }
  return { target: net.target, threshold: BigInt(threshold), logitFrac, inputs, layers };
}

/** Fraction bits of what a fixed layer hands on. */
export function outputFrac(layer: FixedLayer): number {
  return layer.activation === "sigmoid" ? SIGMOID_Y_FRAC : layer.frac - layer.shift;
}

/** Network-input units per unit of the 16-bit x. */
export function unitOfX(input: FixedInput): number {
  return (input.scale * 2 ** 48) / Number(input.multiplier);
}

/** The (real) 16-bit x at which the network input is 0, limited to the range (Q3). */
function zeroOfX(input: FixedInput): number {
  return Math.min(X_MAX, Math.max(X_MIN, unboundedZeroOfX(input)));
}

/** The same without the limit: what the affine map says. */
export function unboundedZeroOfX(input: FixedInput): number {
  return ((input.offset - Number(input.low)) * Number(input.multiplier)) / 2 ** 48 + X_MIN;
}

/** Range and multiplier of an input (Q1). */
export function fixedInput(spec: InputSpec): FixedInput {
  const { low, high } = inputRange(spec);
  const { feature, transform, offset, scale } = spec;
  const ends = { low: BigInt(low), high: BigInt(high) };
  const multiplier = transform === "log2" ? 2n ** 48n : multiplierFor(ends.high - ends.low);
  return { feature, transform, ...ends, multiplier, offset, scale };
}

/**
 * The largest multiplier with span * multiplier < 2^64 whose product with the span still fits a double exactly, but
 * never fewer than 16 significant bits. It maps `high` to 65535.
 */
function multiplierFor(span: bigint): bigint {
  const full = (2n ** 64n - 1n) / span;
  const bits = full.toString(2).length;
  const keep = Math.max(16, 53 - span.toString(2).length);
  const drop = BigInt(Math.max(0, bits - keep));
  return (full >> drop) << drop;
}

/** What a layer gets: integers from `low` to `high`; input j stands for (x - zero[j] + beyond[j]) * unit[j]. */
interface Arriving {
  low: number;
  high: number;
  unit: readonly number[];
  /** Where the error of a rounded weight vanishes (Q3). */
  zero: readonly number[];
  /** Distance of `zero` from the x that stands for 0, where that lies outside the range. */
  beyond: readonly number[];
}

function fixedLayer(layer: Layer, x: Arriving, l: number, last: boolean): FixedLayer {
  for (let frac = MAX_FRAC; frac >= 0; frac--) {
    const found = tryFrac(layer, x, frac, last);
    if (found) return found;
  }
  throw new InputError("weights are too large for 16 bits", {
    field: `layers[${l}]`,
    found: `weights up to ${layer.weights.reduce((a, w) => Math.max(a, Math.abs(w)), 0)}`,
    expected: "weights whose sums fit 32 bits at some power-of-two unit",
    hint: "Train with weight decay, or clip the inputs to a narrower range.",
  });
}

/** The layer with sums in units of 2^-frac, or undefined when something does not fit. */
function tryFrac(layer: Layer, x: Arriving, frac: number, last: boolean): FixedLayer | undefined {
  const { inputs, outputs, activation } = layer;
  const weights = new Int16Array(inputs * outputs);
  const bias: number[] = [];
  let reach = 0;
  for (let i = 0; i < outputs; i++) {
    let correction = 0;
    let low = 0;
    let high = 0;
    for (let j = 0; j < inputs; j++) {
      const real = layer.weights[i * inputs + j] * x.unit[j] * 2 ** frac;
      const w = Math.round(real);
      if (Math.abs(w) > WEIGHT_MAX) return undefined;
      weights[i * inputs + j] = w;
      correction += w * x.zero[j] - real * x.beyond[j];
      low += Math.min(w * x.low, w * x.high);
      high += Math.max(w * x.low, w * x.high);
    }
    const b = Math.round(layer.bias[i] * 2 ** frac - correction);
    reach = Math.max(reach, -(b + low), b + high, Math.abs(b));
    bias.push(b);
  }
  const shift = last ? 0 : shiftFor(activation, frac, reach);
  const half = shift > 0 ? 2 ** (shift - 1) : 0;
  if (shift < 0 || reach + half >= SUM32) return undefined;
  return {
    inputs,
    outputs,
    activation,
    shift,
    frac,
    weights,
    bias: BigInt64Array.from(bias, (b) => BigInt(b + half)),
  };
}

/** Bits to drop from sums of magnitude `reach`; negative when `frac` is too coarse for the sigmoid's units. */
function shiftFor(activation: Layer["activation"], frac: number, reach: number): number {
  if (activation === "sigmoid") return frac - SIGMOID_Z_FRAC;
  return Math.min(frac, Math.max(0, Math.ceil(Math.log2((reach + 1) / X_MAX))));
}

function checkNet(net: Net): void {
  const bad = (problem: string, field: string, found: unknown, expected: string): never => {
    throw new InputError(problem, { field, found, expected });
  };
  const n = net.inputs.length;
  if (n < 1 || n > MAX_INPUTS) bad("too many or no inputs", "inputs", n, `1..${MAX_INPUTS}`);
  if (net.layers.length < 1 || net.layers.length > MAX_LAYERS)
    bad("too many or no layers", "layers", net.layers.length, `1..${MAX_LAYERS}`);
  for (const input of net.inputs) if (!featureByName(input.feature)) inputRange(input);
  let width = n;
  net.layers.forEach((layer, l) => {
    const at = `layers[${l}]`;
    if (layer.inputs !== width)
      bad("a layer does not fit the one before", `${at}.inputs`, layer.inputs, String(width));
    if (!(layer.outputs >= 1 && layer.outputs <= MAX_WIDTH))
      bad("a layer is too wide or empty", `${at}.outputs`, layer.outputs, `1..${MAX_WIDTH}`);
    const count = layer.inputs * layer.outputs;
    if (layer.weights.length !== count)
      bad("wrong number of weights", `${at}.weights`, layer.weights.length, String(count));
    if (layer.bias.length !== layer.outputs)
      bad("wrong number of biases", `${at}.bias`, layer.bias.length, String(layer.outputs));
    for (const w of layer.weights)
      if (!Number.isFinite(w)) bad("a weight is not finite", `${at}.weights`, w, "a number");
    for (const b of layer.bias)
      if (!Number.isFinite(b)) bad("a bias is not finite", `${at}.bias`, b, "a number");
    width = layer.outputs;
  });
  const last = net.layers.at(-1)!;
  if (last.outputs !== 1) bad("the last layer is no logit", "layers[last].outputs", last.outputs, "1");
  if (last.activation !== "identity")
    bad("the last layer is no logit", "layers[last].activation", last.activation, "identity");
}
