import { expect } from "chai";
import { raw } from "../../model/feature-sets.ts";
import { decodeNt } from "../../model/nt-read.ts";
import { encodeNt } from "../../model/nt-write.ts";
import { evaluateModel, type TrainRequest, trainModel, trainModels } from "../../model/pipeline.ts";
import { quantise } from "../../model/quantise.ts";
import { PRESETS } from "../../model/trainer/presets.ts";
import { InputError } from "../../traces/input-error.ts";
import { readParquet } from "../../traces/parquet.ts";
import { TARGETS, type TraceTable } from "../../traces/schema.ts";
import { takeRows, unknownTable } from "../../traces/table.ts";
import { stream } from "./random.ts";
import { ruleTrace } from "./traces.ts";

const request = (tables: TraceTable[], rest: Partial<TrainRequest> = {}): TrainRequest => ({
  tables,
  target: "migrate",
  preset: "best",
  random: { weights: stream(1), split: stream(2) },
  ...rest,
});

describe("training from traces", () => {
  it("the presets have the sizes and rates of the thesis's Table 5.8", () => {
    const tables = [ruleTrace(4000, 1)];
    tables[0].numeric.sd_cache_nice_tries.set([0]); // otherwise constant, and so dropped
    const total = { migrate: [17, 51], forced_eventually: [20, 72], forced_now: [17, 51] };
    for (const [target, [libml, pytorch]] of Object.entries(total)) {
      for (const [preset, units] of [
        ["libml", libml!],
        ["pytorch", pytorch!],
      ] as const) {
        const { net, config } = trainModel(
          request(tables, { target: target as "migrate", preset, config: { epochs: 1 } }),
        );
        expect(
          net.inputs.length + net.layers.reduce((n, l) => n + l.outputs, 0),
          `${target} ${preset}`,
        ).to.equal(units);
        const { learningRate, weightDecay, batchSize } = config;
        expect({ learningRate, weightDecay, batchSize }).to.deep.equal(
          preset === "libml"
            ? { learningRate: 0.1, weightDecay: 0, batchSize: 1 }
            : { learningRate: 0.001, weightDecay: 0.00001, batchSize: 32 },
        );
        expect(decodeNt(encodeNt(net)).net.inputs.length).to.equal(net.inputs.length);
      }
    }
  });

  it("learns the kernel's rule from one trace and holds on another", () => {
    const [train, test] = [ruleTrace(20_000, 1), ruleTrace(10_000, 2)];
    for (const target of ["migrate", "forced_now"] as const) {
      const { net, baselines } = trainModel(request([train], { target, config: { epochs: 20 } }));
      const e = evaluateModel(net, test, target, { fixed: quantise(net), baselines });
      expect(e.rows).to.equal(10_000);
      expect(e.model.accuracy, target).to.be.above(0.985);
      expect(e.model.mcc, target).to.be.above(e.logistic!.mcc);
      expect(e.rule.accuracy).to.equal(1);
      expect(e.majority.balancedAccuracy).to.equal(0.5);
      expect(e.model.confusion.tp + e.model.confusion.fn).to.equal(e.positives);
      // Fixed point loses at most 0.1 point.
      expect(e.fixedPoint!.accuracy).to.be.above(e.model.accuracy - 0.001);
    }
  });

  it("does not see what has no connection: a label drawn at random stays at chance", () => {
    const tables = [ruleTrace(6000, 1)];
    const random = stream(5);
    const labels = [Uint8Array.from({ length: 6000 }, () => (random() < 0.5 ? 1 : 0))];
    const { net, testRows } = trainModel(
      request(tables, {
        labels,
        split: { kind: "time", fraction: 0.5 },
        config: { threshold: "none", epochs: 10 },
      }),
    );
    const e = evaluateModel(net, tables, "migrate", { rows: testRows, labels });
    expect(e.rows).to.equal(3000);
    expect(e.model.balancedAccuracy).to.be.closeTo(0.5, 0.04);
  });

  it("the same request and streams give the same model file, byte for byte", () => {
    const once = () =>
      encodeNt(
        trainModel(request([ruleTrace(3000, 1)], { config: { epochs: 4, quantisedBatches: 50 } })).net,
      );
    expect(Buffer.from(once()).equals(Buffer.from(once()))).to.equal(true);
  });

  it("workers give the same networks as one thread, in the order of the requests", async () => {
    const tables = [ruleTrace(2000, 1)];
    const requests = () =>
      TARGETS.slice(0, 3).map((target) =>
        request(tables, { target, config: { epochs: 3, quantisedBatches: 50 } }),
      );
    const parallel = await trainModels(requests(), { workers: 2 });
    const single = requests().map(trainModel);
    parallel.forEach((r, i) => {
      expect(Buffer.from(encodeNt(r.net)).equals(Buffer.from(encodeNt(single[i].net)))).to.equal(true);
      expect(r.baselines).to.deep.equal(single[i].baselines);
    });
  });

  it("of a preset's inputs it leaves out those that no trace knows, and says so", () => {
    const [known, gaps] = [ruleTrace(500, 1), ruleTrace(500, 2)];
    gaps.numeric.task_buddy.fill(Number.NaN);
    gaps.numeric.delta.fill(Number.NaN);
    const alone = trainModel(request([gaps], { config: { epochs: 1 } }));
    expect(alone.notes[0]).to.equal("left out, unknown in these traces: delta, task_buddy");
    expect(alone.net.inputs.map((i) => i.feature)).to.not.include.members(["coldness"]);
    const both = trainModel(request([known, gaps], { config: { epochs: 1 } }));
    expect(both.notes.slice(1)).to.deep.equal([
      "dropped rows with unknown values: 500",
      "no row of trace 2 of 2 (rule) is left: it does not know coldness:clipped:-8192:8192, " +
        "coldness:clipped:-64:64, task_buddy. Choose other features to use it",
    ]);
    expect(both.notes[0]).to.equal("dropped constant columns: sd_cache_nice_tries:clipped:0:3");
    expect(both.net.inputs.map((i) => i.feature)).to.include.members(["coldness", "task_buddy"]);
  });

  it("workers report bad input as such", async () => {
    const bad = [1, 2].map((seed) =>
      request([ruleTrace(500, seed)], {
        preset: "libml",
        config: { activation: "relu", learningRate: 1e200, epochs: 3 },
      }),
    );
    const failure = await trainModels(bad, { workers: 2 }).catch((e) => e);
    expect(failure).to.be.instanceOf(InputError);
    expect(failure.message).to.match(/diverged \(option learningRate\).*smaller one/);
  });

  describe("refuses, saying why,", () => {
    const table = ruleTrace(400, 1);
    const withColumn = (change: (t: TraceTable) => void) => {
      const copy = takeRows(table, [...Array(400).keys()]);
      change(copy);
      return [copy];
    };
    for (const [name, make, why] of [
      ["no rows", () => request([takeRows(table, [])]), /no rows/],
      ["no traces", () => request([]), /no rows/],
      [
        "a single class",
        () => request(withColumn((t) => t.numeric.migration.fill(0))),
        /single class.*0 positive of 400/,
      ],
      [
        "a target the trace cannot give",
        () => request(withColumn((t) => t.numeric.migration.fill(Number.NaN))),
        /migration/,
      ],
      [
        "a column that is unknown throughout, when it was asked for",
        () =>
          request(
            withColumn((t) => t.numeric.delta.fill(Number.NaN)),
            { features: [raw("delta")] },
          ),
        /field delta/,
      ],
      [
        "constant columns alone",
        () => request([table], { features: [raw("task_policy")] }),
        /no column varies/,
      ],
      [
        "rows that are never complete",
        () =>
          request(
            withColumn((t) => {
              for (let r = 0; r < 400; r++) t.numeric[r % 2 ? "delta" : "task_util_avg"][r] = Number.NaN;
            }),
          ),
        /no row has a value in every input/,
      ],
      [
        "a network beyond 4 KB, before training it",
        () => request([table], { config: { hidden: [128, 64], epochs: 10 ** 9 } }),
        /4096 bytes/,
      ],
      ["a batch of no rows", () => request([table], { config: { batchSize: 0 } }), /batchSize/],
      ["a layer of half a unit", () => request([table], { config: { hidden: [2.5] } }), /hidden/],
      [
        "a split without a test side",
        () => request([table], { split: { kind: "seed", value: "77" } }),
        /one side empty/,
      ],
      [
        "an unknown preset",
        () => request([table], { preset: "huge" as "best" }),
        /unknown preset.*libml, pytorch, best/,
      ],
    ] as const) {
      it(name, () => expect(() => trainModel(make())).to.throw(InputError, why));
    }

    it("to judge a trace that lacks an input", () => {
      const { net } = trainModel(request([table], { config: { epochs: 1 } }));
      expect(() => evaluateModel(net, unknownTable(5), "migrate", { labels: [new Uint8Array(5)] })).to.throw(
        InputError,
        /do not know a column/,
      );
      expect(() => evaluateModel(net, takeRows(table, []), "migrate")).to.throw(
        InputError,
        /nothing to judge/,
      );
    });
  });

  it("rows with unknown inputs are left out of judgement, and counted", () => {
    const table = ruleTrace(500, 3);
    const { net } = trainModel(request([table], { config: { epochs: 2 } }));
    for (let r = 0; r < 500; r += 10) table.numeric.delta[r] = Number.NaN;
    const e = evaluateModel(net, table, "migrate");
    expect([e.rows, e.skipped]).to.deep.equal([450, 50]);
  });
});

