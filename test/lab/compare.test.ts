import { expect } from "chai";
import fc from "fast-check";
import { isPast, parseGate } from "../../lab/compare/gate.ts";
import type { Pair } from "../../lab/compare/pairs.ts";
import {
  bootstrapRange,
  deviation,
  holm,
  leastP,
  mean,
  normalQuantile,
  pairsNeeded,
  signFlipP,
} from "../../lab/compare/statistics.ts";
import { ALPHA, comparePairs } from "../../lab/compare/verdict.ts";
import { METRICS } from "../../lab/sweep/metrics.ts";
import { randomStream } from "../../sim/engine/random.ts";
import { RequestError } from "../../traces/input-error.ts";

const NAMES = Object.keys(METRICS);

/** Pairs whose metrics are drawn by `a` and `b`. */
function pairsOf(
  count: number,
  a: (metric: number) => number,
  b: (metric: number, a: number) => number,
): Pair[] {
  const row = (values: number[], seed: string) => ({
    index: 0,
    cell: {},
    seed,
    metrics: Object.fromEntries(NAMES.map((name, i) => [name, values[i]])),
    events: 0,
    records: 0,
    traceSha256: "",
  });
  return Array.from({ length: count }, (_, k) => {
    const as = NAMES.map((_, m) => a(m));
    return {
      stratum: "",
      seed: String(k),
      a: row(as, String(k)),
      b: row(
        as.map((x, m) => b(m, x)),
        String(k),
      ),
    };
  });
}

describe("the statistics of comparisons", () => {
  it("have the p of R's and scipy's tables", () => {
    // permutation_test((x,), mean, permutation_type="samples") of scipy: 2 of 16 sign flips are as far from 0
    expect(signFlipP([1, 2, 3, 4], () => 0)).to.equal(2 / 16);
    expect(signFlipP([1, -1, 1, -1], () => 0)).to.equal(1);
    // p.adjust(c(0.01, 0.02, 0.03, 0.04), "holm") and p.adjust(c(0.04, 0.001, 0.9), "holm") of R
    expect(holm([0.01, 0.02, 0.03, 0.04])).to.deep.equal([0.04, 0.06, 0.06, 0.06]);
    expect(holm([0.04, 0.001, 0.9])).to.deep.equal([0.08, 0.003, 0.9]);
    // qnorm(c(0.975, 0.8, 0.001)) of R
    expect(normalQuantile(0.975)).to.be.closeTo(1.959964, 1e-6);
    expect(normalQuantile(0.8)).to.be.closeTo(0.8416212, 1e-6);
    expect(normalQuantile(0.001)).to.be.closeTo(-3.090232, 1e-6);
    // ((1.959964 + 0.8416212) / 0.5)^2 = 31.4: Cohen's table for paired differences of half a deviation, less the t correction
    expect(pairsNeeded(1, 0.5, 0.05)).to.equal(32);
    expect(deviation([2, 4, 4, 4, 5, 5, 7, 9])).to.be.closeTo(2.13809, 1e-5); // sd() of R
  });

  it("count all sign flips of few pairs, and draw those of many to the same p", () => {
    const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(numbers, (differences) => {
        const p = signFlipP(differences, () => 0);
        const pairs = differences.filter((d) => d !== 0).length;
        expect(p).to.be.within(pairs === 0 ? 1 : leastP(pairs), 1);
        expect(
          signFlipP(
            differences.map((d) => -d),
            () => 0,
          ),
        ).to.equal(p);
      }),
    );
    const random = randomStream("1", "test");
    const few = [3, -1, 4, 1, -5, 9, 2, 6, -5, 3, 5, 8];
    const exact = signFlipP(few, random);
    const drawn = signFlipP([...few, 1e-9], random); // one more pair, which weighs nothing: drawn at random
    expect(drawn).to.be.closeTo(exact, 0.02);
  });

  it("put an interval around the mean that has the width of theory", () => {
    const random = randomStream("1", "test");
    const values = Array.from({ length: 200 }, () => random() + random() + random());
    const [low, high] = bootstrapRange(
      [[...values.keys()]],
      (drawn) => mean(drawn.map((i) => values[i])),
      0.95,
      4000,
      random,
    );
    const half = (1.96 * deviation(values)) / Math.sqrt(values.length);
    expect((high - low) / 2).to.be.closeTo(half, 0.1 * half);
    expect(mean(values)).to.be.within(low, high);
  });
});

