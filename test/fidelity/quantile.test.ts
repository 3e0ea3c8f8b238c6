import { expect } from "chai";
import seedrandom from "seedrandom";
import { compareSides, recordedSideOf, sideOfMetrics } from "../../fidelity/compare.ts";
import type { Metric } from "../../fidelity/metrics.ts";
import { sampledQuantile } from "../../fidelity/quantile.ts";

describe("a quantile of samples", () => {
  const samples = (n: number, seed: string) => {
    const random = seedrandom(seed);
    return Float64Array.from({ length: n }, () => random()).sort();
  };

  it("lies within its interval 95 times of 100", () => {
    for (const percent of [10, 50, 90]) {
      const hits = Array.from({ length: 1000 }, (_, i) => {
        const [low, high] = sampledQuantile(samples(200, `${percent} ${i}`), percent).sure;
        return low <= percent / 100 && percent / 100 <= high ? 1 : 0;
      }).reduce<number>((sum, hit) => sum + hit, 0);
      expect(hits).to.be.within(930, 985);
    }
  });

  it("is bounded by few samples only in the middle, and by none of a few", () => {
    expect(sampledQuantile(samples(33, "a"), 90).isBounded).to.equal(false);
    expect(sampledQuantile(samples(33, "a"), 50).isBounded).to.equal(true);
    expect(sampledQuantile(samples(60, "a"), 90).isBounded).to.equal(true);
    expect(sampledQuantile([], 50)).to.deep.equal({ value: 0, sure: [0, 0], isBounded: true });
  });

  it("of a recording differs only beyond its interval, and tells nothing where that is open", () => {
    const metric = (value: number, sure: [number, number], few: boolean): Metric => ({
      ...{ name: "wait p90 ms", family: "stretch", events: 100, value, sure, few },
    });
    const verdict = (real: Metric, simulated: number) =>
      compareSides(sideOfMetrics([[metric(simulated, [0, 0], false)]]), recordedSideOf([[real]]))[0]!.verdict;
    expect(verdict(metric(1, [0.9, 1.1], false), 2)).to.equal("differs");
    expect(verdict(metric(1, [0.8, 1.3], false), 1.5)).to.equal("agrees");
    expect(verdict(metric(1, [0.9, 1.1], true), 2)).to.equal("cannot tell");
  });
});
