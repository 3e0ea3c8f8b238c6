import { expect } from "chai";
import { BOOST, boostedScores, fitBoosted } from "../../model/baselines/boosted.ts";
import { fitTree, treeScores } from "../../model/baselines/tree.ts";
import { averagePrecision } from "../../model/evaluation/metrics.ts";
import type { Matrix } from "../../model/matrix.ts";
import { stream } from "./random.ts";

/** Rows whose label hangs on two inputs together: neither tells anything by itself. A tenth of the labels are wrong. */
function exclusive(rows: number, seed: number): Matrix {
  const random = stream(seed);
  const values = Float32Array.from({ length: rows * 3 }, () => 2 * random() - 1);
  const labels = Uint8Array.from({ length: rows }, (_, r) => {
    const truth = values[3 * r] * values[3 * r + 1] > 0.1;
    return Number(random() < 0.1 ? !truth : truth);
  });
  return { rows, inputs: 3, values, labels };
}

const boost = (data: Matrix, trees = 40) => fitBoosted(data, { ...BOOST, trees, random: stream(1) });
const area = (scores: ArrayLike<number>, { labels }: Matrix) => averagePrecision(scores, labels)!;

describe("boosted trees", () => {
  const [training, test] = [exclusive(4000, 1), exclusive(4000, 2)];

  it("rank rows that they have not seen better than a small tree does", () => {
    const tree = fitTree(training, { depth: 2, leastRows: 20, weights: [1, 1] });
    const small = area(treeScores(tree, test), test);
    expect(area(boostedScores(boost(training), test), test)).to.be.above(small + 0.05);
  });

  it("give log odds: where they say half, half are positive", () => {
    const scores = boostedScores(boost(training), test);
    for (const [low, high] of [
      [-3, -1],
      [-1, 1],
      [1, 3],
    ]) {
      const rows = [...scores.keys()].filter((r) => scores[r] > low && scores[r] <= high);
      const said = rows.reduce((sum, r) => sum + 1 / (1 + Math.exp(-scores[r])), 0) / rows.length;
      const found = rows.reduce((sum, r) => sum + test.labels[r], 0) / rows.length;
      expect(found, `${low} to ${high}`).to.be.closeTo(said, 0.08);
    }
  });

  it("lower the loss tree by tree on what they learn from", () => {
    const loss = (trees: number) => {
      const scores = boostedScores(boost(training, trees), training);
      return scores.reduce((sum, s, r) => sum + Math.log1p(Math.exp(training.labels[r] ? -s : s)), 0);
    };
    const losses = [0, 5, 20, 60].map(loss);
    for (let i = 1; i < losses.length; i++) expect(losses[i]).to.be.below(losses[i - 1]);
  });

  it("are the same for the same seed, and say nothing where there is one class", () => {
    expect(boost(training)).to.deep.equal(boost(training));
    const one = { ...training, labels: new Uint8Array(training.rows) };
    const scores = boostedScores(boost(one), test);
    expect(Math.max(...scores)).to.be.below(-5);
  });
});
