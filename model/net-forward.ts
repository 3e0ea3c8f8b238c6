/** The reference forward pass of a float network in double precision, from raw feature values. Readable, not fast. */
import type { Activation, Net } from "./net.ts";
import { inputTransformer } from "./transform.ts";

export function activate(activation: Activation, z: number): number {
  if (activation === "sigmoid") return 1 / (1 + Math.exp(-z));
  return activation === "relu" ? Math.max(z, 0) : z;
}

/** A function from raw values (in the order of `net.inputs`) to the float logit. Unknown values are refused. */
export function floatLogit(net: Net): (values: ArrayLike<number>) => number {
  const transforms = net.inputs.map(inputTransformer);
  return (values) => {
    let x = transforms.map((t, j) => t(values[j]));
    for (const layer of net.layers) {
      const y: number[] = [];
      for (let i = 0; i < layer.outputs; i++) {
        let sum = layer.bias[i];
        for (let j = 0; j < layer.inputs; j++) sum += layer.weights[i * layer.inputs + j] * x[j];
        y.push(activate(layer.activation, sum));
      }
      x = y;
    }
    return x[0];
  };
}
