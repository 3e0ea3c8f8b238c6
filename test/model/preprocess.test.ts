import { expect } from "chai";
import fc from "fast-check";
import { examplesFrom } from "../../model/examples.ts";
import { FEATURE_SETS, featureName, parseFeatures, raw } from "../../model/feature-sets.ts";
import { featureColumn } from "../../model/feature-values.ts";
import { matrixFrom } from "../../model/matrix.ts";
import { floatLogit } from "../../model/net-forward.ts";
import { anovaF } from "../../model/preprocess/anova.ts";
import { mutualInformation } from "../../model/preprocess/mutual-information.ts";
import { scoreFeatures, selectFeatures } from "../../model/preprocess/select-features.ts";
import {
  balanceClasses,
  dropConstantColumns,
  dropInvalid,
  PREPROCESSING,
  type PreprocessState,
  runSteps,
} from "../../model/preprocess/steps.ts";
import { parseSplit, splitRows, validationBlocks } from "../../model/split.ts";
import { InputError } from "../../traces/input-error.ts";
import { stream } from "./random.ts";
import { ruleTrace } from "./traces.ts";

const all = (n: number) => Uint32Array.from({ length: n }, (_, r) => r);
const none = new Uint32Array(0);

describe("feature sets", () => {
  it("e1, e2 and e3 are the thesis's inputs, 7, 10 and 7 of them", () => {
    const names = (set: string) => FEATURE_SETS[set].map((f) => f.feature);
    expect(names("e1")).to.have.members(
      "task_util_avg delta task_nr_migrations pid sd_nr_balance_failed task_vruntime cpu_idle".split(" "),
    );
    expect(names("e2")).to.have.members(
      "cpu_idle task_nr_migrations cpu_newly_idle ts delta sd_cache_nice_tries start_runtime src_rq_nr_running task_util_avg sd_nr_balance_failed".split(
        " ",
      ),
    );
    expect(names("e3")).to.have.members(
      "cpu_idle cpu_newly_idle task_util_avg sd_nr_balance_failed sd_cache_nice_tries delta dst_cpu".split(
        " ",
      ),
    );
  });

  it("the honest sets hold no clock, pid or CPU number", () => {
    for (const set of ["e1-honest", "e2-honest", "e3-honest", "wide"]) {
      const names = FEATURE_SETS[set].map((f) => f.feature);
      expect(names).not.to.include.members(["ts"]);
      for (const name of ["ts", "start_runtime", "task_vruntime", "pid", "src_cpu", "dst_cpu"] as const) {
        expect(names, set).not.to.include(name);
      }
    }
  });

  it("every set's names read back to the same set", () => {
    for (const set of Object.values(FEATURE_SETS)) {
      expect(parseFeatures(set.map(featureName).join(","))).to.deep.equal(set);
    }
  });

  for (const [text, why] of [
    ["migration", /give the label away/],
    ["delta,detached", /give the label away/],
    ["nonsense", /unknown feature/],
    ["delta:cube", /unknown transform/],
    ["delta:clipped:5:5", /clip range/],
    ["delta:clipped::9", /clip range/],
    ["delta,delta", /listed twice/],
    ["__proto__", /unknown feature/],
  ] as const) {
    it(`refuses ${text}`, () => expect(() => parseFeatures(text)).to.throw(InputError, why));
  }
});

