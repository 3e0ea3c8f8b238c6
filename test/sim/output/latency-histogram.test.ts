import { expect } from "chai";
import fc from "fast-check";
import { bucketOf, LatencyHistograms } from "../../../sim/output/latency-histogram.ts";

const durations = fc.array(
  fc.oneof(
    fc.nat(20),
    fc.nat(),
    fc.maxSafeNat().map((n) => n % 2 ** 42),
  ),
  {
    minLength: 1,
    maxLength: 200,
  },
);

describe("latency histogram", () => {
  it("gives percentiles within an eighth of the sorted list's (H1, H2)", () => {
    fc.assert(
      fc.property(durations, fc.integer({ min: 1, max: 1000 }), (list, permille) => {
        const h = new LatencyHistograms();
        h.allocate();
        for (const ns of list) h.add(0, ns);
        const sorted = [...list].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil((list.length * permille) / 1000)) - 1];
        const got = h.percentile(0, permille);
        expect(got).to.be.at.least(Math.min(exact, 2 ** 41 - 1));
        expect(got).to.be.at.most(Math.max(exact * 1.125, sorted.at(-1)! >= 2 ** 41 ? sorted.at(-1)! : 0));
      }),
    );
  });

  it("keeps count, mean and maximum exactly, and histograms apart (H2)", () => {
    fc.assert(
      fc.property(fc.array(durations, { minLength: 1, maxLength: 5 }), (lists) => {
        const h = new LatencyHistograms();
        lists.forEach((list) => {
          const id = h.allocate();
          for (const ns of list) h.add(id, ns);
        });
        lists.forEach((list, id) => {
          const { count, meanNs, maxNs } = h.summary(id);
          const sum = list.reduce((x, y) => x + y);
          expect({ count, meanNs, maxNs }).to.deep.equal({
            count: list.length,
            meanNs: Math.floor(sum / list.length),
            maxNs: Math.max(...list),
          });
        });
      }),
    );
  });

  it("orders buckets as their values (H1)", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.integer({ min: 0, max: 11 }), fc.nat(1000), (a, scale, step) => {
        const low = a * 2 ** scale;
        expect(bucketOf(low + step)).to.be.at.least(bucketOf(low));
      }),
    );
    for (let ns = 0; ns < 16; ns++) expect(bucketOf(ns)).to.equal(ns);
  });

  it("is all zero when empty", () => {
    const h = new LatencyHistograms();
    h.allocate();
    expect(h.summary(0)).to.deep.equal({
      count: 0,
      meanNs: 0,
      p50Ns: 0,
      p95Ns: 0,
      p99Ns: 0,
      maxNs: 0,
    });
  });
});
