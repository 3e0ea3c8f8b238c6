import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { RunResults } from "../../lab/run/results.ts";
import { command, shell } from "./run-process.ts";
import { tinyRun } from "./tiny-run.ts";

describe("nicetries run, where rows do not allow everything", () => {
  let dir: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-left-out-"));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("leaves out a trace without rows and a model of one class, and says so by name", async () => {
    const runDir = join(dir, "runs/small");
    const idle = join(runDir, "inputs/idle.json");
    const texts = { [idle]: '{"tasks": {"alone": {"run": 1000}}, "global": {"duration": 1}}' };
    // one task alone meets no call, the first 300 ms of numeric no forced migration
    const workloads = [
      { name: "numeric", source: "numeric", durationNs: 300e6, train: true },
      { name: "idle", source: idle, durationNs: 100e6, train: true },
    ];
    const { results } = await tinyRun(runDir, { texts, workloads, targets: ["migrate", "forced_now"] });
    expect(results.leftOut.map((l) => l.what)).to.deep.equal([
      "trace idle (train)",
      "trace idle (test)",
      "model forced_now, preset best",
    ]);
    expect(results.leftOut[2].why).to.contain("a single class");
    expect(results.models.map((m) => m.target)).to.deep.equal(["migrate"]);
    expect(results.models[0].command).to.contain("numeric.train").and.not.to.contain("*");
    expect(results.judged.map((j) => j.data)).to.deep.equal([
      "numeric",
      "all simulated",
      "openssl",
      "all real",
    ]);
    expect([...new Set(results.policies.map((p) => p.policy))]).to.deep.equal(["cfs", "never-hot", "model"]);
    const report = readFileSync(join(runDir, "report.html"), "utf8");
    for (const { what } of results.leftOut) expect(report).to.contain(what);
  });

  it("ends well on a chip of one CPU, where nothing is balanced at all", async () => {
    writeFileSync(join(dir, "one.json"), '{"name": "lonely", "cores": 1}');
    const done = await shell(command("run", "--quick", "--name", "one", "--chip", "one.json", "--json"), {
      cwd: dir,
    });
    expect(done.code, done.stderr).to.equal(0);
    const results = JSON.parse(done.stdout) as RunResults;
    expect(results).to.include({ chip: "lonely", cpus: 1 });
    expect(results.models).to.deep.equal([]);
    expect(results.policies.map((p) => p.policy)).to.include("never-hot");
    expect(done.stderr).to.contain("left out: trace convolution (test)").and.to.contain("all models");
    expect(readFileSync(join(dir, "runs/one/report.html"), "utf8")).not.to.match(/>(NaN|undefined|null)\b/);
    expect(existsSync(join(dir, "runs/one/inputs/chip.json"))).to.equal(true);
  });
});
