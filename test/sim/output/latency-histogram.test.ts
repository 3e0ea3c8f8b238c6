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
  const ranked = (list: readonly number[], permille: number) =>
    [...list].sort((a, b) => a - b)[Math.max(1, Math.ceil((list.length * permille) / 1000)) - 1];
  const histogramOf = (list: readonly number[]) => {
    const h = new LatencyHistograms();
    h.allocate();
    for (const ns of list) h.add(0, ns);
    return h;
  };

  it("gives the very percentiles of the sorted list while there are few values (H2)", () => {
    fc.assert(
      fc.property(durations, fc.integer({ min: 1, max: 1000 }), (list, permille) => {
        expect(histogramOf(list).percentile(0, permille)).to.equal(ranked(list, permille));
      }),
    );
  });

  it("gives them within a thousandth when there are many, and never beyond the extremes (H1, H2)", () => {
    const many = fc.tuple(durations, fc.integer({ min: 8193, max: 12_000 }), fc.nat());
    fc.assert(
      fc.property(many, fc.integer({ min: 1, max: 1000 }), ([base, length, salt], permille) => {
        const list = Array.from({ length }, (_, i) =>
          Math.floor(base[i % base.length] * (1 + (((i * 2654435761 + salt) >>> 0) % 1000) / 1000)),
        ).filter((ns) => ns < 2 ** 42);
        if (list.length === 0) return;
        const exact = ranked(list, permille);
        const got = histogramOf(list).percentile(0, permille);
        expect(Math.abs(got - exact)).to.be.at.most(exact / 1000);
        expect(got).to.be.within(Math.min(...list), Math.max(...list));
      }),
      { numRuns: 40 },
    );
  });

  it("gives a value that is the only one exactly, however often it comes", () => {
    for (const ns of [0, 1, 1023, 1025, 5_000_000, 123_456_789_012, 2 ** 42 + 1]) {
      const h = histogramOf(new Array(20_000).fill(ns));
      for (const permille of [1, 500, 950, 990, 1000]) expect(h.percentile(0, permille)).to.equal(ns);
    }
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

  it("gives of all values together what one distribution of them all would give", () => {
    const lists = fc.array(
      fc
        .tuple(durations, fc.constantFrom(1, 1, 50, 100))
        .map(([list, times]) => Array(times).fill(list).flat()),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(lists, (parts) => {
        const h = new LatencyHistograms();
        for (const list of parts) {
          const id = h.allocate();
          for (const ns of list) h.add(id, ns);
        }
        expect(h.whole()).to.deep.equal(histogramOf(parts.flat()).summary(0));
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
    for (let ns = 0; ns < 2048; ns++) expect(bucketOf(ns)).to.equal(ns);
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
