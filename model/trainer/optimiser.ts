/**
 * SGD, momentum, Adam and AdamW as in torch.optim (PyTorch 1.13), on flat arrays.
 *
 * Invariant:
 *  O1. `state()` holds everything the next step depends on besides parameters and gradients.
 */
import type { TrainerConfig } from "./config.ts";

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export interface OptimiserState {
  first: Float64Array;
  second: Float64Array;
  /** BETA1^t and BETA2^t after t steps. */
  power1: number;
  power2: number;
}

export interface Optimiser {
  step(parameters: Float64Array, gradients: Float64Array, learningRate: number): void;
  state(): OptimiserState;
  restore(state: OptimiserState): void;
}

export function optimiser(
  config: Pick<TrainerConfig, "optimiser" | "momentum" | "weightDecay">,
  count: number,
): Optimiser {
  const usesFirst = config.optimiser !== "sgd";
  const usesSecond = config.optimiser === "adam" || config.optimiser === "adamw";
  const first = new Float64Array(usesFirst ? count : 0);
  const second = new Float64Array(usesSecond ? count : 0);
  let power1 = 1;
  let power2 = 1;
  const decay = config.weightDecay;

  function sgd(p: Float64Array, g: Float64Array, rate: number): void {
    for (let i = 0; i < count; i++) p[i] -= rate * (g[i] + decay * p[i]);
  }

  function momentum(p: Float64Array, g: Float64Array, rate: number): void {
    for (let i = 0; i < count; i++) {
      const velocity = config.momentum * first[i] + (g[i] + decay * p[i]);
      first[i] = velocity;
      p[i] -= rate * velocity;
    }
  }

  function adam(p: Float64Array, g: Float64Array, rate: number): void {
    power1 *= BETA1;
    power2 *= BETA2;
    const stepSize = rate / (1 - power1);
    const correction = Math.sqrt(1 - power2);
    const decoupled = config.optimiser === "adamw";
    const coupled = decoupled ? 0 : decay;
    const shrink = decoupled ? 1 - rate * decay : 1;
    for (let i = 0; i < count; i++) {
      const gradient = g[i] + coupled * p[i];
      const m = BETA1 * first[i] + (1 - BETA1) * gradient;
      const v = BETA2 * second[i] + (1 - BETA2) * gradient * gradient;
      first[i] = m;
      second[i] = v;
      p[i] = p[i] * shrink - (stepSize * m) / (Math.sqrt(v) / correction + EPSILON);
    }
  }

  const step = usesSecond ? adam : usesFirst ? momentum : sgd;
  return {
    step,
    state: () => ({ first: first.slice(), second: second.slice(), power1, power2 }),
    restore(state) {
      first.set(state.first);
      second.set(state.second);
      power1 = state.power1;
      power2 = state.power2;
    },
  };
}
