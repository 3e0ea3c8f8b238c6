import { expect } from "chai";
import fc from "fast-check";
import { bootstrapIntervals } from "../../model/evaluation/bootstrap.ts";
import { scoreByReason } from "../../model/evaluation/by-reason.ts";
import { calibrationOf } from "../../model/evaluation/calibration.ts";
import {
  accuracy,
  averagePrecision,
  balancedAccuracy,
  confusionOf,
  f1,
  mcc,
  metricsOf,
  rankByScore,
} from "../../model/evaluation/metrics.ts";
import {
  bestThreshold,
  operatingPoints,
  parseThreshold,
  thresholdAt,
} from "../../model/evaluation/threshold.ts";
import { classOdds } from "../../model/trainer/loss.ts";
import { stream } from "./random.ts";

/** Scored rows; few distinct scores, so that ties are common. */
const scored = fc
  .array(fc.tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: 0, max: 1 })), {
    minLength: 1,
    maxLength: 60,
  })
  .map((rows) => ({
    scores: Float64Array.from(rows, ([s]) => s / 2),
    labels: Uint8Array.from(rows, ([, y]) => y),
  }));

describe("metrics", () => {
  it("agree with their definitions over plain lists", () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        const decided = [...scores].map((s) => (s > 0 ? 1 : 0));
        const c = confusionOf(scores, labels, 0);
        const right = decided.filter((d, r) => d === labels[r]).length;
        expect(accuracy(c)).to.equal(right / labels.length);
        const recalls = [0, 1].flatMap((cls) => {
          const rows = decided.filter((_, r) => labels[r] === cls);
          return rows.length > 0 ? [rows.filter((d) => d === cls).length / rows.length] : [];
        });
        expect(balancedAccuracy(c)).to.be.closeTo(recalls.reduce((a, b) => a + b, 0) / recalls.length, 1e-12);
        expect(mcc(c)).to.be.closeTo(correlation(decided, [...labels]), 1e-9);
      }),
    );
  });

  /** MCC is Pearson's correlation of two 0/1 variables; 0 where one does not vary. */
  function correlation(a: number[], b: number[]): number {
    const n = a.length;
    const mean = (x: number[]) => x.reduce((s, v) => s + v, 0) / n;
    const [ma, mb] = [mean(a), mean(b)];
    const sum = (f: (i: number) => number) => a.reduce((s, _, i) => s + f(i), 0);
    const spread = Math.sqrt(sum((i) => (a[i] - ma) ** 2) * sum((i) => (b[i] - mb) ** 2));
    return spread === 0 ? 0 : sum((i) => (a[i] - ma) * (b[i] - mb)) / spread;
  }

  it("average precision agrees with a sweep over all thresholds", () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        const positives = labels.reduce((s, y) => s + y, 0);
        if (positives === 0) {
          expect(averagePrecision(scores, labels)).to.equal(null);
          return;
        }
        let area = 0;
        let recall = 0;
        for (const cut of [...new Set(scores)].sort((a, b) => b - a)) {
          const c = confusionOf(scores, labels, cut - 1e-9);
          area += (c.tp / positives - recall) * (c.tp / (c.tp + c.fp));
          recall = c.tp / positives;
        }
        expect(averagePrecision(scores, labels)).to.be.closeTo(area, 1e-12);
      }),
    );
  });

  it("ranks as a stable comparison sort does", () => {
    const doubles = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, -0, 1, -1)), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(doubles, (scores) => {
        const want = scores
          .map((_, r) => r)
          .sort((a, b) => (scores[b] > scores[a] ? 1 : scores[b] < scores[a] ? -1 : a - b));
        expect([...rankByScore(scores)]).to.deep.equal(want);
      }),
    );
  });

  it("weights count a row as often as copies of it would", () => {
    fc.assert(
      fc.property(scored, fc.nat(), ({ scores, labels }, seed) => {
        const random = stream(seed);
        const weights = Array.from(labels, () => Math.floor(3 * random()));
        const copies = weights.flatMap((w, r) => Array<number>(w).fill(r));
        const got = averagePrecision(scores, labels, undefined, weights);
        const want = averagePrecision(
          copies.map((r) => scores[r]),
          Uint8Array.from(copies, (r) => labels[r]),
        );
        if (want === null) expect(got).to.equal(null);
        else expect(got).to.be.closeTo(want, 1e-12);
      }),
    );
  });

  it("a decision that says nothing scores one half balanced and 0 MCC", () => {
    const labels = Uint8Array.of(1, 0, 0, 0);
    const m = metricsOf(new Float64Array(4).fill(-1), labels, 0);
    expect([m.accuracy, m.balancedAccuracy, m.mcc, m.prAuc]).to.deep.equal([0.75, 0.5, 0, 0.25]);
  });
});

