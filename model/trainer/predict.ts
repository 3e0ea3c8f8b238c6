import type { Matrix } from "../matrix.ts";
import type { Net } from "../net.ts";
import type { MlpKernel } from "./mlp-kernel.ts";
import { layerPlaces, parameterCount, type Shape } from "./shape.ts";
import { mlpKernel } from "./wasm-mlp.ts";

const BLOCK = 128;
/** The last few kernels, by shape: generating one takes longer than a thousand rows. */
const kernels = new Map<string, MlpKernel>();

function kernelFor(shape: Shape): MlpKernel {
  const key = `${shape.activation} ${shape.units.join("-")}`;
  const known = kernels.get(key);
  if (known) return known;
  if (kernels.size >= 16) kernels.delete(kernels.keys().next().value!);
  const made = mlpKernel(shape, BLOCK);
  kernels.set(key, made);
  return made;
}

/** Logits of all rows of a matrix. */
export function predictLogits(
  shape: Shape,
  parameters: Float64Array,
  { rows, inputs, values }: Pick<Matrix, "rows" | "inputs" | "values">,
): Float64Array {
  const kernel = kernelFor(shape);
  const { input, lanes, logits } = kernel;
  kernel.parameters.set(parameters);
  const out = new Float64Array(rows);
  for (let first = 0; first < rows; first += lanes) {
    const count = Math.min(lanes, rows - first);
    for (let b = 0; b < count; b++) {
      const row = (first + b) * inputs;
      for (let i = 0; i < inputs; i++) input[i * lanes + b] = values[row + i];
    }
    kernel.forward();
    for (let b = 0; b < count; b++) out[first + b] = logits[b];
  }
  return out;
}

/** The network's layers as one flat array, and its shape. Hidden layers must share one activation. */
export function flatten(net: Pick<Net, "layers" | "inputs">): { shape: Shape; parameters: Float64Array } {
  const hidden = net.layers.slice(0, -1);
  const activation = hidden[0]?.activation === "relu" ? "relu" : "sigmoid";
  if (hidden.some((l) => l.activation !== activation)) {
    throw new RangeError("hidden layers with different activations");
  }
  const shape: Shape = { units: [net.inputs.length, ...net.layers.map((l) => l.outputs)], activation };
  const parameters = new Float64Array(parameterCount(shape));
  layerPlaces(shape).forEach((place, l) => {
    parameters.set(net.layers[l].weights, place.weights);
    parameters.set(net.layers[l].bias, place.bias);
  });
  return { shape, parameters };
}

/** Flat parameters as the layers of a network, rounded to float32. */
export function unflatten(shape: Shape, parameters: Float64Array): Net["layers"] {
  return layerPlaces(shape).map(({ inputs, outputs, weights, bias, isLast }) => ({
    inputs,
    outputs,
    activation: isLast ? "identity" : shape.activation,
    weights: Float32Array.from(parameters.subarray(weights, bias)),
    bias: Float32Array.from(parameters.subarray(bias, bias + outputs)),
  }));
}
