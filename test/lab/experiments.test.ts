import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Bench } from "../../lab/experiments/bench.ts";
import { EXPERIMENTS, type Experiment } from "../../lab/experiments/catalogue.ts";
import { BENCHMARKS, recordings } from "../../lab/experiments/data.ts";
import { ceiling } from "../../lab/experiments/jobs/ceiling.ts";
import { countClasses, scoreInputs } from "../../lab/experiments/jobs/describe.ts";
import { learn } from "../../lab/experiments/jobs/learn.ts";
import { runExperiments } from "../../lab/experiments/run.ts";
import { cellText, percent } from "../../lab/experiments/table.ts";
import { CLASS_BALANCE, THESIS, THESIS_BENCHMARKS } from "../../lab/experiments/thesis.ts";
import { readTraces } from "../../lab/read-traces.ts";
import { trainFile } from "../../lab/train-file.ts";
import { FEATURE_SETS, raw } from "../../model/feature-sets.ts";
import { scoreFeatures } from "../../model/preprocess/select-features.ts";
import { writeParquet } from "../../traces/parquet.ts";
import { tableFromRows } from "../../traces/table.ts";
import { runCommand } from "../model/run-command.ts";
import { scratchFolder } from "../traces/support.ts";

const TRACES = ["traces/synthetic/numeric.parquet", "traces/synthetic/convolution.parquet"];