describe("threshold selection", () => {
  it("no cut beats the chosen one", () => {
    const metric = { accuracy, balanced: balancedAccuracy, mcc, f1 };
    fc.assert(
      fc.property(
        scored,
        fc.constantFrom(...(Object.keys(metric) as (keyof typeof metric)[])),
        ({ scores, labels }, name) => {
          const chosen = metric[name](confusionOf(scores, labels, bestThreshold(name, scores, labels)));
          for (let cut = -3.25; cut < 3.5; cut += 0.5) {
            // Cuts below or above all scores decide alike for every row; the search keeps to cuts between scores.
            if (![...scores].some((s) => s < cut) || ![...scores].some((s) => s > cut)) continue;
            expect(metric[name](confusionOf(scores, labels, cut))).to.be.at.most(chosen + 1e-9);
          }
        },
      ),
    );
  });

  it("leaves 0 where it is as good as anything", () => {
    expect(bestThreshold("mcc", Float64Array.of(-5, -1, 1, 7), Uint8Array.of(0, 0, 1, 1))).to.equal(0);
  });

  /** Logits that are log odds exactly, of rows with a rare class, and the same after the classes were weighed. */
  function rareRows(weights: readonly [number, number]) {
    const random = stream(3);
    const p = Float64Array.from({ length: 200_000 }, () => 0.3 * random() ** 4);
    const labels = Uint8Array.from(p, (x) => (random() < x ? 1 : 0));
    const shift = Math.log(weights[1] / weights[0]);
    const logits = p.map((x) => Math.log(x / (1 - x)) + shift);
    return { logits, labels, points: operatingPoints({ logits, labels }, classOdds(labels, weights), true) };
  }

  it("Bayes' rule finds the balanced and the cheapest cut without a search, however the classes were weighed", () => {
    for (const weights of [
      [1, 1],
      [0.5, 8],
    ] as const) {
      const { logits, labels, points } = rareRows(weights);
      const balanced = (cut: number) => balancedAccuracy(confusionOf(logits, labels, cut));
      const searched = balanced(bestThreshold("balanced", logits, labels));
      expect(balanced(thresholdAt("balanced", points))).to.be.closeTo(searched, 0.003);
      for (const ratio of [5, 20, 100]) {
        const cost = (cut: number) => {
          const { fn, fp } = confusionOf(logits, labels, cut);
          return ratio * fn + fp;
        };
        const at = thresholdAt({ cost: ratio }, points);
        for (const other of [-1, -0.3, 0.3, 1]) expect(cost(at)).to.be.below(cost(at + other));
      }
    }
  });

  it("a probability is that of the rows as they came, whatever the weights", () => {
    for (const weights of [
      [1, 1],
      [0.5, 8],
    ] as const) {
      const { logits, labels, points } = rareRows(weights);
      const cut = thresholdAt({ probability: 0.1 }, points);
      const near = [...labels].filter((_, r) => Math.abs(logits[r] - cut) < 0.1);
      expect(near.reduce((s, y) => s + y, 0) / near.length).to.be.closeTo(0.1, 0.01);
    }
    const half = operatingPoints(
      { logits: [1, -1], labels: Uint8Array.of(1, 0) },
      classOdds(Uint8Array.of(1, 0), [1, 1], [990, 10]),
      true,
    );
    expect(thresholdAt({ probability: 0.5 }, half), "rows left out to balance count").to.be.closeTo(
      Math.log(99),
      1e-9,
    );
    expect(thresholdAt("none", half)).to.equal(0);
  });

  it("searches the balanced cut where logits are not log odds", () => {
    const rows = { logits: [-9, -8, -7, 5], labels: Uint8Array.of(0, 0, 1, 1) };
    const odds = { trainedLogOdds: 0, naturalLogOdds: 0 };
    expect(operatingPoints(rows, odds, true).balanced).to.equal(0);
    expect(operatingPoints(rows, odds, false).balanced).to.equal(-7.5);
  });

  it("reads the words of --threshold", () => {
    expect(["none", "balanced", "f1", "cost:20", "0.1", ".5", "cost:0.5"].map(parseThreshold)).to.deep.equal([
      "none",
      "balanced",
      "f1",
      { cost: 20 },
      { probability: 0.1 },
      { probability: 0.5 },
      { cost: 0.5 },
    ]);
    for (const bad of [
      "",
      "0",
      "1",
      "1.5",
      "cost:",
      "cost:0",
      "cost:-1",
      "-0.1",
      "best",
      "0.1 ",
      "1e-3",
      "toString",
    ]) {
      expect(parseThreshold(bad), bad).to.equal(null);
    }
  });
});

