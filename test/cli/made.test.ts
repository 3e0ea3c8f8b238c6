import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Command } from "commander";
import fc from "fast-check";
import { simulateWords } from "../../cli/again.ts";
import { register } from "../../cli/commands/simulate.ts";
import { fileOptions, type SimulateOptions } from "../../cli/simulate/action.ts";
import { evaluateFile } from "../../lab/evaluate-file.ts";
import { madeBySimulate } from "../../lab/made.ts";
import { simulateFile } from "../../lab/simulate-file.ts";
import { trainFile } from "../../lab/train-file.ts";
import { TUNABLES } from "../../lab/tunables.ts";
import { HARDWARE_EFFECTS, HARDWARE_PARAMETERS } from "../../sim/chip/hardware.ts";
import { modelNamed } from "../../sim/workload/models/catalogue.ts";
import { checkMetadata } from "../../traces/check-metadata.ts";
import { exportTrace } from "../../traces/export/export-trace.ts";
import { importTrace } from "../../traces/import.ts";
import { InputError } from "../../traces/input-error.ts";
import { labelFile } from "../../traces/label-file.ts";
import { openTrace } from "../../traces/read-trace.ts";
import { headTrace, mergeTraces, sampleTrace, splitTrace } from "../../traces/transform.ts";
import { command, ROOT, shell } from "./run-process.ts";

/** The words of a command line as the command reads them. */
function parsed(words: readonly string[]): { sources: string[]; options: SimulateOptions } {
  const root = new Command();
  register(root.command("simulate"));
  const simulate = root.commands[0].exitOverride();
  let read: { sources: string[]; options: SimulateOptions } | undefined;
  simulate.action((sources: string[], options: SimulateOptions) => {
    read = { sources, options };
  });
  root.parse([...words], { from: "user" });
  return read!;
}

/** The record that a command line makes, without simulating. */
function madeOf(words: readonly string[]) {
  const { sources, options } = parsed(words);
  const workload = modelNamed(sources[0]).workload();
  return madeBySimulate(
    { sources, definition: workload.definition, durationNs: workload.durationNs, chip: "" },
    fileOptions(sources, options),
  );
}

