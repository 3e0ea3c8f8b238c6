/**
 * The float network that a quantised one stands for: each weight and bias exactly what its integer means, rounded to
 * float32. Quantisation-aware fine-tuning runs its forward pass through it and passes gradients straight to the master
 * weights (the straight-through estimator of Jacob et al., CVPR 2018). What it leaves out is the rounding of activations
 * (x: 2^-16 of the input's range; sigmoid: SIGMOID_ERROR).
 */
import type { FixedNet } from "./fixed-point-net.ts";
import type { Net } from "./net.ts";
import { outputFrac, quantise, unboundedZeroOfX, unitOfX } from "./quantise.ts";

/** Quantise and back. The result quantises to the same real weights again. */
export function fakeQuantise(net: Net): Net {
  return dequantise(quantise(net), net.threshold);
}

/** The float network of a fixed-point one. `threshold`: the float threshold, by default that of the integer one. */
export function dequantise(
  fixed: FixedNet,
  threshold = Number(fixed.threshold) * 2 ** -fixed.logitFrac,
): Net {
  let unit = fixed.inputs.map(unitOfX);
  let zero = fixed.inputs.map(unboundedZeroOfX);
  const layers = fixed.layers.map((layer) => {
    const { inputs, outputs, activation, frac, shift } = layer;
    const weights = new Float32Array(inputs * outputs);
    const bias = new Float32Array(outputs);
    for (let i = 0; i < outputs; i++) {
      let sum = Number(layer.bias[i]) - (shift > 0 ? 2 ** (shift - 1) : 0);
      for (let j = 0; j < inputs; j++) {
        const w = layer.weights[i * inputs + j];
        weights[i * inputs + j] = (w * 2 ** -frac) / unit[j];
        sum += w * zero[j];
      }
      bias[i] = sum * 2 ** -frac;
    }
    unit = new Array(outputs).fill(2 ** -outputFrac(layer));
    zero = new Array(outputs).fill(0);
    return { inputs, outputs, activation, weights, bias };
  });
  const inputs = fixed.inputs.map((i) => ({
    feature: i.feature,
    transform: i.transform,
    clipLow: i.transform === "clipped" ? Number(i.low) : 0,
    clipHigh: i.transform === "clipped" ? Number(i.high) : 0,
    offset: i.offset,
    scale: i.scale,
  }));
  return { target: fixed.target, threshold, inputs, layers };
}