describe("bootstrap intervals", () => {
  it("hold the value of the whole sample and narrow with more rows", () => {
    const widths = [500, 20_000].map((rows) => {
      const random = stream(9);
      const labels = Uint8Array.from({ length: rows }, () => (random() < 0.3 ? 1 : 0));
      const scores = Float64Array.from(labels, (y) => (random() < 0.8 ? 1 : -1) * (y === 1 ? 1 : -1));
      const m = metricsOf(scores, labels, 0);
      const intervals = bootstrapIntervals(scores, labels, 0, { resamples: 300, random });
      for (const key of ["accuracy", "balancedAccuracy", "mcc", "prAuc"] as const) {
        const [low, high] = intervals[key]!;
        expect(m[key], key).to.be.within(low, high);
      }
      return intervals.accuracy[1] - intervals.accuracy[0];
    });
    expect(widths[1]).to.be.below(widths[0] / 3);
  });

  it("cover the truth about 95 times in 100", () => {
    let covered = 0;
    const random = stream(4);
    for (let n = 0; n < 200; n++) {
      const labels = Uint8Array.from({ length: 400 }, () => (random() < 0.5 ? 1 : 0));
      const scores = Float64Array.from(labels, (y) => (random() < 0.9 ? 1 : -1) * (y === 1 ? 1 : -1));
      const [low, high] = bootstrapIntervals(scores, labels, 0, { resamples: 200, random }).accuracy;
      if (low <= 0.9 && 0.9 <= high) covered++;
    }
    expect(covered).to.be.within(178, 199);
  });

  it("are wider when errors come in bursts: blocks, not rows, are drawn", () => {
    const rows = 4000;
    const labels = new Uint8Array(rows).fill(1, 0, rows / 2);
    const width = (wrong: (r: number) => boolean) => {
      const scores = Float64Array.from(labels, (y, r) => ((y === 1) !== wrong(r) ? 1 : -1));
      const [low, high] = bootstrapIntervals(scores, labels, 0, {
        resamples: 300,
        random: stream(1),
        blocks: 100,
      }).accuracy;
      return high - low;
    };
    const spread = width((r) => r % 10 === 0);
    const bursts = width((r) => r % 1000 < 100);
    expect(bursts).to.be.above(3 * spread);
  });
});

describe("bootstrap intervals of few positives", () => {
  const labels = new Uint8Array(2000).fill(1, 900, 902);
  const random = () => stream(5);

  for (const [name, flip] of [
    ["positives", 0],
    ["negatives", 1],
  ] as const) {
    const truth = labels.map((y) => y ^ flip);
    it(`skip draws without ${name}: the majority class has no skill, the right answers no doubt`, () => {
      const majority = new Float64Array(2000).fill(flip === 1 ? 1 : -1);
      const lazy = bootstrapIntervals(majority, truth, 0, { resamples: 400, random: random() });
      expect(lazy.balancedAccuracy).to.deep.equal([0.5, 0.5]);
      expect(lazy.mcc).to.deep.equal([0, 0]);
      expect(lazy.accuracy[1], "accuracy is defined in these draws").to.equal(1);
      const right = Float64Array.from(truth, (y) => 2 * y - 1);
      const sure = bootstrapIntervals(right, truth, 0, { resamples: 400, random: random() });
      expect(sure.balancedAccuracy).to.deep.equal([1, 1]);
      expect(sure.mcc![0]).to.be.closeTo(1, 1e-12);
      expect(sure.prAuc).to.deep.equal([1, 1]);
    });
  }

  it("are none where the rows are of one class", () => {
    for (const y of [0, 1]) {
      const one = new Uint8Array(50).fill(y);
      const { balancedAccuracy, mcc, prAuc } = bootstrapIntervals(new Float64Array(50), one, 0, {
        resamples: 20,
        random: random(),
      });
      expect([balancedAccuracy, mcc]).to.deep.equal([null, null]);
      expect(prAuc).to.deep.equal(y === 1 ? [1, 1] : null);
    }
  });
});

describe("calibration and recall by reason", () => {
  it("probabilities that mean what they say have a small error, shifted ones a large", () => {
    const random = stream(2);
    const p = Float64Array.from({ length: 20_000 }, () => random());
    const labels = Uint8Array.from(p, (x) => (random() < x ? 1 : 0));
    const logits = p.map((x) => Math.log(x / (1 - x)));
    expect(calibrationOf(logits, labels).expectedError).to.be.below(0.02);
    expect(
      calibrationOf(
        logits.map((z) => z + 2),
        labels,
      ).expectedError,
    ).to.be.above(0.15);
    const { bins } = calibrationOf(logits, labels);
    expect(bins.reduce((n, b) => n + b.rows, 0)).to.equal(20_000);
  });

  it("counts each row under its reason, and rows without one as unknown", () => {
    const got = scoreByReason(["forced", "forced", "cold", ""], [1, -1, -1, 1], Uint8Array.of(1, 1, 0, 0), 0);
    expect(got).to.deep.equal({
      cold: { rows: 1, positives: 0, accuracy: 1, recall: null },
      forced: { rows: 2, positives: 2, accuracy: 0.5, recall: 0.5 },
      unknown: { rows: 1, positives: 0, accuracy: 0, recall: null },
    });
  });
});