describe("preprocessing steps", () => {
  const table = ruleTrace(3000, 5);
  const examples = examplesFrom([table], "forced_now", FEATURE_SETS.wide!);
  const positives = (rows: Uint32Array) => rows.reduce((n, r) => n + examples.labels[r], 0);
  const start = (train = all(3000), test = none): PreprocessState => ({
    examples,
    inputs: examples.specs.map((_, j) => j),
    train,
    test,
    affine: null,
    notes: [],
  });

  it("balancing leaves as many positive as negative rows, all of them from before", () => {
    const state = balanceClasses(start(), { fit: "train", random: stream(1) });
    expect(positives(state.train) * 2).to.equal(state.train.length);
    expect(positives(state.train)).to.equal(positives(all(3000)));
    expect(new Set(state.train).size).to.equal(state.train.length);
  });

  it("constant columns go, by name", () => {
    const state = dropConstantColumns(start(), { fit: "train", random: stream(1) });
    const gone = examples.specs.filter((_, j) => !state.inputs.includes(j)).map(featureName);
    expect(gone).to.deep.equal(["sd_cache_nice_tries:clipped:0:3"]);
    expect(state.notes[0]).to.include("sd_cache_nice_tries");
  });

  it("rows with an unknown input go, others stay", () => {
    const holes = ruleTrace(100, 6);
    holes.numeric.delta[7] = Number.NaN;
    holes.numeric.task_util_avg[9] = -3;
    const made = examplesFrom([holes], "migrate", [raw("delta"), raw("task_util_avg")]);
    const state = dropInvalid(
      { ...start(), examples: made, inputs: [0, 1], train: all(100) },
      { fit: "train", random: stream(1) },
    );
    expect([...all(100)].filter((r) => !state.train.includes(r))).to.deep.equal([7, 9]);
  });

  it("a column that is constant where it is known goes before it costs the rows that do not know it", () => {
    const [known, gaps] = [ruleTrace(1000, 6), ruleTrace(1000, 7)];
    gaps.numeric.sd_cache_nice_tries.fill(Number.NaN);
    const made = examplesFrom([known, gaps], "migrate", [raw("delta"), raw("sd_cache_nice_tries")]);
    const { steps } = PREPROCESSING.honest;
    const state = runSteps(
      steps,
      made,
      { train: all(2000), test: none },
      { fit: "train", random: stream(1) },
    );
    expect(state.train.length).to.equal(2000);
    expect(state.notes).to.deep.equal(["dropped constant columns: sd_cache_nice_tries"]);
  });

  it("a column that is constant in the rows that are left goes too", () => {
    const holes = ruleTrace(1000, 6);
    holes.numeric.task_buddy = holes.numeric.task_running.map((x) => (x === 1 ? Number.NaN : 1));
    holes.numeric.task_buddy[holes.numeric.task_running.indexOf(0)] = 0;
    const made = examplesFrom(
      [holes],
      "migrate",
      ["delta", "task_running", "task_buddy"].map((f) => raw(f as "delta")),
    );
    const { steps } = PREPROCESSING.honest;
    const state = runSteps(
      steps,
      made,
      { train: all(1000), test: none },
      { fit: "train", random: stream(1) },
    );
    expect(state.inputs).to.deep.equal([0, 2]);
    expect(state.notes[0]).to.match(/^dropped rows with unknown values: \d+$/);
    expect(state.notes.slice(1)).to.deep.equal(["dropped constant columns: task_running"]);
  });

  it("traces of which no row is left are named, with the columns that did it", () => {
    const tables = [1, 2, 3].map((seed) => ruleTrace(100, seed));
    tables[1].numeric.delta.fill(Number.NaN);
    tables[1].numeric.task_util_avg[3] = Number.NaN;
    for (let r = 0; r < 100; r++) tables[2].numeric[r < 50 ? "delta" : "task_util_avg"][r] = Number.NaN;
    tables[0].numeric.delta[0] = Number.NaN;
    const made = examplesFrom(tables, "migrate", [raw("delta"), raw("task_util_avg"), raw("cpu_idle")]);
    const from = {
      ...start(),
      examples: made,
      inputs: [0, 1, 2],
      train: all(250),
      test: all(300).subarray(250),
    };
    const notes = (names?: string[]) => dropInvalid(from, { fit: "train", random: stream(1), names }).notes;
    expect(notes()).to.deep.equal([
      "dropped rows with unknown values: 201",
      "no row of trace 2 of 3 (rule) is left: it does not know delta. Choose other features to use it",
      "no row of trace 3 of 3 (rule) is left: each lacks one of delta, task_util_avg. Choose other features to use it",
    ]);
    expect(notes(["a", "b.csv", "c"])[1]).to.match(/^no row of b\.csv is left/);
  });

  it("scaled training columns have mean 0 and deviation 1", () => {
    const { steps } = PREPROCESSING.honest;
    const state = runSteps(
      steps,
      examples,
      { train: all(3000), test: none },
      { fit: "train", random: stream(1) },
    );
    state.inputs.forEach((j, k) => {
      const x = [...examples.columns[j]].map((t) => (t - state.affine![k].offset) * state.affine![k].scale);
      const mean = x.reduce((a, b) => a + b, 0) / x.length;
      expect(mean).to.be.closeTo(0, 1e-9);
      expect(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length).to.be.closeTo(1, 1e-9);
    });
  });

  it("a column that hardly varies keeps its values apart", () => {
    const table = ruleTrace(4000, 7);
    table.numeric.sd_cache_nice_tries[0] = 0;
    const specs = [raw("sd_cache_nice_tries")];
    const made = examplesFrom([table], "migrate", specs);
    const { steps } = PREPROCESSING.honest;
    const state = runSteps(
      steps,
      made,
      { train: all(4000), test: none },
      { fit: "train", random: stream(1) },
    );
    const { values } = matrixFrom(made, [0], [{ ...specs[0], ...state.affine![0] }], all(2));
    expect(values[1] - values[0]).to.be.closeTo(4, 1e-6);
  });

  it("the honest pipeline does not look at test rows (P2); the thesis's does", () => {
    const train = all(2000);
    const test = all(3000).subarray(2000);
    const spoilt = ruleTrace(3000, 5);
    for (let r = 2000; r < 3000; r++) spoilt.numeric.delta[r] = 10 ** 12 + r;
    const other = examplesFrom([spoilt], "forced_now", FEATURE_SETS.wide!, [examples.labels]);
    const scales = (name: keyof typeof PREPROCESSING, from: typeof examples) => {
      const { steps, fit } = PREPROCESSING[name];
      return runSteps(steps, from, { train, test }, { fit, random: stream(1) }).affine;
    };
    expect(scales("honest", other)).to.deep.equal(scales("honest", examples));
    expect(scales("thesis", other)).not.to.deep.equal(scales("thesis", examples));
  });

  it("the matrix holds what the reference forward pass computes from raw values", () => {
    const { steps } = PREPROCESSING.honest;
    const specs = FEATURE_SETS.e1!;
    const made = examplesFrom([table], "migrate", specs);
    const state = runSteps(
      steps,
      made,
      { train: all(3000), test: none },
      { fit: "train", random: stream(1) },
    );
    const inputs = state.inputs.map((j, k) => ({ ...specs[j], ...state.affine![k] }));
    const matrix = matrixFrom(made, state.inputs, inputs, all(3000));
    inputs.forEach((_, j) => {
      // A network of one weight shows input j as its logit.
      const weights = new Float32Array(inputs.length);
      weights[j] = 1;
      const layer = {
        inputs: inputs.length,
        outputs: 1,
        activation: "identity" as const,
        weights,
        bias: new Float32Array(1),
      };
      const logit = floatLogit({ target: "migrate", threshold: 0, inputs, layers: [layer] });
      for (let r = 0; r < 3000; r += 97) {
        const values = inputs.map((i) => featureColumn(table, i.feature)[r]);
        expect(matrix.values[r * inputs.length + j]).to.equal(Math.fround(logit(values)));
      }
    });
  });
});

