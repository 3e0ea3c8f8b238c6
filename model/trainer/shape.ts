import type { Activation } from "../net.ts";

/** Sizes of a multi-layer perceptron: units[0] inputs, then each hidden layer, then 1. */
export interface Shape {
  units: readonly number[];
  /** Of the hidden layers; the last layer is a logit (identity). */
  activation: Exclude<Activation, "identity">;
}

export function shapeOf(inputs: number, hidden: readonly number[], activation: Shape["activation"]): Shape {
  return { units: [inputs, ...hidden, 1], activation };
}

/** Where a layer's parameters stand in the flat array: weights row-major [outputs][inputs], then the biases. */
export interface LayerPlace {
  inputs: number;
  outputs: number;
  weights: number;
  bias: number;
  isLast: boolean;
}

export function layerPlaces(shape: Shape): LayerPlace[] {
  const places: LayerPlace[] = [];
  let offset = 0;
  for (let l = 1; l < shape.units.length; l++) {
    const inputs = shape.units[l - 1];
    const outputs = shape.units[l];
    const bias = offset + inputs * outputs;
    places.push({ inputs, outputs, weights: offset, bias, isLast: l === shape.units.length - 1 });
    offset = bias + outputs;
  }
  return places;
}

export function parameterCount(shape: Shape): number {
  return layerPlaces(shape).reduce((sum, p) => sum + (p.inputs + 1) * p.outputs, 0);
}