describe("how a trace was made", () => {
  let dir: string;
  const scratch = (name: string) => join(dir, name);
  const metaOf = (name: string) => openTrace(scratch(name)).meta;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-made-"));
    writeFileSync(scratch("chip.json"), '{"name": "six", "cores": 6}');
    writeFileSync(scratch("other-chip.json"), '{"name": "six", "cores": 6, "coresPerLlc": 3}');
    const policy = (n: number) =>
      `export default () => ({ name: "mine", decide: (query) => (query.row.pid % ${n} ? 0 : 1) });\n`;
    writeFileSync(scratch("mine.mjs"), policy(2));
    writeFileSync(scratch("other.mjs"), policy(3));
    writeFileSync(
      scratch("app.json"),
      '{"tasks": {"hog": {"instance": 9, "run": 30000}}, "global": {"duration": 1}}',
    );
    await simulateFile("numeric", { seed: "m", durationNs: 300e6, out: scratch("a.parquet") });
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  /** For each option that changes what a simulation gives: two command lines that differ in it alone. */
  const DIFFERENT: Record<string, [string[], string[]]> = {
    "--chip": [
      ["--chip", "8x1"],
      ["--chip", "16x2"],
    ],
    "--policy": [[], ["--policy", "never-hot"]],
    "--duration": [
      ["--duration", "5ms"],
      ["--duration", "6ms"],
    ],
    "--seed": [
      ["--seed", "1"],
      ["--seed", "2"],
    ],
    "--param": [
      ["--param", "extraThreads=2"],
      ["--param", "extraThreads=3"],
    ],
    "--nice-tries": [[], ["--nice-tries", "MC=3"]],
    "--migration-cost": [
      ["--migration-cost", "4ms"],
      ["--migration-cost", "-1"],
    ],
    "--tunable": [
      ["--tunable", "hz=100"],
      ["--tunable", "hz=1000"],
    ],
    "--hardware": [
      ["--hardware", "migrationNs=0"],
      ["--hardware", "migrationNs=9us"],
    ],
    "--off": [
      ["--off", "smt"],
      ["--off", "cache"],
    ],
    "--groups": [[], ["--groups", "examples/groups.json"]],
    "--autogroup": [[], ["--autogroup"]],
    "--as-scenario": [[], ["--as-scenario", "run.scn"]],
    "--background": [
      ["--background", "on"],
      ["--background", "0.5"],
    ],
    "--tasks": [[], ["--tasks", "array-*"]],
    "--window": [[], ["--window", "1ms..9ms"]],
    "--loop": [[], ["--loop", "3"]],
    "--recorded-on": [[], ["--recorded-on", "none"]],
  };
  /** Options that say where results go or how they look. */
  const NEUTRAL = ["--out", "--timeline", "--table", "--list", "--json"];

  it("is told by every option of simulate that changes the result, and by no other", () => {
    const root = new Command();
    register(root.command("simulate"));
    const known = root.commands[0].options.map((o) => o.long!);
    expect([...Object.keys(DIFFERENT), ...NEUTRAL]).to.have.members(known);
    for (const [option, pair] of Object.entries(DIFFERENT)) {
      const [left, right] = pair.map((words) => madeOf(["simulate", "numeric", ...words]));
      expect(left, option).not.to.deep.equal(right);
    }
    expect(madeOf(["simulate", "numeric", "--json", "--out", "x.csv"])).to.deep.equal(
      madeOf(["simulate", "numeric"]),
    );
  });

  it("differs in the trace's metadata for each tunable, hardware parameter, part switched off and flag", () => {
    const seen = new Map<string, string>();
    const add = (words: string[]) => {
      const text = JSON.stringify(madeOf(["simulate", "numeric", ...words]));
      expect(seen.get(text), words.join(" ")).to.equal(undefined);
      seen.set(text, words.join(" "));
    };
    add([]);
    for (const [name, knob] of Object.entries(TUNABLES)) {
      add([
        "--tunable",
        `${name}=${knob.unit === "0 or 1" && name !== "newidleRandom" ? 1 : knob.min === -1 ? 7 : knob.min}`,
      ]);
    }
    for (const name of Object.keys(HARDWARE_PARAMETERS)) add(["--hardware", `${name}=3`]);
    for (const effect of Object.keys(HARDWARE_EFFECTS)) add(["--off", effect]);
    for (const level of ["MC", "NUMA"]) add(["--nice-tries", `${level}=3`]);
  });

  it("is the same for equal options in any order, and the words of a record make the same record again", () => {
    const some = <T>(values: readonly T[], max = 3) =>
      fc.uniqueArray(fc.constantFrom(...values), { maxLength: max });
    const line = fc
      .record({
        chip: fc.option(fc.constantFrom("8x1", "16x2", "i5-1035g1")),
        policy: fc.option(fc.constantFrom("never-hot", "always", "oracle")),
        seed: fc.option(fc.constantFrom("1", "7", "a b", "-x", "it's")),
        duration: fc.option(fc.constantFrom("1ns", "5ms", "1.5s", "2m", "333333333ns")),
        params: some(["extraThreads=2", "longNs=9ms", "helpers=0"]),
        tries: fc.option(fc.constantFrom("3", "MC=2", "SMT=1,NUMA=9")),
        cost: fc.option(fc.constantFrom("0", "-1", "4ms", "500us")),
        tunables: some(["hz=1000", "nohz=0", "newidleRandom=0", "latencyNs=12ms", "preemption=1"]),
        hardware: some(["migrationNs=2us", "inferenceNs=0"]),
        off: some(["smt", "cache", "costs"]),
        groups: fc.boolean(),
        autogroup: fc.boolean(),
        background: fc.option(fc.constantFrom("on", "off", "0.5", "20")),
      })
      .map((o) => [
        ...(o.chip ? [["--chip", o.chip]] : []),
        ...(o.policy ? [["--policy", o.policy]] : []),
        ...(o.seed ? [[`--seed=${o.seed}`]] : []),
        ...(o.duration ? [["--duration", o.duration]] : []),
        ...o.params.map((p) => ["--param", p]),
        ...(o.tries ? [["--nice-tries", o.tries]] : []),
        ...(o.cost ? [[`--migration-cost=${o.cost}`]] : []),
        ...o.tunables.map((t) => ["--tunable", t]),
        ...o.hardware.map((h) => ["--hardware", h]),
        ...(o.groups ? [["--groups", "examples/groups.json"]] : []),
        ...(o.autogroup ? [["--autogroup"]] : []),
        ...(o.background ? [["--background", o.background]] : []),
        ...(o.off.length > 0 ? [["--off", o.off.join(",")]] : []),
      ]);
    fc.assert(
      fc.property(line, (options) => {
        const made = madeOf(["simulate", "numeric", ...options.flat()]);
        const reversed = madeOf(["simulate", "numeric", ...[...options].reverse().flat()]);
        expect(JSON.stringify(reversed)).to.equal(JSON.stringify(made));
        expect(madeOf(simulateWords(made)!)).to.deep.equal(made);
      }),
    );
  });

  it("names chip, policy, workload and model files by their contents", async () => {
    const hashes = async (chip: string, policy: string) => {
      const { made } = await simulateFile(scratch("app.json"), {
        chip: scratch(chip),
        policy: scratch(policy),
        durationNs: 1e6,
      });
      return made.files as { name: string; sha256: string }[];
    };
    const first = await hashes("chip.json", "mine.mjs");
    expect(first.map((f) => f.name)).to.deep.equal(["app.json", "chip.json", "mine.mjs"]);
    for (const { sha256 } of first) expect(sha256).to.match(/^[0-9a-f]{64}$/);
    expect((await hashes("other-chip.json", "mine.mjs"))[1].sha256).not.to.equal(first[1].sha256);
    expect((await hashes("chip.json", "other.mjs"))[2].sha256).not.to.equal(first[2].sha256);
  });

  it("names the files that a policy imports, and those that these import", async () => {
    writeFileSync(
      scratch("deep.mjs"),
      'import { readFileSync } from "node:fs";\nexport const n = () => readFileSync;\n',
    );
    writeFileSync(scratch("part.mjs"), 'export { n } from "./deep.mjs";\nimport "./mine.mjs";\n');
    writeFileSync(
      scratch("parts.mjs"),
      'import { n } from "./part.mjs";\nexport default () => ({ name: "parts", decide: () => (n ? 0 : 1) });\n',
    );
    const { made } = await simulateFile("numeric", { policy: scratch("parts.mjs"), durationNs: 1e6 });
    expect((made.files as { name: string }[]).map((file) => file.name)).to.deep.equal([
      "parts.mjs",
      "part.mjs",
      "deep.mjs",
      "mine.mjs",
    ]);
  });

  it("leads to files whose names look like those of presets and models", () => {
    const files = [
      { name: "app", sha256: "" },
      { name: "chip", sha256: "" },
    ];
    const made = {
      tool: "t",
      command: "simulate",
      workload: ["app"],
      chip: "chip",
      policy: "cfs",
      seed: "1",
      files,
    };
    expect(simulateWords(made)).to.deep.equal(["simulate", "./app", "--chip", "./chip"]);
    expect(simulateWords({ ...made, files: [] })!.slice(0, 2)).to.deep.equal(["simulate", "app"]);
  });

  it("tells the files of a sweep apart by their metadata alone", async () => {
    const texts = new Set<string>();
    for (const tries of [1, 2, 3])
      for (const cost of [0, 500_000]) {
        const tunables = { cacheNiceTries: { MC: tries }, migrationCostNs: cost };
        await simulateFile("numeric", { durationNs: 1e6, tunables, out: scratch("sweep.parquet") });
        texts.add(JSON.stringify(metaOf("sweep.parquet").made));
      }
    expect(texts.size).to.equal(6);
  });

  it("is a command line that makes the same rows again", async () => {
    const run = (words: string) => shell(`cd ${dir} && ${command().trim()} ${words}`);
    const options =
      '--chip chip.json --policy mine.mjs --seed "it\'s" --nice-tries 2 --tunable nohz=0 --off smt --duration 400ms';
    const first = await run(`simulate app.json ${options} --out again.parquet --json`);
    expect(first.code, first.stderr).to.equal(0);
    const { traceSha256, records } = JSON.parse(first.stdout);
    expect(records).to.be.greaterThan(0);
    const info = await run("trace info again.parquet");
    const line = /made again by: +nicetries (.*)/.exec(info.stdout)![1];
    const second = await run(`${line} --json`);
    expect(second.code, second.stderr).to.equal(0);
    expect(JSON.parse(second.stdout).traceSha256).to.equal(traceSha256);
    const json = JSON.parse((await run("trace info again.parquet --json")).stdout);
    expect(json.madeAgainBy).to.equal(`nicetries ${line}`);
    expect(json.meta.made).to.deep.equal(JSON.parse(first.stdout).made);
  });

  it("is carried along by head, sample, split, merge, label and export, with what they have left out", async () => {
    const { made } = metaOf("a.parquet");
    expect(made).to.include({ command: "simulate", seed: "m" });
    await headTrace(scratch("a.parquet"), scratch("head.parquet"), 9);
    await sampleTrace(scratch("head.parquet"), scratch("sample.parquet"), 5, "s");
    expect(metaOf("sample.parquet").made).to.deep.equal(made);
    expect(metaOf("sample.parquet").changes).to.deep.equal([
      { command: "trace head", rows: 9 },
      { command: "trace sample", rows: 5, seed: "s" },
    ]);
    await splitTrace(scratch("a.parquet"), [scratch("p1.parquet"), scratch("p2.parquet")]);
    await mergeTraces([scratch("p1.parquet"), scratch("p2.parquet")], scratch("whole.parquet"));
    await labelFile(scratch("a.parquet"), scratch("labelled.parquet"));
    await exportTrace(scratch("a.parquet"), "csv", scratch("a.csv"));
    await importTrace(scratch("a.csv"), scratch("back.parquet"));
    for (const name of ["p1.parquet", "whole.parquet", "labelled.parquet", "a.csv", "back.parquet"]) {
      expect(metaOf(name).made, name).to.deep.equal(made);
      expect(metaOf(name).changes, name).to.equal(undefined);
    }
  });

  it("is kept for each recording of a merged trace", async () => {
    await simulateFile("numeric", { seed: "n", durationNs: 300e6, out: scratch("b.parquet") });
    await mergeTraces([scratch("a.parquet"), scratch("b.parquet")], scratch("ab.parquet"));
    const { made, runs } = metaOf("ab.parquet");
    expect(made).to.equal(undefined);
    expect(runs!.a!.made).to.deep.equal(metaOf("a.parquet").made);
    expect(runs!.b!.made).to.deep.equal(metaOf("b.parquet").made);
  });

  it("stands beside CSV, unless another file has that name", async () => {
    await simulateFile("numeric", { seed: "c", durationNs: 50e6, out: scratch("c.csv.gz") });
    expect(JSON.parse(readFileSync(scratch("c.json"), "utf8")).made.seed).to.equal("c");
    const before = readFileSync(scratch("app.json"));
    await simulateFile(scratch("app.json"), { durationNs: 50e6, out: scratch("app.csv") });
    expect(readFileSync(scratch("app.json")).equals(before)).to.equal(true);
  });

  it("is checked where it is read, and not asked of older traces", () => {
    expect(checkMetadata({}, "old").made).to.equal(undefined);
    for (const made of [7, [], {}, { tool: 1, command: "x" }, { tool: "x" }])
      expect(() => checkMetadata({ made }, "bad"), JSON.stringify(made)).to.throw(InputError, /made/);
    expect(() => checkMetadata({ changes: {} }, "bad")).to.throw(InputError, /changes/);
    const later = { tool: "nicetries 9", command: "simulate", worlds: { many: [1] } };
    expect(checkMetadata({ made: later }, "later").made).to.deep.equal(later);
  });

  it("is told for models and verdicts too, with the hashes of their traces", async () => {
    const train = (seed: string, lr?: number) =>
      trainFile([scratch("a.parquet")], {
        target: "migrate",
        preset: "best",
        seed,
        split: "time:0.8",
        config: { epochs: 1, ...(lr === undefined ? {} : { learningRate: lr }) },
        out: scratch("m.nt"),
      });
    const { made } = await train("1");
    const card = JSON.parse(readFileSync(scratch("m.training.json"), "utf8"));
    expect(card.made).to.deep.equal(made);
    expect(made).to.include({ command: "train", target: "migrate", seed: "1", split: "time:0.8", epochs: 1 });
    expect(made.traces)
      .to.have.nested.property("[0].sha256")
      .that.matches(/^[0-9a-f]{64}$/);
    expect((await train("1", 0.02)).made).not.to.deep.equal(made);
    expect((await train("2")).made).not.to.deep.equal(made);

    const judge = (seed: string) =>
      evaluateFile(scratch("m.nt"), [scratch("a.parquet")], { split: "none", seed, resamples: 2 });
    const verdict = await judge("1");
    expect(verdict.made).to.include({ command: "evaluate", seed: "1", resamples: 2 });
    expect(verdict.made)
      .to.have.nested.property("model.sha256")
      .that.equals(JSON.parse(readFileSync(scratch("m.training.json"), "utf8")).modelSha256);
    expect((await judge("2")).made).not.to.deep.equal(verdict.made);
    expect(JSON.stringify([card, verdict.made]))
      .not.to.contain(dir)
      .and.not.to.contain(ROOT);
  });
});
