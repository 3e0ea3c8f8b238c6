import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { writeCsv } from "../../traces/csv.ts";
import { writeParquet } from "../../traces/parquet.ts";
import { takeRows } from "../../traces/table.ts";
import { runCommand } from "./run-command.ts";
import { ruleTrace } from "./traces.ts";

describe("nicetries train and evaluate", () => {
  let dir: string;
  const at = (name: string) => join(dir, name);
  const run = runCommand;
  const quick = ["--target", "forced_now", "--epochs", "4"];

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-train-"));
    const table = ruleTrace(4000, 1);
    writeParquet(at("t.parquet"), table);
    await writeCsv(at("t.csv"), [table]);
    const gap = ruleTrace(400, 3);
    gap.numeric.task_buddy.fill(Number.NaN);
    writeParquet(at("gap.parquet"), gap);
    writeParquet(at("empty.parquet"), takeRows(table, []));
    const calm = takeRows(
      table,
      [...Array(4000).keys()].filter((r) => table.numeric.migration[r] !== 2),
    );
    writeParquet(at("calm.parquet"), calm);
    writeFileSync(at("broken.parquet"), readFileSync(at("t.parquet")).subarray(0, 5000));
    writeFileSync(at("other.bin"), "neither");
    writeFileSync(at("short.csv"), "pid,ts,migration\n1,2,0\n1,3,1\n");
  });
  after(() => rmSync(dir, { recursive: true }));

  it("train says what it did, writes the model, its card and its golden vectors; evaluate judges it", async () => {
    const trained = await run("train", at("t.parquet"), ...quick, "--out", at("m.nt"), "--json");
    expect(trained.status, trained.stderr).to.equal(0);
    const result = JSON.parse(trained.stdout);
    expect(result).to.include({ model: at("m.nt"), target: "forced_now", rows: 4000, epochs: 4 });
    expect(result.wallSeconds).to.be.above(0);
    expect(result.heldOut.rows).to.equal(800);
    expect(result.trainRows + result.validationRows + result.testRows).to.equal(4000);
    expect(existsSync(at("m.training.json")) && existsSync(at("m.golden.txt"))).to.equal(true);

    const judged = await run("evaluate", at("m.nt"), at("t.parquet"), "--split", "time:0.8", "--json");
    expect(judged.status, judged.stderr).to.equal(0);
    const evaluation = JSON.parse(judged.stdout);
    for (const judge of ["model", "fixedPoint", "rule", "majority", "logistic", "tree"]) {
      const m = evaluation[judge];
      expect(m.confusion.tp + m.confusion.fn, judge).to.equal(evaluation.positives);
      expect(m.intervals.accuracy[0]).to.be.at.most(m.accuracy);
      const { intervals: _, ...alone } = m;
      expect(alone, `${judge} is judged as after training`).to.deep.equal(result.heldOut[judge]);
    }
    expect(evaluation.baselinesFrom).to.equal("training");
  });

  it("the same seed gives the same bytes, from Parquet and from CSV; another seed others", async () => {
    const bytes = async (trace: string, seed: string) => {
      const out = at(`${seed}-${trace}.nt`);
      const { status, stderr } = await run("train", at(trace), ...quick, "--seed", seed, "--out", out);
      expect(status, stderr).to.equal(0);
      return readFileSync(out).toString("hex");
    };
    const first = await bytes("t.parquet", "a");
    expect(await bytes("t.csv", "a")).to.equal(first);
    expect(await bytes("t.parquet", "b")).not.to.equal(first);
  });

  it("a CSV with the columns of the thesis alone is enough: imported, learnt from, judged", async () => {
    const columns = [
      ..."pid ts task_load_avg task_util_avg task_vruntime task_nr_migrations".split(" "),
    ].concat(
      "start_runtime src_rq_nr_running sd_cache_nice_tries cpu_idle cpu_newly_idle".split(" "),
      "sd_nr_balance_failed delta migration src_cpu dst_cpu".split(" "),
    );
    const { numeric } = ruleTrace(4000, 2);
    const lines = Array.from({ length: 4000 }, (_, r) =>
      columns.map((c) => numeric[c as "pid"][r]).join(","),
    );
    writeFileSync(at("mine.csv"), `\uFEFF${[columns.join(","), ...lines].join("\r\n")}\r\n`);
    const imported = await run("trace", "import", at("mine.csv"), "--out", at("mine.parquet"));
    expect(imported.status, imported.stderr).to.equal(0);
    const model = at("mine.nt");
    const words = [at("mine.parquet"), "--target", "forced_eventually", "--epochs", "4", "--out", model];
    const trained = await run("train", ...words, "--json");
    expect(trained.status, trained.stderr).to.equal(0);
    const { notes, inputs } = JSON.parse(trained.stdout);
    expect(notes[0]).to.match(
      /left out, unknown in these traces: task_running, task_affine, task_buddy, lb_active/,
    );
    expect(inputs).to.include.members([
      "coldness:clipped:-64:64",
      "cpu_idle",
      "sd_nr_balance_failed:clipped:0:7",
    ]);
    const judged = await run("evaluate", model, at("mine.parquet"), "--split", "time:0.8", "--json");
    expect(judged.status, judged.stderr).to.equal(0);
    expect(JSON.parse(judged.stdout)).to.deep.include({ rows: 800, baselinesFrom: "training" });
    const asked = await run("train", ...words, "--features", "wide");
    expect(asked.status, "what was asked for by name has to be there").to.equal(1);
    expect(asked.stderr).to.include("field task_running");
  });

  it("a trace without an input: train says to leave it out, evaluate, which cannot, to train without", async () => {
    const words = ["train", at("t.parquet"), ...quick, "--features", "delta,task_buddy"];
    const trained = await run(...words, "--out", at("buddy.nt"));
    expect(trained.status, trained.stderr).to.equal(0);
    const judged = await run("evaluate", at("buddy.nt"), at("gap.parquet"));
    expect(judged.status).to.equal(1);
    expect(judged.stderr)
      .to.match(/field task_buddy.*Judge on traces that have it, or train a model that does without/)
      .and.not.match(/Leave it out/);
    words[1] = at("gap.parquet");
    const refused = await run(...words, "--out", at("x.nt"));
    expect(refused.status).to.equal(1);
    expect(refused.stderr).to.match(/field task_buddy.*Leave it out with --features/);
  });

  it("train names the trace of which nothing was learnt", async () => {
    const trained = await run("train", at("t.parquet"), at("gap.parquet"), ...quick, "--out", at("half.nt"));
    expect(trained.status, trained.stderr).to.equal(0);
    expect(trained.stderr).to.match(/no row of gap\.parquet is left: it does not know task_buddy\. Choose/);
  });

  it("takes a Parquet trace under any name", async () => {
    copyFileSync(at("t.parquet"), at("trace.bin"));
    const judged = await run("train", at("trace.bin"), ...quick, "--out", at("bin.nt"));
    expect(judged.status, judged.stderr).to.equal(0);
  });

  it("evaluate shows every baseline to people too, without a card by cross-fitting", async () => {
    await run("train", at("t.parquet"), ...quick, "--split", "none", "--out", at("lone.nt"));
    rmSync(at("lone.training.json"));
    const { stdout, status } = await run("evaluate", at("lone.nt"), at("t.parquet"), "--resamples", "20");
    expect(status).to.equal(0);
    expect(stdout).to.match(/forced_now: 4000 rows, \d+ positive/);
    for (const name of [
      "model",
      "model, fixed point",
      "rule of the kernel",
      "majority class",
      "logistic regression",
      "small tree",
    ]) {
      expect(stdout).to.include(`\n${name} `);
    }
    expect(stdout).to.include("fitted to the other parts of these rows");
  });

  it("a threshold chosen while judging is the one that training would have chosen", async () => {
    const trained = async (...words: string[]) => {
      const args = ["train", at("t.parquet"), ...quick, "--features", "e3-honest", "--json"];
      const got = await run(...args, "--out", at("cut.nt"), ...words);
      expect(got.status, got.stderr).to.equal(0);
      return JSON.parse(got.stdout);
    };
    const confusions = new Set<string>();
    for (const rule of ["none", "accuracy", "balanced", "mcc", "f1", "cost:50", "0.02"]) {
      const asked = await trained("--threshold", rule);
      await trained();
      const words = ["evaluate", at("cut.nt"), at("t.parquet"), "--split", "time:0.8", "--resamples", "0"];
      const judged = await run(...words, "--json", "--threshold", rule);
      expect(judged.status, judged.stderr).to.equal(0);
      const evaluation = JSON.parse(judged.stdout);
      expect(evaluation.threshold).to.be.closeTo(asked.threshold, 1e-6);
      for (const judge of ["model", "logistic", "tree"])
        expect(evaluation[judge].confusion, `${rule}, ${judge}`).to.deep.equal(
          asked.heldOut[judge].confusion,
        );
      confusions.add(JSON.stringify(evaluation.model.confusion));
    }
    expect(confusions.size, "rules differ").to.be.above(3);
    const own = await run("evaluate", at("cut.nt"), at("t.parquet"), "--threshold", "none", "--json");
    rmSync(at("cut.training.json"));
    const without = await run("evaluate", at("cut.nt"), at("t.parquet"), "--threshold", "none", "--json");
    expect(JSON.parse(without.stdout).model).to.deep.equal(JSON.parse(own.stdout).model);
    const refused = await run("evaluate", at("cut.nt"), at("t.parquet"), "--threshold", "f1");
    expect(refused.status).to.equal(1);
    expect(refused.stderr).to.match(/cut\.training\.json: the training card.*Leave --threshold out/);
  });

  it("features scores every input by trace and selects the best of each, as train takes them", async () => {
    const words = ["features", at("t.parquet"), at("t.csv"), "--target", "forced_now"];
    const { status, stdout, stderr } = await run(...words, "--json");
    expect(status, stderr).to.equal(0);
    const { traces, selected } = JSON.parse(stdout);
    expect(traces.map((t: { trace: string }) => t.trace)).to.deep.equal([at("t.parquet"), at("t.csv")]);
    expect(traces[0].scores).to.deep.equal(traces[1].scores);
    const names = traces[0].scores.map((s: { feature: string }) => s.feature);
    expect(names)
      .to.include.members(["sd_nr_balance_failed", "coldness", "pid"])
      .and.not.include("migration");
    expect(selected).to.have.length(5).and.to.have.members(names.slice(0, 5));
    const text = await run(...words, "--features", "e3", "--top", "2", "--by", "mutualInformation");
    expect(text.stdout)
      .to.match(/^ANOVA F, forced_now\n/)
      .and.to.include("Mutual information, bits");
    const last = text.stdout.trimEnd().split("\n").at(-1)!;
    expect(last.split(",")).to.have.length(2);
    const trained = await run(
      "train",
      at("t.parquet"),
      ...quick,
      "--features",
      last,
      "--out",
      at("s.nt"),
      "--json",
    );
    expect(JSON.parse(trained.stdout).inputs).to.deep.equal(last.split(","));
    expect((await run(...words, "--top", "0")).status).to.equal(2);
  });

  it("features says where a trace of a single class can score nothing", async () => {
    const words = ["--target", "forced_now", "--features", "e3"];
    const none = await run("features", at("calm.parquet"), ...words);
    expect(none.status).to.equal(1);
    expect(none.stdout).to.equal("");
    expect(none.stderr).to.match(
      /calm\.parquet: no trace holds both classes.*field forced_now.*found "\d+ rows, of a single class/,
    );
    const one = await run("features", at("calm.parquet"), at("t.parquet"), ...words);
    expect(one.status, one.stderr).to.equal(0);
    expect(one.stderr).to.match(/^\S+calm\.parquet: rows of a single class/);
    const alone = await run("features", at("t.parquet"), ...words);
    expect(alone.stderr).to.equal("");
    expect(one.stdout.split("\n").at(-2)).to.equal(alone.stdout.split("\n").at(-2));
  });

  it("evaluate --reasons shows recall by reason and calibration", async () => {
    await run("train", at("t.parquet"), ...quick, "--out", at("r.nt"));
    const { stdout } = await run("evaluate", at("r.nt"), at("t.parquet"), "--reasons", "--resamples", "0");
    expect(stdout).to.match(/\nreason +rows +positive +accuracy % +recall %\n/);
    expect(stdout).to.match(/\nforced +\d+ +\d+ +[\d.]+ +[\d.]+\n/);
    expect(stdout).to.match(/\nhot_refused +\d+ +0 +[\d.]+ +-\n/);
    expect(stdout).to.match(/expected calibration error 0\.\d+, Brier score 0\.\d+\n$/);
  });

  it("every option of the trainer changes what is learnt", async () => {
    const models = new Map<string, string>();
    for (const [name, words] of Object.entries({
      plain: [],
      momentum: ["--optimiser", "momentum", "--lr", "0.01"],
      "more momentum": ["--optimiser", "momentum", "--lr", "0.01", "--momentum", "0.5"],
      focal: ["--loss", "focal"],
      "other focal": ["--loss", "focal", "--focal-gamma", "1"],
      constant: ["--schedule", "constant"],
      relu: ["--activation", "relu"],
      deep: ["--hidden", "6,5,4,3"],
      none: ["--hidden", "none"],
      weighted: ["--class-weights", "balanced"],
      decay: ["--weight-decay", "0.3"],
      batch: ["--batch", "7"],
    })) {
      const { status, stderr } = await run("train", at("t.parquet"), ...quick, ...words, "--out", at("o.nt"));
      expect(status, `${name}: ${stderr}`).to.equal(0);
      const bytes = readFileSync(at("o.nt")).toString("hex");
      expect([...models].find(([, b]) => b === bytes)?.[0], name).to.equal(undefined);
      models.set(name, bytes);
    }
  });

  it("train --permutations shows that shuffled labels leave chance", async () => {
    const words = ["train", at("t.parquet"), "--target", "migrate", "--epochs", "4", "--out", at("p.nt")];
    const plain = await run(...words, "--json");
    const bytes = readFileSync(at("p.nt"));
    const tested = await run(...words, "--json", "--permutations", "9");
    expect(tested.status, tested.stderr).to.equal(0);
    const { permutation, ...rest } = JSON.parse(tested.stdout);
    expect(permutation.pValue).to.equal(0.1);
    expect(permutation.shuffled).to.have.length(9);
    // A model of shuffled labels is a cut in a random direction: at chance on average, not each.
    const mean = permutation.shuffled.reduce((a: number, b: number) => a + b, 0) / 9;
    expect(mean).to.be.within(0.4, 0.6);
    for (const s of permutation.shuffled) expect(s).to.be.below(0.8);
    expect(permutation.real).to.be.above(0.9);
    expect(rest.heldOut).to.deep.equal(JSON.parse(plain.stdout).heldOut);
    expect(readFileSync(at("p.nt")).equals(bytes), "the model is the same without the test").to.equal(true);
  });

  for (const [option, ...values] of [
    ["--epochs", "0", "-1", "1.5", ""],
    ["--hidden", "0", "9,", "16,x"],
    ["--batch", "-1", "0", "1000000"],
    ["--lr", "0", "-1", "NaN", "Infinity"],
    ["--weight-decay", "-1"],
    ["--momentum", "1"],
    ["--patience", "0"],
    ["--focal-gamma", "-1", "NaN"],
    ["--permutations", "-1", "0.5"],
    ["--split", "time:2", "time:0", "time:0s", "run:3s", "foo"],
    ["--features", "nosuch", "delta:foo", "delta,delta", "delta:clipped:2:1"],
  ] as const) {
    it(`a wrong value of ${option} is wrong usage, and the message names option and value`, async () => {
      for (const value of values) {
        const got = await run("train", at("t.parquet"), ...quick, option, value, "--out", at("x.nt"));
        expect(got.status, `${value}: ${got.stderr}`).to.equal(2);
        expect(got.stderr).to.include(option).and.match(/found/);
        expect(got.stderr).not.to.match(/null|not a number|\n {4}at /);
        if (option === "--features" || option === "--split") {
          const judged =
            option === "--split" ? ["evaluate", at("m.nt")] : ["features", "--target", "migrate"];
          const other = await run(...judged, at("t.parquet"), option, value);
          expect(other.status, `${judged[0]} ${value}: ${other.stderr}`).to.equal(2);
          expect(other.stderr).to.include(option);
        }
      }
    });
  }

  it("train writes nothing, and does not begin, where one of its files cannot be written", async () => {
    for (const name of ["x.nt", "x.training.json", "x.golden.txt", "x.nt.checkpoint"]) {
      mkdirSync(at(name));
      const got = await run("train", at("t.parquet"), "--target", "forced_now", "--out", at("x.nt"));
      expect(got.status, got.stderr).to.equal(1);
      expect(got.stderr).to.include(`${at(name)}: cannot be written (EISDIR): it is a folder`);
      expect(readdirSync(dir).filter((f) => /^\.?x\./.test(f))).to.deep.equal([name]);
      rmSync(at(name), { recursive: true });
    }
    const nowhere = await run("train", at("t.parquet"), ...quick, "--out", at("no/x.nt"));
    expect(nowhere.status).to.equal(1);
    expect(nowhere.stderr).to.match(/no\/x\.nt: the folder to write to does not exist/);
    copyFileSync(at("t.parquet"), at("trace.nt"));
    const itself = await run("train", at("trace.nt"), ...quick, "--out", at("trace.nt"));
    expect(itself.status).to.equal(2);
    expect(readFileSync(at("trace.nt")).equals(readFileSync(at("t.parquet")))).to.equal(true);
  });

  it("a model that cannot be read: why, in words", async () => {
    mkdirSync(at("folder.nt"));
    for (const [name, why] of [
      ["none.nt", /none\.nt: cannot read the model file: there is no such file\. Check the path\./],
      ["folder.nt", /folder\.nt: cannot read the model file: it is a folder\. Name a file in it\./],
      ["t.csv/m.nt", /what should be a folder on its path is a file/],
    ] as const) {
      for (const words of [
        ["evaluate", at(name), at("t.parquet")],
        ["model", "info", at(name)],
      ]) {
        const got = await run(...words);
        expect(got.status).to.equal(1);
        expect(got.stderr)
          .to.match(why)
          .and.not.match(/ENO|EIS|illegal/);
      }
    }
  });

  it("a weight decay that makes the training diverge is blamed for it, a learning rate for its own", async () => {
    const decayed = await run(
      ...["train", at("t.parquet"), ...quick, "--weight-decay", "1e9", "--out", at("x.nt")],
    );
    expect(decayed.status).to.equal(1);
    expect(decayed.stderr).to.match(/diverged \(option --weight-decay\).*smaller one/);
    const fast = await run(
      ...["train", at("t.parquet"), ...quick, "--optimiser", "sgd", "--activation", "relu"],
      ...["--weight-decay", "0", "--lr", "1e60", "--out", at("x.nt")],
    );
    expect(fast.status).to.equal(1);
    expect(fast.stderr).to.match(/diverged \(option --lr\).*smaller one/);
  });

  for (const [name, words, status, why] of [
    ["a missing trace", ["train", "nowhere.parquet", ...quick, "--out", "x.nt"], 1, /nowhere\.parquet/],
    ["a truncated trace", ["train", "broken.parquet", ...quick, "--out", "x.nt"], 1, /broken\.parquet/],
    ["an empty trace", ["train", "empty.parquet", ...quick, "--out", "x.nt"], 1, /no rows/],
    ["a trace of one class", ["train", "calm.parquet", ...quick, "--out", "x.nt"], 1, /single class/],
    [
      "a trace without the inputs",
      ["train", "short.csv", "--target", "migrate", "--split", "none", "--out", "x.nt"],
      1,
      /do not know a column/,
    ],
    [
      "a file of another kind",
      ["train", "other.bin", ...quick, "--out", "x.nt"],
      1,
      /is no trace; expected a Parquet file, or CSV/,
    ],
    [
      "the outcome as a feature",
      ["train", "t.parquet", ...quick, "--features", "migration", "--out", "x.nt"],
      2,
      /give the label away/,
    ],
    [
      "a network beyond 4 KB",
      ["train", "t.parquet", ...quick, "--hidden", "128,64", "--out", "x.nt"],
      1,
      /4096 bytes/,
    ],
    [
      "a learning rate of nothing",
      ["train", "t.parquet", ...quick, "--lr", "abc", "--out", "x.nt"],
      2,
      /--lr needs a positive number, found "abc"/,
    ],
    [
      "an unknown target",
      ["train", "t.parquet", "--target", "fortune", "--out", "x.nt"],
      2,
      /forced_eventually/,
    ],
    [
      "a threshold that is no rule",
      ["train", "t.parquet", ...quick, "--threshold", "1.5", "--out", "x.nt"],
      2,
      /--threshold 1\.5: expected none, .*cost:R or a probability/,
    ],
    [
      "a threshold to judge by that is none",
      ["evaluate", "m.nt", "t.parquet", "--threshold", "cost:0"],
      2,
      /cost:R/,
    ],
    ["an output that is no model file", ["train", "t.parquet", ...quick, "--out", "x.bin"], 2, /\.nt/],
    [
      "an unknown split",
      ["evaluate", "m.nt", "t.parquet", "--split", "half"],
      2,
      /time\[:F or a time such as 30s\]/,
    ],
    [
      "a negative number of resamples",
      ["evaluate", "m.nt", "t.parquet", "--resamples", "-3"],
      2,
      /--resamples/,
    ],
    ["a model that is none", ["evaluate", "t.parquet", "t.parquet"], 1, /t\.parquet/],
  ] as const) {
    it(`${name}: exit ${status}, with the reason and without a stack`, async () => {
      const given = words.map((w) => (/^[a-z]+\.(parquet|csv|nt|bin)$/.test(w) ? at(w) : w));
      const got = await run(...given);
      expect(got.status, got.stderr).to.equal(status);
      expect(got.stderr).to.match(why);
      expect(got.stderr).not.to.match(/\n {4}at /);
      expect(existsSync(at("x.nt"))).to.equal(false);
    });
  }
});
