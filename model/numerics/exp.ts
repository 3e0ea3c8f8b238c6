/**
 * exp, log(1 + y) and the logistic function from +, -, *, / alone.
 *
 * `Math.exp` and `Math.log` may differ in the last bit between engines and machines; IEEE 754 fixes every bit of the
 * four operations, so a training run that uses only these has the same weights everywhere. Errors against the true
 * value stay under 5e-16 relative (test/model/exp.test.ts measures them).
 *
 * Invariant:
 *  E1. `sigmoid` performs the same operations in the same order as the SIMD code of trainer/wasm-mlp.ts, which imports
 *      the constants from here: both give the same bits.
 */

export const LOG2_E = Math.LOG2E;
/** ln 2 in two parts: the high part has 33 significant bits, so k * LN2_HIGH is exact for |k| < 2^20. */
export const LN2_HIGH = 0.6931471803691238;
export const LN2_LOW = 1.9082149292705877e-10;
/** Adding and subtracting 1.5 * 2^52 rounds a double to the nearest integer, ties to even. */
export const ROUNDER = 6755399441055744;
/** Taylor coefficients 1/n! from n = 12 down to 2; on |r| <= ln(2)/2 the remainder is below 2e-16. */
export const EXP_COEFFICIENTS: readonly number[] = [
  1 / 479001600,
  1 / 39916800,
  1 / 3628800,
  1 / 362880,
  1 / 40320,
  1 / 5040,
  1 / 720,
  1 / 120,
  1 / 24,
  1 / 6,
  1 / 2,
];
/** Beyond it the logistic function is 0 or 1 to double precision; limiting the argument keeps 2^k normal. */
export const SIGMOID_LIMIT = 40;

/** POWERS[k + 1022] = 2^k for k in [-1022, 1023]; doubling and halving are exact. */
const POWERS = (() => {
  const powers = new Float64Array(2046);
  powers[1022] = 1;
  for (let k = 1; k <= 1023; k++) powers[1022 + k] = powers[1021 + k] * 2;
  for (let k = 1; k <= 1022; k++) powers[1022 - k] = powers[1023 - k] / 2;
  return powers;
})();

const [C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2] = EXP_COEFFICIENTS as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/** e^x for |x| <= 700: x = k ln 2 + r, e^x = 2^k e^r. Outside the argument is limited to that range. */
export function exp(x: number): number {
  const limited = Math.max(Math.min(x, 700), -700);
  const k = limited * LOG2_E + ROUNDER - ROUNDER;
  const r = limited - k * LN2_HIGH - k * LN2_LOW;
  let p = C12 * r + C11;
  p = p * r + C10;
  p = p * r + C9;
  p = p * r + C8;
  p = p * r + C7;
  p = p * r + C6;
  p = p * r + C5;
  p = p * r + C4;
  p = p * r + C3;
  p = p * r + C2;
  p = p * r + 1;
  p = p * r + 1;
  return p * POWERS[k + 1022];
}

/** 1 / (1 + e^-x). NaN stays NaN. */
export function sigmoid(x: number): number {
  const limited = Math.max(Math.min(x, SIGMOID_LIMIT), -SIGMOID_LIMIT);
  return 1 / (1 + exp(-limited));
}

/** ln(1 + y) for 0 <= y <= 1: 2 artanh(s), s = y / (2 + y) <= 1/3, by its series up to s^35. */
export function log1p(y: number): number {
  const s = y / (2 + y);
  const s2 = s * s;
  let p = 1 / 35;
  for (let n = 33; n >= 1; n -= 2) p = p * s2 + 1 / n;
  return 2 * s * p;
}

/** ln(1 + e^x), the cross-entropy of a logit: never overflows. */
export function softplus(x: number): number {
  return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}