describe("feature scores", () => {
  it("ANOVA F agrees with the squared t statistic of two classes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 1 })), {
          minLength: 5,
          maxLength: 80,
        }),
        (rows) => {
          const groups = [0, 1].map((c) => rows.filter(([, y]) => y === c).map(([x]) => x));
          if (groups.some((g) => g.length < 2)) return;
          const mean = (g: number[]) => g.reduce((a, b) => a + b, 0) / g.length;
          const squares = (g: number[]) => g.reduce((a, x) => a + (x - mean(g)) ** 2, 0);
          const pooled = (squares(groups[0]) + squares(groups[1])) / (rows.length - 2);
          if (pooled === 0) return;
          const t =
            (mean(groups[0]) - mean(groups[1])) /
            Math.sqrt(pooled * (1 / groups[0].length + 1 / groups[1].length));
          const f = anovaF(
            rows.map(([x]) => x),
            Uint8Array.from(rows, ([, y]) => y),
            all(rows.length),
          );
          expect(f).to.be.closeTo(t * t, 1e-6 * (1 + t * t));
        },
      ),
    );
  });

  it("mutual information is 0 for a constant, the label's entropy for a copy, and small for noise", () => {
    const random = stream(3);
    const labels = Uint8Array.from({ length: 8000 }, () => (random() < 0.25 ? 1 : 0));
    const share = labels.reduce((a, b) => a + b, 0) / 8000;
    const entropy = -share * Math.log2(share) - (1 - share) * Math.log2(1 - share);
    expect(mutualInformation(new Float64Array(8000).fill(4), labels, all(8000))).to.equal(0);
    expect(mutualInformation(Float64Array.from(labels), labels, all(8000))).to.be.closeTo(entropy, 1e-12);
    expect(mutualInformation(Float64Array.from(labels, random), labels, all(8000))).to.be.below(0.01);
  });

  it("mutual information sees a dependence without a difference of means, F does not", () => {
    const random = stream(8);
    const column = Float64Array.from({ length: 6000 }, () => 2 * random() - 1);
    const labels = Uint8Array.from(column, (x) => (Math.abs(x) > 0.5 ? 1 : 0));
    expect(anovaF(column, labels, all(6000))).to.be.below(10);
    expect(mutualInformation(column, labels, all(6000))).to.be.above(0.8);
  });

  it("finds the columns the rule decides by, and merges the best of each workload", () => {
    const specs = FEATURE_SETS.wide!;
    const tables = [ruleTrace(4000, 1), ruleTrace(4000, 2)];
    const best = scoreFeatures(tables[0], "forced_now", specs)
      .slice(0, 6)
      .map((s) => s.feature.split(":")[0]);
    expect(best).to.include.members(["sd_nr_balance_failed", "coldness", "sd_share_capacity"]);
    const merged = selectFeatures(tables, "forced_now", specs, 5).map(featureName);
    expect(merged.length).to.be.within(5, 10);
    for (const table of tables) {
      for (const { feature } of scoreFeatures(table, "forced_now", specs).slice(0, 5)) {
        expect(merged).to.include(feature);
      }
    }
  });
});

