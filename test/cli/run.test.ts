import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { RunResults } from "../../lab/run/results.ts";
import { expectNothingOfTheMachine } from "./traces-of-the-machine.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMMAND = join(ROOT, "cli", "nicetries.js");

function nicetries(cwd: string, ...words: string[]) {
  return spawnSync(process.execPath, [COMMAND, ...words], { cwd, encoding: "utf8", maxBuffer: 1 << 28 });
}

/** Runs a command as the report shows it. */
function shown(cwd: string, command: string) {
  const words = command.replace(/^npx nicetries /, "");
  return spawnSync("bash", ["-c", `${process.execPath} ${COMMAND} ${words}`], { cwd, encoding: "utf8" });
}

describe("nicetries run", () => {
  let dir: string;
  let results: RunResults;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-run-"));
    const done = nicetries(dir, "run", "--quick", "--name", "t", "--json");
    expect(done.status, done.stderr).to.equal(0);
    results = JSON.parse(done.stdout);
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("writes a trace per workload and role, a model per target, and a report", () => {
    const names = readdirSync(join(dir, "runs/t/traces")).sort();
    expect(names).to.have.length(11);
    expect(names).not.to.include("rtapp-nine-busy.train.parquet");
    expect(names).to.include("hackbench.train.parquet").and.to.include("rtapp-nine-busy.test.parquet");
    for (const model of results.models) {
      expect(statSync(join(dir, model.file)).size)
        .to.equal(model.bytes)
        .and.to.be.at.most(4096);
    }
    expect(results.models.map((m) => m.target)).to.have.members([
      "migrate",
      "forced_eventually",
      "forced_now",
    ]);
  });

  it("judges every model on held-out seeds and on real kernel traces, beside rule and majority", () => {
    for (const target of ["migrate", "forced_eventually", "forced_now"]) {
      for (const data of ["all simulated", "all real"]) {
        const judged = results.judged.find((j) => j.target === target && j.data === data)!;
        expect(judged.judges).to.include.keys("model", "rule", "majority", "logistic", "tree");
      }
    }
    const real = results.judged.find((j) => j.target === "migrate" && j.data === "all real")!;
    expect(real.rows).to.equal(81_968);
    expect(real.judges.rule!.accuracy).to.equal(1);
  });

  it("reproduces every simulated and every real decision by the rule", () => {
    for (const trace of results.traces) expect(trace.agree, trace.file).to.equal(trace.rows);
    expect(results.traces.filter((t) => t.role === "real").reduce((sum, t) => sum + t.rows, 0)).to.equal(
      81_968,
    );
  });

  it("compares the learned policies with stock CFS on the same seeds", () => {
    const names = new Set(results.policies.map((p) => p.policy));
    expect([...names]).to.have.members(["cfs", "never-hot", "model", "premigrate"]);
    for (const workload of new Set(results.policies.map((p) => p.workload))) {
      const seeds = results.policies.filter((p) => p.workload === workload).map((p) => p.seed);
      expect(new Set(seeds).size).to.equal(1);
    }
  });

  it("writes a report that is one file and shows the verdicts on real traces", () => {
    const report = readFileSync(join(dir, "runs/t/report.html"), "utf8");
    expect(report).not.to.match(/<script|<link|<img|src=|url\(|@import/);
    expect(report).to.contain("Real kernel traces").and.to.contain("<svg");
    if (report.includes("explorer.html#forced=most"))
      expect(readFileSync(join(dir, "runs/t/explorer.html"), "utf8")).to.contain("nicetries explore");
    for (const word of [
      "cache-hot",
      "history",
      "E1, E2, E3",
      "libml, pytorch, best",
      "majority",
      "MCC",
      "PR-AUC",
    ])
      expect(report.indexOf(`<dt><b>${word}</b></dt>`), word).to.be.within(1, report.indexOf("<h2"));
    expect(report).not.to.match(/>(NaN|undefined|null|Infinity)\b|\[object/);
  });

  it("names a command for each verdict that prints the same numbers", () => {
    const judged = results.judged.find(
      (j) => j.target === "forced_eventually" && j.data === "all simulated",
    )!;
    const again = shown(dir, `${judged.command} --json`);
    expect(again.status, again.stderr).to.equal(0);
    const evaluation = JSON.parse(again.stdout);
    expect(evaluation.rows).to.equal(judged.rows);
    expect(evaluation.model.accuracy).to.equal(judged.judges.model!.accuracy);
    expect(evaluation.model.intervals.balancedAccuracy).to.deep.equal(judged.judges.model!.balancedInterval);
    expect(evaluation.tree.mcc).to.equal(judged.judges.tree!.mcc);
  });

  it("names a command for each trace, model and policy that makes the same bytes", () => {
    const trace = results.traces.find((t) => t.workload === "numeric" && t.role === "test")!;
    const bytes = readFileSync(join(dir, trace.file));
    expect(shown(dir, trace.command).status).to.equal(0);
    expect(readFileSync(join(dir, trace.file)).equals(bytes)).to.equal(true);

    const model = results.models.find((m) => m.target === "forced_now")!;
    const weights = readFileSync(join(dir, model.file));
    expect(shown(dir, model.command).status).to.equal(0);
    expect(readFileSync(join(dir, model.file)).equals(weights)).to.equal(true);

    const policy = results.policies.find((p) => p.policy === "model" && p.workload === "numeric")!;
    const simulated = JSON.parse(shown(dir, policy.command).stdout);
    expect(simulated.totals.runNs - simulated.totals.lostNs).to.equal(policy.workNs);
  });

  it("goes on where a killed run stopped, with the same results", async () => {
    const child = spawn(process.execPath, [COMMAND, "run", "--quick", "--name", "killed"], { cwd: dir });
    const steps = join(dir, "runs/killed/steps");
    while (!existsSync(steps) || readdirSync(steps).filter((f) => f.endsWith(".json")).length < 5) {
      expect(child.exitCode, "the run ended before it could be killed").to.equal(null);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGKILL");
    await new Promise((resolve) => child.on("close", resolve));
    const kept = readdirSync(steps).filter((f) => f.endsWith(".json"));
    for (const file of kept) JSON.parse(readFileSync(join(steps, file), "utf8"));
    const times = kept.map((f) => statSync(join(steps, f)).mtimeMs);

    const again = nicetries(dir, "run", "--quick", "--name", "killed", "--json");
    expect(again.status, again.stderr).to.equal(0);
    expect(kept.map((f) => statSync(join(steps, f)).mtimeMs)).to.deep.equal(times);
    const same = JSON.parse(JSON.stringify(JSON.parse(again.stdout)).replaceAll("runs/killed", "runs/t"));
    expect(same.judged).to.deep.equal(results.judged);
    expect(same.policies).to.deep.equal(results.policies);
  });

  it("writes nothing that tells of this machine", () => {
    expectNothingOfTheMachine(join(dir, "runs/t"), [dir]);
  });

  it("refuses another run of the same name without --force, and says what differs", () => {
    const before = readFileSync(join(dir, "runs/t/results.json"));
    const other = nicetries(dir, "run", "--quick", "--name", "t", "--seed", "2");
    expect(other.status).to.equal(2);
    expect(other.stderr).to.contain("seed 1 (asked for: seed 2)").and.to.contain("--force");
    expect(readFileSync(join(dir, "runs/t/results.json")).equals(before)).to.equal(true);
  });

  it("refuses bad options with exit code 2 and says what it expected", () => {
    for (const words of [["--name", "../x"], ["--bogus"], ["--seed"]]) {
      const bad = nicetries(dir, "run", ...words);
      expect(bad.status, words.join(" ")).to.equal(2);
      expect(bad.stderr).to.match(/found|unknown option|missing/);
    }
    const chip = nicetries(dir, "run", "--quick", "--name", "c", "--chip", "no-such-chip");
    expect(chip.status).to.equal(2);
    expect(chip.stderr).to.contain("no-such-chip").and.not.to.contain("internal error");
  });
});
