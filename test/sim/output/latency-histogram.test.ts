import { expect } from "chai";
import fc from "fast-check";
import { LatencyHistogram } from "../../../sim/output/latency-histogram.ts";

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
        const h = new LatencyHistogram();
        for (const ns of list) h.add(ns);
        const sorted = [...list].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil((list.length * permille) / 1000)) - 1];
        const got = h.percentile(permille);
        expect(got).to.be.at.least(Math.min(exact, 2 ** 41));
        expect(got).to.be.at.most(Math.max(exact * 1.125, sorted.at(-1)! >= 2 ** 41 ? sorted.at(-1)! : 0));
      }),
    );
  });

  it("keeps count, sum and maximum exactly, also when merged (H2)", () => {
    fc.assert(
      fc.property(durations, durations, (a, b) => {
        const merged = new LatencyHistogram();
        const other = new LatencyHistogram();
        const whole = new LatencyHistogram();
        for (const ns of a) merged.add(ns);
        for (const ns of b) other.add(ns);
        for (const ns of [...a, ...b]) whole.add(ns);
        merged.merge(other);
        expect(merged.summary()).to.deep.equal(whole.summary());
        expect(whole.max).to.equal(Math.max(...a, ...b));
        expect(whole.sum).to.equal([...a, ...b].reduce((x, y) => x + y));
      }),
    );
  });

  it("is all zero when empty", () => {
    expect(new LatencyHistogram().summary()).to.deep.equal({
      count: 0,
      meanNs: 0,
      p50Ns: 0,
      p95Ns: 0,
      p99Ns: 0,
      maxNs: 0,
    });
  });
});
