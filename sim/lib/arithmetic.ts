/**
 * The kernel's integer arithmetic in doubles: every function returns exactly what C computes on u32/u64.
 *
 * A double holds integers up to 2^53 exactly, a product of a u64 and a u32 does not fit. The multiplier is therefore
 * split into halves of 16 bits: with a < 2^37 both partial products stay below 2^53 (A1). Larger values of `a` (a task
 * that ran 137 s without a tick, load sums of many heavy tasks) take the slow way over 16-bit digits.
 *
 * Inputs are non-negative integers below 2^53 unless said otherwise.
 */

/** A zero that V8 stores as a double, so that a field never changes its representation from small integer. */
export const D0 = -0;

const TWO_16 = 65536;
const INV_TWO_16 = 1 / 65536;
const TWO_32 = 4294967296;
const TWO_37 = 137438953472;

/** POW2[n] = 2^n for n = 0..63, INV_POW2[n] = 2^-n: shifts of values beyond 32 bits. */
export const POW2 = Float64Array.from({ length: 64 }, (_, n) => 2 ** n);
export const INV_POW2 = Float64Array.from({ length: 64 }, (_, n) => 2 ** -n);

/** (a * mul) >> shift, the full product taken as in mul_u64_u32_shr() with 128 bits; mul < 2^32, 0 <= shift <= 32. */
export function mulShift(a: number, mul: number, shift: number): number {
  if (a >= TWO_37) return mulShiftDigits(a, mul, shift);
  const high = Math.floor(mul * INV_TWO_16);
  const low = mul - high * TWO_16;
  const lowProduct = a * low; // A1
  const carried = a * high + Math.floor(lowProduct * INV_TWO_16); // A1; product = carried * 2^16 + rest
  if (shift >= 16) return Math.floor(carried * INV_POW2[shift - 16]);
  const rest = lowProduct % TWO_16;
  return carried * POW2[16 - shift] + Math.floor(rest * INV_POW2[shift]);
}

/** mulShift() for any a < 2^53: school multiplication in digits of 16 bits, then a shift by whole digits and bits. */
function mulShiftDigits(a: number, mul: number, shift: number): number {
  const mulHigh = Math.floor(mul * INV_TWO_16);
  const mulLow = mul - mulHigh * TWO_16;
  // digits of the product, least significant first; 53 + 32 bits fit in six
  const digits = [0, 0, 0, 0, 0, 0, 0];
  let rest = a;
  for (let i = 0; i < 4; i++) {
    const digit = rest % TWO_16;
    rest = Math.floor(rest * INV_TWO_16);
    digits[i] += digit * mulLow;
    digits[i + 1] += digit * mulHigh;
  }
  for (let i = 0; i < 6; i++) {
    const carry = Math.floor(digits[i] * INV_TWO_16);
    digits[i] -= carry * TWO_16;
    digits[i + 1] += carry;
  }
  let result = 0;
  const skip = shift >> 4;
  const bits = shift & 15;
  for (let i = 6; i > skip; i--) result = result * TWO_16 + digits[i];
  return result * POW2[16 - bits] + Math.floor(digits[skip] * INV_POW2[bits]);
}

/** (a * mul) >> 32 with the multiplier already split: mul = high * 2^16 + low. */
export function mulShift32(a: number, high: number, low: number): number {
  if (a >= TWO_37) return mulShiftDigits(a, high * TWO_16 + low, 32);
  return Math.floor((a * high + Math.floor(a * low * INV_TWO_16)) * INV_TWO_16);
}

/**
 * delta * weight / lw.weight as __calc_delta() computes it, by the 32-bit inverse 2^32 / lw.weight.
 * `weight` and the weight behind `inverse` are unscaled (nice 0 = 1024).
 */
export function calcDelta(delta: number, weight: number, inverse: number): number {
  let factor = weight * inverse; // < 2^17 * 2^32
  let shift = 32;
  if (factor >= TWO_32) {
    const bits = 32 - Math.clz32(Math.floor(factor / TWO_32));
    factor = Math.floor(factor * INV_POW2[bits]);
    shift -= bits;
  }
  return mulShift(delta, factor, shift);
}

/** The inverse of a queue's unscaled weight, as __update_inv_weight() caches it. */
export function inverseWeight(weight: number): number {
  return weight === 0 ? 0xffffffff : Math.floor(0xffffffff / weight);
}

/** a / b for unsigned integers. Exact: with a < 2^53 the rounded quotient cannot reach the next integer. */
export function divide(a: number, b: number): number {
  return Math.floor(a / b);
}

/** a * b / c for unsigned integers, exact for a < 2^37, b < 2^37 and c < 2^37. */
export function mulDivide(a: number, b: number, c: number): number {
  const product = a * b;
  if (product <= Number.MAX_SAFE_INTEGER) return Math.floor(product / c);
  const high = Math.floor(a * INV_TWO_16);
  const quotient = Math.floor((high * b) / c);
  const rest = high * b - quotient * c;
  return quotient * TWO_16 + Math.floor((rest * TWO_16 + (a - high * TWO_16) * b) / c);
}

/** The low 32 bits, as a cast to u32 or max_t(u32, ...) takes them. */
export function u32(a: number): number {
  return a >>> 0;
}

/** sub_positive(): a - b, or 0 where that would be negative. */
export function subPositive(a: number, b: number): number {
  return a > b ? a - b : 0;
}

/** update_avg(): avg + (sample - avg) / 8 with C's division, which truncates towards zero. */
export function updateAvg(avg: number, sample: number): number {
  return avg + Math.trunc((sample - avg) / 8);
}

/** shr_bound(): val >> min(shift, 63). */
export function shrBound(value: number, shift: number): number {
  return shift > 52 ? 0 : Math.floor(value * INV_POW2[shift]);
}

/** scale_load_down(): the unscaled weight of a load weight that is scaled by 1024. */
export function scaleLoadDown(load: number): number {
  return load === 0 ? 0 : Math.max(Math.floor(load * INV_POW2[10]), 2);
}
