/**
 * Forward and backward in plain TypeScript: the readable definition that trainer/wasm-mlp.ts repeats bit for bit, and
 * what runs where WebAssembly SIMD is missing.
 *
 * For layer l with input a, weights W and bias b: z = W a + b, y = f(z). With d = dLoss/dz of the layer:
 * dLoss/dW = d a^T, dLoss/db = d, and for the layer below d' = (W^T d) * f'(z'), where for the logistic function
 * f' = y (1 - y) and for ReLU f' = [y > 0].
 *
 * Lanes are taken in pairs (K2 makes them even): each weight is loaded once per pair, and the two sums do not wait for
 * each other.
 */
import { sigmoid } from "../numerics/exp.ts";
import { lanesFor, type TrainingKernel, type TrainingRows } from "./mlp-kernel.ts";
import { type LayerPlace, layerPlaces, parameterCount, type Shape } from "./shape.ts";

export const NO_ROWS: TrainingRows = { rows: 0, values: new Float32Array(0) };

export function scalarMlp(shape: Shape, batchSize: number, data: TrainingRows = NO_ROWS): TrainingKernel {
  const lanes = lanesFor(batchSize);
  const places = layerPlaces(shape);
  const parameters = new Float64Array(parameterCount(shape));
  const gradients = new Float64Array(parameters.length);
  /** activations[l], deltas[l]: [units][lanes] by K1. */
  const activations = shape.units.map((n) => new Float64Array(n * lanes));
  const deltas = shape.units.map((n) => new Float64Array(n * lanes));
  const last = shape.units.length - 1;
  const relu = shape.activation === "relu";
  const probabilities = new Float64Array(lanes);
  const order = new Uint32Array(data.rows);
  const input = activations[0];
  const logits = activations[last];

  function gather(first: number, count: number): void {
    const inputs = shape.units[0];
    for (let b = 0; b < count; b++) {
      const row = order[first + b] * inputs;
      for (let i = 0; i < inputs; i++) input[i * lanes + b] = data.values[row + i];
    }
  }

  function forward(): void {
    for (const [index, place] of places.entries())
      forwardLayer(place, activations[index], activations[index + 1]);
    for (let b = 0; b < lanes; b++) probabilities[b] = sigmoid(logits[b]);
  }

  function forwardLayer(
    { inputs, outputs, weights, bias, isLast }: LayerPlace,
    below: Float64Array,
    out: Float64Array,
  ): void {
    for (let h = 0; h < outputs; h++) {
      const first = weights + h * inputs;
      for (let b = 0; b < lanes; b += 2) {
        let even = parameters[bias + h];
        let odd = even;
        for (let i = 0, at = b; i < inputs; i++, at += lanes) {
          const weight = parameters[first + i];
          even += weight * below[at];
          odd += weight * below[at + 1];
        }
        const to = h * lanes + b;
        out[to] = isLast ? even : relu ? Math.max(even, 0) : sigmoid(even);
        out[to + 1] = isLast ? odd : relu ? Math.max(odd, 0) : sigmoid(odd);
      }
    }
  }

  function backward(): void {
    for (let l = last; l >= 1; l--) {
      const place = places[l - 1];
      weightGradients(place, deltas[l], activations[l - 1]);
      if (l > 1) propagate(place, deltas[l], activations[l - 1], deltas[l - 1]);
    }
  }

  /** K3: even lanes and odd lanes apart. */
  function weightGradients(
    { inputs, outputs, weights, bias }: LayerPlace,
    delta: Float64Array,
    below: Float64Array,
  ): void {
    for (let h = 0; h < outputs; h++) {
      const from = h * lanes;
      let even = 0;
      let odd = 0;
      for (let b = from; b < from + lanes; b += 2) {
        even += delta[b];
        odd += delta[b + 1];
      }
      gradients[bias + h] = even + odd;
      for (let i = 0; i < inputs; i++) {
        even = 0;
        odd = 0;
        for (let b = 0, at = i * lanes; b < lanes; b += 2, at += 2) {
          even += delta[from + b] * below[at];
          odd += delta[from + b + 1] * below[at + 1];
        }
        gradients[weights + h * inputs + i] = even + odd;
      }
    }
  }

  function propagate(
    { inputs, outputs, weights }: LayerPlace,
    delta: Float64Array,
    below: Float64Array,
    out: Float64Array,
  ): void {
    for (let i = 0; i < inputs; i++) {
      for (let b = 0; b < lanes; b += 2) {
        let even = 0;
        let odd = 0;
        for (let h = 0, at = b; h < outputs; h++, at += lanes) {
          const weight = parameters[weights + h * inputs + i];
          even += weight * delta[at];
          odd += weight * delta[at + 1];
        }
        const to = i * lanes + b;
        out[to] = throughActivation(even, below[to]);
        out[to + 1] = throughActivation(odd, below[to + 1]);
      }
    }
  }

  const throughActivation = (sum: number, y: number): number =>
    relu ? (y > 0 ? sum : 0) : sum * (y * (1 - y));

  return {
    shape,
    lanes,
    parameters,
    gradients,
    input,
    logits,
    probabilities,
    errors: deltas[last],
    order,
    gather,
    forward,
    backward,
  };
}