describe("experiments", () => {
  const scratch = scratchFolder();

  it("show numbers with their digits, intervals in brackets, and a dash for what is not defined", () => {
    expect(cellText(1234.5, { name: "n", digits: 1 })).to.equal("1,234.5");
    expect(cellText([0.5, 0.25, 0.75], { name: "n", digits: 2 })).to.equal("0.50 (0.25 – 0.75)");
    expect(cellText(null, { name: "n" })).to.equal("-");
    expect(percent(0.5, [0.25, 0.75])).to.deep.equal([50, 25, 75]);
    expect(percent(null)).to.equal(null);
  });

  it("score the inputs that the presets of the thesis train on, for the benchmarks in its order", () => {
    const names = (set: string) => FEATURE_SETS[set].map(({ feature }) => feature);
    expect(Object.keys(THESIS.migrate.scores.inputs)).to.have.members(names("e1"));
    expect(Object.keys(THESIS.forced_eventually.scores.inputs)).to.have.members(names("e2"));
    expect(Object.keys(THESIS.forced_now.scores.inputs)).to.have.members(names("e3"));
    expect(BENCHMARKS.map(({ thesis }) => thesis)).to.deep.equal(THESIS_BENCHMARKS);
    for (const { forced, histories } of Object.values(CLASS_BALANCE))
      expect(histories).to.be.greaterThan(forced);
  });

  it("count and score as `trace info` and `features` do", async () => {
    const [file] = TRACES;
    const [table] = await readTraces([file]);
    const columns = ["delta", "cpu_idle"] as const;
    const scored = scoreFeatures(table, "migrate", columns.map(raw));
    const by = new Map(scored.map(({ feature, anovaF }) => [feature, anovaF]));
    expect(await scoreInputs({ files: [file], target: "migrate", columns })).to.deep.equal(
      columns.map((name) => by.get(name)),
    );
    const counts = await countClasses({ files: TRACES });
    expect(counts.rows).to.equal((await readTraces(TRACES)).reduce((sum, { rows }) => sum + rows, 0));
    expect(counts.histories).to.be.at.least(counts.forced);
  });

  it("count as winnable the time from the first call of a history to its end, as long as the destination is seen idle", async () => {
    const call = {
      pid: 7,
      src_cpu: 0,
      dst_cpu: 1,
      task_nr_migrations: 2,
      migration: 0,
      cpu_idle: 1,
      cpu_newly_idle: 0,
    };
    const rows = [
      { ...call, ts: 100, detached: 0 },
      { ...call, ts: 110, pid: 8, detached: 1, migration: 1 }, // the destination gets another task: busy
      { ...call, ts: 130, detached: 0 }, // idle again
      { ...call, ts: 150, src_cpu: 2, detached: 0 }, // another move
      { ...call, ts: 160, migration: 2, detached: 1 },
      { ...call, ts: 170, task_nr_migrations: 3, migration: 2, detached: 1 }, // without an earlier call
    ];
    writeParquet(scratch("c.parquet"), tableFromRows(rows));
    expect(await ceiling({ files: [scratch("c.parquet")] })).to.deep.equal({
      ns: 70,
      moved: 2,
      withHistory: 1,
      waitedNs: 60,
      waitedIdleNs: 10 + 30,
    });
  });

  it("learn and judge as `train` does", async () => {
    const options = { target: "migrate", preset: "best", config: { epochs: 2 }, split: "time:0.8" } as const;
    const trained = await trainFile(TRACES, { ...options, seed: "3", out: scratch("m.nt") });
    const { later } = await learn({
      ...options,
      train: TRACES,
      tests: { later: [] },
      seed: "3",
      resamples: 5,
    });
    if ("why" in later) throw new Error(later.why);
    expect(later.own.model!.confusion).to.deep.equal(trained.heldOut!.model.confusion);
    expect(later.own.rule!.accuracy).to.equal(1);
    expect(later.rows).to.equal(trained.testRows);
  });

  it("say what rows cannot teach", async () => {
    const { boot } = await learn({
      target: "forced_now",
      preset: "libml",
      train: ["traces/real/virtual-time/gridding-8x1-500us-test.parquet"],
      split: "none",
      tests: { boot: TRACES },
      seed: "1",
      resamples: 5,
    });
    expect(boot).to.have.property("why");
  });

  it("keep what is done, and end with the same bytes when they go on", async () => {
    const counting: Experiment = {
      name: "counting",
      about: "how many",
      async tables(bench) {
        const step = {
          name: "count",
          job: "countClasses",
          argument: { files: TRACES },
          reads: TRACES,
          writes: [],
        };
        const both = await Promise.all([
          bench.run<{ rows: number }>(step),
          bench.run<{ rows: number }>(step),
        ]);
        return [
          {
            id: "n",
            title: "N",
            columns: [{ name: "rows" }],
            rows: both.map(({ rows }) => [rows]),
            notes: [],
          },
        ];
      },
    };
    const jobs: number[] = [];
    const options = {
      dir: scratch("runs"),
      root: ".",
      quick: true,
      seed: "1",
      commandOf: (name: string) => `make ${name}`,
      onProgress: (_: number, total: number) => void jobs.push(total),
      say: (text: string) => expect.fail(text),
    };
    const [first] = await runExperiments([counting], options);
    expect(jobs, "a step asked for twice is made once").to.deep.equal([1]);
    const files = () =>
      readdirSync(options.dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
    const before = files().map((path) => [path, readFileSync(path, "utf8")]);
    const step = files().find((path) => path.includes("count."))!;
    const { mtimeMs } = statSync(step);
    const [second] = await runExperiments([counting], options);
    expect(second).to.deep.equal(first);
    expect(files().map((path) => [path, readFileSync(path, "utf8")])).to.deep.equal(before);
    expect(statSync(step).mtimeMs).to.equal(mtimeMs);
  });

  it("refuse two steps of one name", async () => {
    const bench = new Bench({ dir: scratch("two"), root: ".", quick: true, seed: "1", say: () => {} });
    const step = {
      name: "count",
      job: "countClasses",
      argument: { files: TRACES },
      reads: TRACES,
      writes: [],
    };
    const first = bench.run(step);
    expect(() => bench.run({ ...step, argument: { files: [] } })).to.throw("two steps are called count");
    await first;
    await bench.close();
  });

  it("have names of their own, and an unknown one is answered with them", async () => {
    const names = EXPERIMENTS.map(({ name }) => name);
    expect(new Set([...names, "all"]).size).to.equal(names.length + 1);
    const { status, stderr } = await runCommand("experiment", "e4");
    expect(status).to.equal(2);
    for (const name of names) expect(stderr).to.contain(name);
  });

  it("need the recordings, and say how to get them back", async () => {
    const bench = new Bench({
      dir: scratch("empty"),
      root: scratch("nowhere"),
      quick: true,
      seed: "1",
      say: () => {},
    });
    const error = await EXPERIMENTS[0].tables(bench).catch((e) => e);
    await bench.close();
    expect(error.message).to.contain("fetch its sources");
    const gone = { root: scratch("restorable") };
    mkdirSync(join(gone.root, "traces"), { recursive: true });
    expect(() => recordings(gone, /-train/)).to.throw("git checkout traces/real/virtual-time");
  });

  it("say of a package, which has but some of the recordings, that it lacks the others, not that there are none", () => {
    const root = scratch("package");
    const folder = join(root, "traces/real/virtual-time");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "zstd-4x2-500us-test.parquet"), "");
    expect(() => recordings({ root }, /\.parquet$/)).to.throw(
      /npm package lacks the recordings.*files like .*virtual-time.*fetch its sources.*npm ci/,
    );
    writeFileSync(join(folder, "README.md"), "");
    expect(recordings({ root }, /\.parquet$/)).to.have.length(1);
  });
});
