import { expect } from "chai";
import fc from "fast-check";
import {
  calcDelta,
  divide,
  inverseWeight,
  mulShift,
  mulShift32,
  shrBound,
  subPositive,
  u32,
  updateAvg,
} from "../../../sim/lib/arithmetic.ts";
import { IDLE_INVERSE, IDLE_WEIGHT, PRIO_TO_INVERSE, PRIO_TO_WEIGHT } from "../../../sim/state/weights.ts";

const MAX = Number.MAX_SAFE_INTEGER;
const many = { numRuns: 5000 };

/** Integers of all magnitudes, edges of the 2^37 split (A1) among them. */
function integer(max: number): fc.Arbitrary<number> {
  const bits = Math.ceil(Math.log2(max + 1));
  return fc.oneof(
    fc.integer({ min: 0, max: bits }).chain((n) => fc.integer({ min: 0, max: Math.min(max, 2 ** n) })),
    fc.constantFrom(...[0, 1, 2 ** 37 - 1, 2 ** 37, 2 ** 37 + 1, max].filter((x) => x <= max)),
  );
}

/** (a * mul) >> shift in exact integers. */
const exactShift = (a: number, mul: number, shift: number) => (BigInt(a) * BigInt(mul)) >> BigInt(shift);

describe("integer arithmetic in doubles", () => {
  it("multiplies and shifts exactly wherever the result is below 2^53", () => {
    fc.assert(
      fc.property(integer(MAX), integer(2 ** 32 - 1), fc.integer({ min: 0, max: 32 }), (a, mul, shift) => {
        const exact = exactShift(a, mul, shift);
        fc.pre(exact <= BigInt(MAX));
        expect(BigInt(mulShift(a, mul, shift))).to.equal(exact);
      }),
      many,
    );
  });

  it("decays with a split multiplier as with a whole one", () => {
    fc.assert(
      fc.property(integer(MAX), integer(2 ** 32 - 1), (a, mul) => {
        const result = mulShift32(a, Math.floor(mul / 65536), mul % 65536);
        expect(BigInt(result)).to.equal(exactShift(a, mul, 32));
      }),
      many,
    );
  });

  it("computes __calc_delta() for every weight, up to hours of run time", () => {
    const weights = [[IDLE_WEIGHT, IDLE_INVERSE], ...PRIO_TO_WEIGHT.map((w, i) => [w, PRIO_TO_INVERSE[i]])];
    fc.assert(
      fc.property(integer(2 ** 43), fc.constantFrom(...weights), (delta, [, inverse]) => {
        expect(BigInt(calcDelta(delta, 1024, inverse!))).to.equal(kernelCalcDelta(delta, 1024, inverse!));
      }),
      many,
    );
  });

  it("computes a task's share of a queue's period", () => {
    fc.assert(
      fc.property(
        integer(10 ** 12),
        fc.integer({ min: 3, max: 88761 }),
        fc.integer({ min: 0, max: 10 ** 9 }),
        (period, weight, others) => {
          const inverse = inverseWeight(weight + others);
          expect(BigInt(calcDelta(period, weight, inverse))).to.equal(
            kernelCalcDelta(period, weight, inverse),
          );
        },
      ),
      many,
    );
  });

  it("inverts weights as __update_inv_weight()", () => {
    expect(inverseWeight(0)).to.equal(0xffffffff);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (weight) => {
        expect(BigInt(inverseWeight(weight))).to.equal(0xffffffffn / BigInt(weight));
      }),
    );
  });

  it("divides as unsigned integers are divided", () => {
    fc.assert(
      fc.property(integer(MAX), fc.integer({ min: 1, max: 2 ** 31 }), (a, b) => {
        expect(BigInt(divide(a, b))).to.equal(BigInt(a) / BigInt(b));
      }),
      many,
    );
  });

  it("cuts to 32 bits, clamps at zero, averages towards zero, bounds shifts", () => {
    fc.assert(
      fc.property(integer(MAX), integer(MAX), fc.integer({ min: 0, max: 200 }), (a, b, shift) => {
        expect(BigInt(u32(a))).to.equal(BigInt(a) & 0xffffffffn);
        expect(subPositive(a, b)).to.equal(a > b ? a - b : 0);
        expect(BigInt(updateAvg(a, b))).to.equal(BigInt(a) + (BigInt(b) - BigInt(a)) / 8n);
        expect(BigInt(shrBound(a, shift))).to.equal(BigInt(a) >> BigInt(Math.min(shift, 63)));
      }),
      many,
    );
  });
});

/** __calc_delta() of Linux 6.1 with BigInt, step by step as the kernel does it. */
function kernelCalcDelta(delta: number, weight: number, inverse: number): bigint {
  let factor = BigInt(weight) * BigInt(inverse);
  let shift = 32n;
  const high = factor >> 32n;
  if (high !== 0n) {
    const bits = BigInt(high.toString(2).length);
    shift -= bits;
    factor >>= bits;
  }
  return (BigInt(delta) * factor) >> shift;
}
