import { expect } from "chai";
import fc from "fast-check";
import {
  addBuckets,
  bucketRange,
  pairedRatio,
  parseLatency,
  quantile,
  trimmedMean,
} from "../../kernel-bridge/deploy/latency.ts";

/** ml_fair_bucket() of the kernel, written with BigInt. */
function bucketOf(cycles: bigint): number {
  if (cycles < 16n) return Number(cycles);
  const octave = cycles.toString(2).length - 1;
  return Math.min(16 * (octave - 3) + Number((cycles >> BigInt(octave - 4)) & 15n), 255);
}

const histogram = (values: readonly number[]) => {
  const buckets = new Array<number>(256).fill(0);
  for (const value of values) buckets[bucketOf(BigInt(value))]++;
  return buckets;
};

describe("latency histograms", () => {
  it("cover every number of cycles once, as the kernel counts it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 18 }), (cycles) => {
        const { low, high } = bucketRange(bucketOf(BigInt(cycles)));
        expect(cycles).to.be.at.least(low).and.below(high);
      }),
    );
    for (let bucket = 0; bucket < 250; bucket++)
      expect(bucketRange(bucket).high).to.equal(bucketRange(bucket + 1).low);
  });

  it("give quantiles within a bucket of the exact ones", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 4, max: 500_000 }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, p) => {
          const exact = [...values].sort((a, b) => a - b)[Math.ceil(p * values.length) - 1];
          expect(quantile(histogram(values), p)).to.be.within(exact / 1.07, exact * 1.07 + 1);
        },
      ),
    );
  });

  it("lose a few gigantic calls when trimmed", () => {
    const values = [...new Array(99).fill(1000), 10 ** 9];
    expect(trimmedMean(histogram(values))).to.be.within(896, 1152);
  });

  it("are read from the kernel's text and added up", () => {
    const text = "stock softirq 3 500 0 1 2\nfixed active 1 7 0 0 0 0 1\n";
    const found = parseLatency(text);
    expect(found).to.deep.equal([
      { what: "stock", context: "softirq", calls: 3, cycles: 500, buckets: [0, 1, 2] },
      { what: "fixed", context: "active", calls: 1, cycles: 7, buckets: [0, 0, 0, 0, 1] },
    ]);
    expect(addBuckets(found)).to.deep.equal([0, 1, 2, 0, 1]);
  });
});

describe("the ratio of paired rounds", () => {
  const random = () => {
    let state = 1;
    return () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
  };

  it("is exact and without width when every round has the same ratio", () => {
    const below = [5, 7, 11, 13];
    const ratio = pairedRatio(
      below.map((x) => 1.5 * x),
      below,
      random(),
    );
    for (const value of [ratio.value, ratio.low, ratio.high]) expect(value).to.be.closeTo(1.5, 1e-12);
  });

  it("has an interval that holds the value", () => {
    const positive = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(positive, positive, (above, below) => {
        const { value, low, high } = pairedRatio(above, below, random(), 300);
        expect(low).to.be.at.most(high);
        expect(value).to.be.within(low - 1e-9, high + 1e-9);
      }),
    );
  });
});
