/**
 * Forward and backward in plain TypeScript: the readable definition that trainer/wasm-mlp.ts repeats bit for bit, and
 * what runs where WebAssembly SIMD is missing.
 *
 * For layer l with input a, weights W and bias b: z = W a + b, y = f(z). With d = dLoss/dz of the layer:
 * dLoss/dW = d a^T, dLoss/db = d, and for the layer below d' = (W^T d) * f'(z'), where for the logistic function
 * f' = y (1 - y) and for ReLU f' = [y > 0].
 */
import { sigmoid } from "../numerics/exp.ts";
import { lanesFor, type TrainingKernel, type TrainingRows } from "./mlp-kernel.ts";
import { layerPlaces, parameterCount, type Shape } from "./shape.ts";

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
  const input = activations[0]!;
  const logits = activations[last]!;

  function gather(first: number, count: number): void {
    const inputs = shape.units[0]!;
    for (let b = 0; b < count; b++) {
      const row = order[first + b]! * inputs;
      for (let i = 0; i < inputs; i++) input[i * lanes + b] = data.values[row + i]!;
    }
  }

  function forward(): void {
    for (const [index, place] of places.entries()) {
      const below = activations[index]!;
      const out = activations[index + 1]!;
      for (let h = 0; h < place.outputs; h++) {
        const row = place.weights + h * place.inputs;
        for (let b = 0; b < lanes; b++) {
          let z = parameters[place.bias + h]!;
          for (let i = 0; i < place.inputs; i++) z += parameters[row + i]! * below[i * lanes + b]!;
          out[h * lanes + b] = place.isLast ? z : relu ? Math.max(z, 0) : sigmoid(z);
        }
      }
    }
    for (let b = 0; b < lanes; b++) probabilities[b] = sigmoid(logits[b]!);
  }

  function backward(): void {
    for (let l = last; l >= 1; l--) {
      const place = places[l - 1]!;
      const delta = deltas[l]!;
      const below = activations[l - 1]!;
      for (let h = 0; h < place.outputs; h++) {
        gradients[place.bias + h] = laneSum((b) => delta[h * lanes + b]!);
        for (let i = 0; i < place.inputs; i++) {
          gradients[place.weights + h * place.inputs + i] = laneSum(
            (b) => delta[h * lanes + b]! * below[i * lanes + b]!,
          );
        }
      }
      if (l > 1) propagate(place, delta, below, deltas[l - 1]!);
    }
  }

  /** K3: even lanes and odd lanes apart. */
  function laneSum(term: (lane: number) => number): number {
    let even = 0;
    let odd = 0;
    for (let b = 0; b < lanes; b += 2) {
      even += term(b);
      odd += term(b + 1);
    }
    return even + odd;
  }

  function propagate(
    place: (typeof places)[number],
    delta: Float64Array,
    below: Float64Array,
    out: Float64Array,
  ): void {
    for (let i = 0; i < place.inputs; i++) {
      for (let b = 0; b < lanes; b++) {
        let sum = 0;
        for (let h = 0; h < place.outputs; h++) {
          sum += parameters[place.weights + h * place.inputs + i]! * delta[h * lanes + b]!;
        }
        const y = below[i * lanes + b]!;
        out[i * lanes + b] = relu ? (y > 0 ? sum : 0) : sum * (y * (1 - y));
      }
    }
  }

  return {
    shape,
    lanes,
    parameters,
    gradients,
    input,
    logits,
    probabilities,
    errors: deltas[last]!,
    order,
    gather,
    forward,
    backward,
  };
}
