/**
 * From a raw feature to a network input, in integers the kernel can compute: the one definition that the trainer, the
 * fixed-point inference and the C code share.
 *
 * A feature is a 64-bit word, `u64` or `s64` (model/features.ts). T(value) is always an integer:
 *
 *  T1. `identity`  T = value.
 *  T2. `flag`      T = 0 if value is 0, else 1.
 *  T3. `clipped`   T = min(max(value, clipLow), clipHigh).
 *  T4. `log2`      T in units of 1/1024 octave. With u = min(max(value, 0) + 1, 2^64 - 1), n = floor(log2 u):
 *                  T = 1024 n + floor(1024 (u / 2^n - 1)), 0 <= T <= 65535. It equals 1024 log2(u) at powers of two and is
 *                  a straight line between them: monotone, at most 0.087 octave below the true logarithm. A find-last-set
 *                  and a rotation compute it; a model trained on T loses nothing by it.
 *  T5. T then saturates to the range of the input (`inputRange`), and x = (T - offset) * scale.
 *
 * Saturation exists because fixed-point inputs have 16 bits. `flag`, `clipped` and `log2` are bounded already; `identity`
 * is held to |x| <= INPUT_LIMIT. A NaN (the trace's "unknown") has no transform: it is refused.
 */
import { InputError } from "../traces/input-error.ts";
import { featureByName } from "./features.ts";
import type { InputSpec, Transform } from "./net.ts";

/** Identity inputs saturate at this many units of x (standard deviations, when the trainer standardises). */
export const INPUT_LIMIT = 8;

/** Units of the log2 transform per octave. */
export const LOG2_UNIT = 1024;
/** Largest result of the log2 transform: u = 2^64 - 1. */
export const LOG2_MAX = 64 * LOG2_UNIT - 1;

const EXACT = 2 ** 53;

/**
 * T(value), an exact integer. `clipLow` and `clipHigh` (integers) matter for `clipped` only.
 * Throws InputError for NaN and for anything that is not an integer with |value| <= 2^53.
 */
export function applyTransform(
  transform: Transform,
  clipLow: number,
  clipHigh: number,
  value: number,
): number {
  if (!(Math.abs(value) <= EXACT) || Math.floor(value) !== value) refuseValue(value);
  switch (transform) {
    case "identity":
      return value;
    case "flag":
      return value === 0 ? 0 : 1;
    case "clipped":
      return Math.min(Math.max(value, clipLow), clipHigh);
    case "log2":
      return log2Fixed(value);
  }
}

/** T4 for an exact integer with |value| <= 2^53. */
export function log2Fixed(value: number): number {
  if (value <= 0) return 0;
  const u = value + 1; // 2^53 + 1 rounds to 2^53: the same T
  if (u < 2 ** 32) {
    const n = 31 - Math.clz32(u);
    return n * LOG2_UNIT + ((n > 10 ? u >>> (n - 10) : u << (10 - n)) & (LOG2_UNIT - 1));
  }
  const top = Math.floor(u / 2 ** 22); // 2^10 <= top <= 2^31: keeps the leading one and ten bits more
  const n = 31 - Math.clz32(top);
  return (n + 22) * LOG2_UNIT + ((top >>> (n - 10)) & (LOG2_UNIT - 1));
}

/** Where T saturates; both ends are integers, `high > low`. */
export interface InputRange {
  low: number;
  high: number;
}

/**
 * The range of T that an input distinguishes (T5), within the domain of its feature and within +-2^53.
 * Throws InputError when the feature is unknown or an outcome, or when the range is empty or a single point.
 */
export function inputRange(spec: InputSpec): InputRange {
  const feature = featureByName(spec.feature);
  if (feature === undefined) {
    throw new InputError("a model cannot read this column", {
      field: `inputs.${spec.feature}`,
      found: spec.feature,
      expected: "a feature known before the decision (model/features.ts)",
    });
  }
  if (!Number.isFinite(spec.offset) || !Number.isFinite(spec.scale) || spec.scale === 0) {
    throw new InputError("the normalisation of an input is not usable", {
      field: `inputs.${spec.feature}`,
      found: `offset ${spec.offset}, scale ${spec.scale}`,
      expected: "finite numbers, scale not 0",
      hint: "Drop columns without variance before training.",
    });
  }
  let low: number;
  let high: number;
  switch (spec.transform) {
    case "flag":
      return { low: 0, high: 1 };
    case "log2":
      return { low: 0, high: LOG2_MAX };
    case "clipped":
      low = Math.ceil(spec.clipLow);
      high = Math.floor(spec.clipHigh);
      break;
    case "identity": {
      const reach = INPUT_LIMIT / Math.abs(spec.scale);
      low = Math.ceil(spec.offset - reach);
      high = Math.floor(spec.offset + reach);
      break;
    }
  }
  low = Math.max(low, feature.type === "u64" ? 0 : -EXACT);
  high = Math.min(high, EXACT);
  if (!(high > low)) {
    throw new InputError("an input distinguishes no two values", {
      field: `inputs.${spec.feature}`,
      found: `range ${low}..${high}`,
      expected: "an upper end above the lower end, within the feature's domain",
      hint: "Check clipLow and clipHigh, or the offset and scale.",
    });
  }
  return { low, high };
}

/**
 * A function from the raw value of one row to the network input x of `spec`, saturation included.
 * It throws InputError for unknown (NaN) values and for negative numbers in unsigned features.
 */
export function inputTransformer(spec: InputSpec): (value: number) => number {
  const { low, high } = inputRange(spec);
  const unsigned = featureByName(spec.feature)!.type === "u64";
  const { transform, clipLow, clipHigh, offset, scale } = spec;
  return (value) => {
    if (unsigned && value < 0) refuseValue(value, spec.feature);
    const t = applyTransform(transform, clipLow, clipHigh, value);
    return (Math.min(Math.max(t, low), high) - offset) * scale;
  };
}

/** Reports a value that no feature can have. */
export function refuseValue(value: number, field?: string): never {
  throw new InputError(Number.isNaN(value) ? "a feature is unknown" : "a feature has an impossible value", {
    ...(field === undefined ? {} : { field }),
    found: value,
    expected: "an integer the feature's type can hold, at most 2^53 in magnitude",
    hint: "Drop records with unknown values before a model sees them.",
  });
}
