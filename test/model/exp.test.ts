import { expect } from "chai";
import fc from "fast-check";
import { exp, log1p, sigmoid, softplus } from "../../model/numerics/exp.ts";

/** Relative distance. */
const off = (got: number, want: number) => Math.abs(got - want) / Math.abs(want);
const within = (least: number, most: number) => fc.double({ min: least, max: most, noNaN: true });

describe("deterministic exp, log and sigmoid", () => {
  it("exp agrees with Math.exp to 5e-16 relative over its whole range", () => {
    fc.assert(
      fc.property(within(-700, 700), (x) => {
        expect(off(exp(x), Math.exp(x))).to.be.below(5e-16);
      }),
      { numRuns: 5000 },
    );
  });

  it("exp limits its argument instead of overflowing", () => {
    expect(exp(1e9)).to.equal(exp(700));
    expect(exp(-1e9)).to.equal(exp(-700));
    expect(exp(0)).to.equal(1);
    expect(exp(Number.NaN)).to.be.NaN;
  });

  it("log1p agrees with Math.log1p on [0, 1]", () => {
    fc.assert(
      fc.property(within(1e-300, 1), (y) => {
        expect(off(log1p(y), Math.log1p(y))).to.be.below(5e-16);
      }),
      { numRuns: 5000 },
    );
    expect(log1p(0)).to.equal(0);
  });

  it("sigmoid is monotone, symmetric to rounding, and keeps NaN", () => {
    fc.assert(
      fc.property(within(-50, 50), within(-50, 50), (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(sigmoid(low)).to.be.at.most(sigmoid(high) + 2e-16);
        expect(sigmoid(a) + sigmoid(-a)).to.be.closeTo(1, 3e-16);
      }),
      { numRuns: 2000 },
    );
    expect(sigmoid(Number.NaN)).to.be.NaN;
  });

  it("softplus is the integral of sigmoid and does not overflow", () => {
    fc.assert(
      fc.property(within(-30, 30), (x) => {
        const slope = (softplus(x + 1e-5) - softplus(x - 1e-5)) / 2e-5;
        expect(slope).to.be.closeTo(sigmoid(x), 1e-6);
      }),
    );
    expect(softplus(1e6)).to.equal(1e6);
    expect(softplus(-1e6)).to.be.below(1e-300);
  });

  it("has pinned bits: the same on every machine", () => {
    const bits = (x: number) => new BigUint64Array(new Float64Array([x]).buffer)[0].toString(16);
    let state = 0n;
    for (let i = -400; i <= 400; i++) {
      const mixed = BigInt(`0x${bits(sigmoid(i / 16))}`) ^ BigInt(`0x${bits(softplus(i / 7))}`);
      state = BigInt.asUintN(64, state * 6364136223846793005n + mixed);
    }
    expect(state.toString(16)).to.equal("ba775a97d413daf0");
  });
});