describe("splits", () => {
  const metas = ["3", "3", "4"].map((seed, i) => ({ ...ruleTrace(1, 1).meta, seed, workload: `w${i}` }));
  const run = Uint32Array.from([...Array(50).fill(0), ...Array(30).fill(1), ...Array(20).fill(2)]);
  // a row every ms, from another start in each trace; one of the last trace's rows does not say when
  const clock = Float64Array.from(run, (trace, r) => trace * 7e9 + r * 1e6);
  clock[99] = Number.NaN;
  const examples = { rows: 100, run, clock, metas };
  const texts = ["time", "time:0.5", "time:10ms", "run:0.5", "random:0.7", "seed:4", "workload:w1"];

  it("put every row on exactly one side, the same for the same seed", () => {
    for (const text of texts) {
      const [a, b] = [1, 1].map((seed) => splitRows(examples, parseSplit(text), stream(seed)));
      expect(
        [...a!.train, ...a!.test].sort((x, y) => x - y),
        text,
      ).to.deep.equal([...all(100)]);
      expect(a!.test, text).to.deep.equal(b!.test);
    }
  });

  it("time keeps the end of each trace, run, seed and workload keep whole traces", () => {
    const time = splitRows(examples, parseSplit("time:0.5"), stream(1)).test;
    expect([...time]).to.deep.equal(
      [...all(100)].filter((r) => (r >= 25 && r < 50) || (r >= 65 && r < 80) || r >= 90),
    );
    const later = splitRows(examples, parseSplit("time:0.01s"), stream(1)).test;
    expect([...later]).to.deep.equal(
      [...all(100)].filter((r) => (r >= 10 && r < 50) || (r >= 60 && r < 80) || r >= 90),
    );
    for (const text of ["run:0.5", "seed:4", "workload:w1"]) {
      const { test } = splitRows(examples, parseSplit(text), stream(1));
      const runs = new Set([...test].map((r) => run[r]));
      expect(test.length, text).to.equal([...run].filter((x) => runs.has(x)).length);
    }
    expect([
      ...new Set([...splitRows(examples, parseSplit("seed:4"), stream(1)).test].map((r) => run[r])),
    ]).to.deep.equal([2]);
  });

  it("refuse nonsense and empty sides, saying what there is", () => {
    for (const text of ["", "time:0", "time:1.5", "time:", "none:3", "half", "seed", "seed:"]) {
      expect(() => parseSplit(text), text).to.throw(InputError, /split/);
    }
    expect(() => splitRows(examples, parseSplit("seed:9"), stream(1))).to.throw(InputError, /Seeds: 3, 4/);
    expect(() => splitRows(examples, parseSplit("workload:x"), stream(1))).to.throw(InputError, /w0, w1, w2/);
    const nameless = examples.metas.map((meta) => ({ ...meta, workload: "", seed: null }));
    for (const [text, what] of [
      ["workload:x", "Workloads"],
      ["seed:9", "Seeds"],
    ]) {
      const split = parseSplit(text);
      expect(() => splitRows({ ...examples, metas: nameless }, split, stream(1))).to.throw(
        InputError,
        `${what}: no trace names its own. Split by time or run instead.`,
      );
      const metas = [nameless[0], ...examples.metas.slice(1)];
      expect(() => splitRows({ ...examples, metas }, split, stream(1))).to.throw(
        /, and traces that name none\.$/,
      );
    }
  });

  it("validation takes three whole blocks of every trace", () => {
    const runs = Uint32Array.from({ length: 5400 }, (_, r) => (r < 1800 ? 0 : 1));
    const { train, test } = validationBlocks(all(5400), runs);
    expect(train.length + test.length).to.equal(5400);
    const starts = [...test].filter((r, i) => r !== test[i - 1] + 1);
    expect(starts).to.deep.equal([300, 900, 1500, 2400, 3600, 4800]);
    expect(test.length).to.equal(900);
  });
});
