import { expect } from "chai";
import { fitLogistic, logisticScores } from "../../model/baselines/logistic.ts";
import { fitTree, treeScores } from "../../model/baselines/tree.ts";
import { accuracy, averagePrecision, confusionOf } from "../../model/evaluation/metrics.ts";
import { permutationTest } from "../../model/evaluation/permutation.ts";
import type { Matrix } from "../../model/matrix.ts";
import { DEFAULT_CONFIG, type TrainerConfig } from "../../model/trainer/config.ts";
import { predictLogits } from "../../model/trainer/predict.ts";
import { type EpochRecord, Trainer, type TrainerState } from "../../model/trainer/trainer.ts";
import { stream } from "./random.ts";

const seeds = { weights: [1, 2, 3, 4], order: [5, 6, 7, 8] } as const;

/** Points of a square; positive where `rule` says so. */
function points(rows: number, seed: number, rule: (x: number, y: number) => boolean): Matrix {
  const random = stream(seed);
  const values = Float32Array.from({ length: 2 * rows }, () => 4 * random() - 2);
  const labels = Uint8Array.from({ length: rows }, (_, r) =>
    rule(values[2 * r], values[2 * r + 1]) ? 1 : 0,
  );
  return { rows, inputs: 2, values, labels };
}

const xor = (x: number, y: number) => x * y > 0;

function run(data: Matrix, config: Partial<TrainerConfig>, validation: Matrix | null = null): Trainer {
  const trainer = new Trainer(data, validation, { ...DEFAULT_CONFIG, ...config }, seeds);
  while (!trainer.done) trainer.runEpoch();
  return trainer;
}

const scores = (t: Trainer, data: Matrix) => predictLogits(t.shape, t.best.parameters, data);

describe("the trainer", () => {
  const train = points(4000, 1, xor);
  const test = points(2000, 2, xor);
  const accuracyOf = (t: Trainer) => accuracy(confusionOf(scores(t, test), test.labels, 0));

  for (const [name, config] of Object.entries({
    "SGD, one row at a time, as LibML": {
      hidden: [9],
      optimiser: "sgd",
      learningRate: 0.1,
      batchSize: 1,
      epochs: 20,
    },
    "momentum and ReLU": {
      hidden: [8],
      activation: "relu",
      optimiser: "momentum",
      learningRate: 0.05,
      batchSize: 16,
    },
    "Adam, batches of 32, as PyTorch": {
      hidden: [43],
      optimiser: "adam",
      learningRate: 0.005,
      batchSize: 32,
    },
    "AdamW, two hidden layers": {
      hidden: [8, 6],
      optimiser: "adamw",
      learningRate: 0.01,
      batchSize: 32,
      epochs: 25,
    },
    "focal loss": {
      hidden: [8],
      loss: "focal",
      optimiser: "adam",
      learningRate: 0.05,
      batchSize: 32,
      epochs: 40,
    },
  } as Record<string, Partial<TrainerConfig>>)) {
    it(`learns what no straight line can, by ${name}`, () => {
      expect(accuracyOf(run(train, config))).to.be.above(0.96);
    });
  }

  it("gives the same bits for the same seed, other bits for another", () => {
    const config = { hidden: [6], optimiser: "adam", batchSize: 32, epochs: 3 } as const;
    const first = run(train, config).best.parameters;
    expect([...run(train, config).best.parameters]).to.deep.equal([...first]);
    const other = new Trainer(
      train,
      null,
      { ...DEFAULT_CONFIG, ...config },
      { ...seeds, order: [9, 9, 9, 9] },
    );
    while (!other.done) other.runEpoch();
    expect([...other.best.parameters]).not.to.deep.equal([...first]);
  });

  it("has pinned weights: the same on every machine", () => {
    const t = run(train, { hidden: [6], optimiser: "adamw", weightDecay: 0.01, batchSize: 32, epochs: 3 });
    const bytes = Buffer.from(t.best.parameters.buffer);
    let state = 0n;
    for (let i = 0; i < bytes.length; i += 8) {
      state = BigInt.asUintN(64, state * 6364136223846793005n + bytes.readBigUInt64LE(i));
    }
    expect(state.toString(16)).to.equal("f40abda0aa491cb3");
  });

  it("goes on from a state at any epoch to the same bits (R1)", () => {
    const config = {
      ...DEFAULT_CONFIG,
      hidden: [7, 3],
      optimiser: "adamw",
      schedule: "linear",
      batchSize: 33,
      epochs: 6,
      patience: 4,
    } as const;
    const whole = new Trainer(train, test, config, seeds);
    const states: TrainerState[] = [whole.state()];
    while (!whole.done) {
      whole.runEpoch();
      states.push(whole.state());
    }
    for (const state of states) {
      const resumed = new Trainer(train, test, config, seeds);
      resumed.restore(state);
      while (!resumed.done) resumed.runEpoch();
      expect([...resumed.best.parameters]).to.deep.equal([...whole.best.parameters]);
      expect(resumed.curve).to.deep.equal(whole.curve);
    }
  });

  it("early stopping keeps the epoch with the least validation loss (R3)", () => {
    const few = points(60, 3, xor);
    const t = run(
      few,
      { hidden: [40], optimiser: "adam", learningRate: 0.05, batchSize: 8, epochs: 300, patience: 15 },
      test,
    );
    const losses = t.curve.map((r: EpochRecord) => r.validationLoss!);
    const least = losses.indexOf(Math.min(...losses));
    expect(t.epochs).to.be.below(300);
    expect(t.best.epoch).to.equal(least + 1);
    expect(t.epochs).to.equal(least + 1 + 15);
    expect(t.best.loss).to.equal(losses[least]);
  });

  it("class weights move the balance of a rare class", () => {
    const rare = points(6000, 4, (x, y) => x + y > 3);
    const judge = points(6000, 5, (x, y) => x + y > 3);
    // Labels flipped at random near the border make the probability matter.
    const random = stream(6);
    for (let r = 0; r < rare.rows; r++)
      if (rare.values[2 * r] + rare.values[2 * r + 1] > 2 && random() < 0.3) rare.labels[r] = 0;
    const recall = (classWeights: TrainerConfig["classWeights"]) => {
      const t = run(rare, {
        hidden: [4],
        optimiser: "adam",
        learningRate: 0.01,
        batchSize: 32,
        epochs: 12,
        classWeights,
      });
      const c = confusionOf(scores(t, judge), judge.labels, 0);
      return c.tp / (c.tp + c.fn);
    };
    expect(recall("balanced")).to.be.above(recall("sqrt") - 1e-9);
    expect(recall("balanced")).to.be.above(recall("none") + 0.01);
  });

  it("knows when it diverges", () => {
    const t = run(train, {
      hidden: [8],
      activation: "relu",
      optimiser: "sgd",
      learningRate: 1e12,
      batchSize: 4,
      epochs: 50,
    });
    expect(t.diverged).to.equal(true);
    expect(t.epochs).to.be.below(50);
  });
});