describe("training on the real kernel's decisions", () => {
  const files = ["hackbench-threads-pipes", "openssl-8x1-cost1ms", "stress-matrix", "sysbench-threads"];
  let tables: TraceTable[];
  before(async () => {
    tables = await Promise.all(files.map((f) => readParquet(`traces/real/${f}.parquet`)));
  });

  it("E1: better than 99 % on later rows that it has not seen, beside a rule that is always right", () => {
    const { net, testRows, baselines } = trainModel(
      request(tables, { split: { kind: "time", fraction: 0.7 } }),
    );
    const e = evaluateModel(net, tables, "migrate", { rows: testRows, baselines, fixed: quantise(net) });
    expect(e.model.accuracy).to.be.above(0.99);
    expect(e.model.balancedAccuracy).to.be.above(0.985);
    expect(e.model.mcc).to.be.above(e.tree!.mcc);
    expect(e.fixedPoint!.accuracy).to.be.above(e.model.accuracy - 0.001);
    expect(e.rule.accuracy).to.equal(1);
    expect(e.byReason.running!.accuracy).to.be.above(0.99);
    expect(e.baselinesFrom).to.equal("training");
  });

  it("every preset gives finite numbers for every target that has two classes", () => {
    tables = tables.slice(0, 2);
    for (const preset of PRESETS) {
      for (const target of ["migrate", "forced_eventually", "forced_now"] as const) {
        const { net } = trainModel(
          request(tables, { preset, target, config: { epochs: 2, quantisedBatches: 20 } }),
        );
        const e = evaluateModel(net, tables, target);
        expect(e.rows, `${preset} ${target}`).to.equal(tables.reduce((n, t) => n + t.rows, 0));
        for (const m of [e.model, e.rule, e.majority]) {
          expect(Object.values(m.confusion).reduce((a, b) => a + b, 0)).to.equal(e.rows);
          expect(m.prAuc).to.be.within(0, 1);
        }
        expect(e.baselinesFrom).to.equal(e.logistic ? "cross-fit" : null);
      }
    }
  });
});