describe("verdicts", () => {
  it("raise a false alarm in at most 5 of 100 comparisons of equal things, over all metrics", () => {
    const random = randomStream("1", "test");
    let alarms = 0;
    for (let k = 0; k < 1000; k++) {
      const pairs = pairsOf(10, random, () => random());
      const verdicts = comparePairs(pairs, { random, resamples: 2 });
      if (verdicts.some(({ verdict }) => ["better", "worse", "different"].includes(verdict))) alarms++;
    }
    // at a rate of ALPHA, 71 or more of 1000 have a chance of 0.2 %
    expect(alarms).to.be.at.most(70);
    expect(alarms / 1000).to.be.at.most(ALPHA + 0.02);
  });

  it("find a difference beyond noise, and say which way is better", () => {
    const random = randomStream("2", "test");
    const pairs = pairsOf(
      14,
      () => 100 + random(),
      (_, x) => x * (1.05 + 0.005 * random()),
    );
    const by = Object.fromEntries(comparePairs(pairs, { random, resamples: 500 }).map((m) => [m.name, m]));
    expect(by.throughput.verdict).to.equal("better");
    expect(by.p99.verdict).to.equal("worse");
    expect(by.migrations.verdict).to.equal("different");
    expect(by.throughput.ratio).to.be.closeTo(1.0525, 0.002);
    expect(by.throughput.low).to.be.above(0);
    expect(isPast(parseGate("p99 +2%"), Object.values(by))).to.equal(true);
    expect(isPast(parseGate("p99 +6%"), Object.values(by))).to.equal(false);
    expect(isPast(parseGate("throughput -1%"), Object.values(by))).to.equal(false);
  });

  it("tell too few seeds from no difference", () => {
    const random = randomStream("3", "test");
    const noisy = (count: number, noise: number) =>
      comparePairs(
        pairsOf(
          count,
          () => 100,
          () => 100 + noise * (random() - 0.5),
        ),
        { random, resamples: 50, metrics: ["p99"] },
      )[0];
    expect(noisy(4, 1).verdict).to.equal("too few seeds"); // four pairs have no p below 0.125
    expect(noisy(4, 1).needed).to.equal(6);
    expect(noisy(40, 0.5).verdict).to.equal("no difference seen");
    const wide = noisy(10, 100);
    expect(wide.verdict).to.equal("too few seeds");
    expect(wide.needed).to.be.above(100);
    const equal = comparePairs(
      pairsOf(
        3,
        () => 1,
        (_, x) => x,
      ),
      { random, resamples: 50 },
    );
    expect(new Set(equal.map(({ verdict }) => verdict))).to.deep.equal(new Set(["no difference seen"]));
  });

  it("count pairs of one seed and workload once: copies of simulations are no more witnesses", () => {
    const random = () => randomStream("1", "copies");
    const noise = randomStream("2", "noise");
    const pairs = pairsOf(
      4,
      () => 100 + noise(),
      (_, a) => a + 5 + noise(),
    );
    const copies = pairs.flatMap((pair) =>
      Array.from({ length: 11 }, (_, knob) => ({ ...pair, stratum: `tries=${knob}` })),
    );
    const [once, often] = [pairs, copies].map((each) => comparePairs(each, { random: random() }));
    for (const [m, metric] of often.entries()) {
      expect(metric.p, metric.name).to.equal(once[m].p);
      expect(metric.verdict).to.equal(once[m].verdict);
      expect(metric.needed).to.equal(once[m].needed);
      expect(metric.ratio).to.be.closeTo(once[m].ratio!, 1e-9);
    }
    expect(often[0].verdict).to.equal("too few seeds");
  });

  it("weigh strata alike, whatever their units", () => {
    const random = randomStream("4", "test");
    const small = pairsOf(
      12,
      () => 1,
      (_, x) => x * (1.1 + 0.001 * random()),
    );
    const large = pairsOf(
      12,
      () => 1e6,
      (_, x) => x * (1.1 + 0.001 * random()),
    ).map((p) => ({ ...p, stratum: "large" }));
    const [metric] = comparePairs([...small, ...large], { random, resamples: 200, metrics: ["p99"] });
    expect(metric.a).to.be.closeTo(1, 1e-9);
    expect(metric.b).to.be.closeTo(1.1, 0.01);
    expect(metric.unit).to.equal("of A");
  });

  it("refuse gates that cannot be read", () => {
    for (const bad of ["p99", "p99 2%", "p98 +2%", "+2%", "p99 +x%", ""])
      expect(() => parseGate(bad), bad).to.throw(RequestError);
  });
});