describe("baselines that learn", () => {
  it("logistic regression finds a line, and cannot find a cross", () => {
    const line = (x: number, y: number) => 2 * x - y > 0.5;
    const right = (rule: typeof xor) => {
      const fitted = fitLogistic(points(3000, 1, rule), "none");
      const judge = points(2000, 2, rule);
      return accuracy(confusionOf(logisticScores(fitted, judge), judge.labels, 0));
    };
    expect(right(line)).to.be.above(0.98);
    expect(right(xor)).to.be.below(0.6);
  });

  it("a tree of depth 2 finds nested thresholds, and its scores rank", () => {
    const box = (x: number, y: number) => x > 0.5 && y < -0.25;
    const tree = fitTree(points(4000, 1, box), { depth: 2, leastRows: 10, weights: [1, 1] });
    const judge = points(2000, 2, box);
    const got = treeScores(tree, judge);
    expect(accuracy(confusionOf(got, judge.labels, 0))).to.be.above(0.97);
    expect(averagePrecision(got, judge.labels)).to.be.above(0.9);
    expect(tree.nodes.filter((n) => n.input < 0).length).to.be.at.most(4);
  });

  it("a tree does not split what it cannot tell apart", () => {
    const data = points(500, 1, xor);
    data.values.fill(1);
    expect(fitTree(data, { depth: 4, leastRows: 1, weights: [1, 1] }).nodes).to.have.length(1);
  });
});

describe("the permutation test", () => {
  it("puts models trained on shuffled labels at chance, and the real one beyond luck", () => {
    const config: TrainerConfig = {
      ...DEFAULT_CONFIG,
      hidden: [8],
      optimiser: "adam",
      learningRate: 0.02,
      batchSize: 32,
      epochs: 15,
    };
    const rule = (x: number, y: number) => x * x + y * y < 1;
    const result = permutationTest(points(2500, 1, rule), points(1500, 2, rule), config, 19, stream(3));
    const mean = result.shuffled.reduce((a, b) => a + b, 0) / 19;
    expect(mean).to.be.closeTo(0.5, 0.03);
    expect(Math.max(...result.shuffled)).to.be.below(0.65);
    expect(result.real).to.be.above(0.9);
    expect(result.pValue).to.equal(1 / 20);
  });

  it("finds nothing where there is nothing", () => {
    const noise = stream(8);
    const [train, test] = [points(1500, 1, () => noise() < 0.4), points(1500, 2, () => noise() < 0.4)];
    const config: TrainerConfig = {
      ...DEFAULT_CONFIG,
      hidden: [4],
      optimiser: "adam",
      batchSize: 32,
      epochs: 4,
      learningRate: 0.01,
    };
    const result = permutationTest(train, test, config, 19, stream(5));
    expect(result.real).to.be.closeTo(0.5, 0.05);
    expect(result.pValue).to.be.above(0.05);
  });
});
