import { expect } from "chai";
import fc from "fast-check";
import { DERIVED_FEATURES, FEATURES, featureByName, OUTCOME_COLUMNS } from "../../model/features.ts";
import type { InputSpec } from "../../model/net.ts";
import { applyTransform, inputRange, inputTransformer, LOG2_MAX, log2Fixed } from "../../model/transform.ts";
import { InputError } from "../../traces/input-error.ts";
import { NUMERIC_NAMES } from "../../traces/schema.ts";

const exact = fc.oneof(
  fc.maxSafeInteger(),
  fc.nat(5000),
  fc.nat(53).map((n) => 2 ** n),
  fc.nat(53).map((n) => 2 ** n - 1),
);

/** T4 in BigInts. */
function log2ByBigInt(value: number): number {
  const u = value > 0 ? BigInt(value) + 1n : 1n;
  const n = BigInt(u.toString(2).length - 1);
  return Number(1024n * n + (1024n * (u - 2n ** n)) / 2n ** n);
}

const spec = (part: Partial<InputSpec>): InputSpec => ({
  feature: "pid",
  transform: "identity",
  clipLow: 0,
  clipHigh: 0,
  offset: 0,
  scale: 1,
  ...part,
});

describe("the integer transforms", () => {
  it("compute the logarithm of the definition", () => {
    fc.assert(
      fc.property(exact, (v) => {
        expect(log2Fixed(v)).to.equal(log2ByBigInt(v));
      }),
      { numRuns: 5000 },
    );
  });

  it("let the logarithm grow with the value, exact at powers of two, 0.087 octaves low at most", () => {
    fc.assert(
      fc.property(exact, (v) => {
        if (v < 2 ** 53) expect(log2Fixed(v + 1)).to.be.at.least(log2Fixed(v));
        const low = Math.log2(1 + Math.max(v, 0)) - log2Fixed(v) / 1024;
        expect(low).to.be.within(-1e-9, 0.087 + 1 / 1024);
      }),
    );
    for (let n = 0; n < 53; n++) expect(log2Fixed(2 ** n - 1)).to.equal(1024 * n);
    expect(LOG2_MAX).to.equal(65535);
  });

  it("clip, flag and pass on", () => {
    expect(applyTransform("clipped", -3, 9, -10)).to.equal(-3);
    expect(applyTransform("clipped", -3, 9, 10)).to.equal(9);
    expect(applyTransform("clipped", -3, 9, 4)).to.equal(4);
    expect([-5, 0, 7].map((v) => applyTransform("flag", 0, 0, v))).to.deep.equal([1, 0, 1]);
    expect(applyTransform("identity", 0, 0, -(2 ** 53))).to.equal(-(2 ** 53));
  });

  it("refuse unknown values and what is no exact integer", () => {
    for (const bad of [Number.NaN, Infinity, -Infinity, 0.5, 2 ** 54]) {
      expect(() => applyTransform("log2", 0, 0, bad), String(bad)).to.throw(InputError, /feature/);
    }
  });

  it("saturate an identity at eight units of x, and an unsigned feature at 0", () => {
    const wide = spec({ feature: "delta", offset: 1000, scale: 0.01 });
    expect(inputRange(wide)).to.deep.equal({ low: 200, high: 1800 });
    expect(inputTransformer(wide)(10 ** 9)).to.equal(8);
    expect(inputTransformer(wide)(-(10 ** 9))).to.equal(-8);
    expect(inputRange(spec({ offset: 10, scale: 0.01 })).low).to.equal(0);
    expect(() => inputTransformer(spec({}))(-1)).to.throw(InputError, /pid.*found -1/);
  });

  it("refuse inputs that cannot be: outcomes, empty ranges, no scale", () => {
    expect(() => inputRange(spec({ feature: "migration" }))).to.throw(InputError, /cannot read this column/);
    expect(() => inputRange(spec({ transform: "clipped", clipLow: 5, clipHigh: 5 }))).to.throw(
      InputError,
      /no two/,
    );
    expect(() => inputRange(spec({ scale: Number.NaN }))).to.throw(InputError, /normalisation/);
  });
});

describe("the features", () => {
  it("are all numeric columns but the outcomes, and the derived ones, numbered without gaps (F1, F2)", () => {
    const names = FEATURES.map((f) => f.name as string);
    expect([...names, ...OUTCOME_COLUMNS].sort()).to.deep.equal(
      [...NUMERIC_NAMES, ...DERIVED_FEATURES].sort(),
    );
    // as they were published: later ones come behind
    expect([names[0], names[32], ...names.slice(33)]).to.deep.equal([
      "pid",
      "sd_share_capacity",
      "coldness",
      "task_forced_before",
    ]);
    FEATURES.forEach((f, i) => {
      expect(f.id).to.equal(i);
      expect(featureByName(f.name)).to.equal(f);
    });
  });
});
