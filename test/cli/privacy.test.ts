import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { simulateFile } from "../../lab/simulate-file.ts";
import { trainFile } from "../../lab/train-file.ts";
import { exportTrace } from "../../traces/export/export-trace.ts";
import { labelFile } from "../../traces/label-file.ts";
import { mergeTraces, splitTrace } from "../../traces/transform.ts";
import { command, shell } from "./run-process.ts";
import { expectNothingOfTheMachine } from "./traces-of-the-machine.ts";

describe("files that are passed on", () => {
  let dir: string;
  const SECRET = "home-of-somebody";
  /** Inputs lie where nobody is to know. */
  const input = (name: string) => join(dir, SECRET, name);
  const output = (name: string) => join(dir, "outputs", name);

  before(() => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-privacy-"));
    for (const folder of [SECRET, "outputs"]) mkdirSync(join(dir, folder));
    writeFileSync(input("chip.json"), '{"cores": 4, "threads": 2}');
    writeFileSync(input("mine.mjs"), 'export default () => ({ name: "", decide: () => 0 });');
    const cpus = '"util_min": 7, ';
    writeFileSync(
      input("app.json"),
      `{"tasks": {"hog": {${cpus}"instance": 9, "run": 20000}}, "global": {"duration": 1}}`,
    );
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("do not say where chip, workload and policy lay, be they traces, tables or timelines", async () => {
    for (const [out, timeline] of [
      ["a.parquet", "a.pftrace"],
      ["b.csv", "b.ftrace"],
      ["c.csv.gz", "c.report.txt"],
    ] as const) {
      const done = await simulateFile(input("app.json"), {
        chip: input("chip.json"),
        policy: input("mine.mjs"),
        durationNs: 200e6,
        out: output(out),
        timeline: output(timeline),
      });
      expect(done.records).to.be.greaterThan(0);
      expect(done.result).to.include({ chip: "chip.json", workload: "app.json", policy: "mine.mjs" });
      expect(done.result.notes.join(), "the file is named").to.contain("app.json:1:");
      writeFileSync(output("result.json"), JSON.stringify(done));
    }
    expectNothingOfTheMachine(output(""), [SECRET, dir]);
  });

  it("stay so when traces are labelled, cut, joined and exported, and models are trained on them", async () => {
    await simulateFile("numeric", { chip: input("chip.json"), durationNs: 300e6, out: input("t.parquet") });
    await labelFile(input("t.parquet"), output("labelled.parquet"));
    await splitTrace(input("t.parquet"), [input("t-1.parquet"), input("t-2.parquet")]);
    await mergeTraces([input("t-2.parquet"), input("t-1.parquet")], output("merged.parquet"));
    for (const format of ["csv", "ftrace", "perfetto", "report"] as const)
      await exportTrace(input("t.parquet"), format, output(`exported.${format}`));
    const options = {
      target: "migrate",
      preset: "best",
      seed: "1",
      split: "none",
      config: { epochs: 2 },
    } as const;
    await trainFile([input("t.parquet")], { ...options, out: output("m.nt") });
    expect(readFileSync(output("m.training.json"), "utf8")).to.contain("t.parquet");
    expectNothingOfTheMachine(output(""), [SECRET, dir]);
  });

  it("are all those of a run, in whatever folder it is", async () => {
    writeFileSync(input("one.json"), '{"cores": 1}');
    const words = ["run", "--quick", "--name", "t", "--chip", input("one.json")];
    const done = await shell(command(...words), { cwd: join(dir, SECRET) });
    expect(done.code, done.stderr).to.equal(0);
    expectNothingOfTheMachine(input("runs"), [SECRET, dir]);
  });
});
