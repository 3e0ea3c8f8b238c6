import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Command } from "commander";
import { register } from "../../cli/commands/simulate.ts";
import { readTraces } from "../../cli/read-traces.ts";
import { reportFailure, UsageError } from "../../cli/report-failure.ts";
import { parseAssignments, parseDuration, parseNiceTries, tunablesFrom } from "../../cli/simulate/options.ts";
import { simulateFile } from "../../cli/simulate-file.ts";
import { TraceChecker } from "../../traces/check.ts";
import { REASONS } from "../../traces/schema.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `nicetries simulate` as a user does, in a process of its own. */
const nicetries = (...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--import", "tsx", MAIN, "simulate", ...args],
      { maxBuffer: 1 << 26 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

/** The same within this process, for commands that fail: starting one takes seconds. */
async function failing(...args: string[]): Promise<Outcome> {
  const { stdout, stderr } = process;
  const outcome = { code: 0, stdout: "", stderr: "" };
  const writes = [stdout.write, stderr.write] as const;
  const collect = (to: "stdout" | "stderr") => (text: string | Uint8Array) => {
    outcome[to] += String(text);
    return true;
  };
  stdout.write = collect("stdout");
  stderr.write = collect("stderr");
  try {
    const root = new Command("nicetries").exitOverride();
    register(root);
    await root.parseAsync(["node", "nicetries", "simulate", ...args]);
  } catch (error) {
    outcome.code = reportFailure(error);
  } finally {
    [stdout.write, stderr.write] = writes;
  }
  return outcome;
}

describe("nicetries simulate", () => {
  let directory: string;
  const path = (name: string) => join(directory, name);
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "simulate-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  it("prints the stable fields as JSON, and they agree with each other", async () => {
    const { code, stdout } = await nicetries("numeric", "--duration", "1s", "--json");
    expect(code).to.equal(0);
    const json = JSON.parse(stdout);
    expect(json.simulatedSeconds).to.equal(1);
    expect(json.events).to.be.greaterThan(1000);
    expect(json.wallSeconds).to.be.greaterThan(0);
    expect(Object.keys(json.migrations)).to.deep.equal([...REASONS]);
    expect(Object.values(json.migrations as number[]).reduce((a, b) => a + b)).to.equal(json.records);
    expect(json.traceSha256).to.match(/^[0-9a-f]{64}$/);
  });

  it("gives the same trace, byte by byte, for the same seed, in both formats", async () => {
    const files = ["a.parquet", "b.parquet", "a.csv", "a.csv.gz"];
    const hashes = [];
    for (const f of files)
      hashes.push((await simulateFile("numeric", { durationNs: 1e9, seed: "s", out: path(f) })).traceSha256);
    expect(new Set(hashes).size).to.equal(1);
    expect(readFileSync(path("a.parquet")).equals(readFileSync(path("b.parquet")))).to.equal(true);
    const [parquet, csv, zipped] = await readTraces(["a.parquet", "a.csv", "a.csv.gz"].map(path));
    expect(csv.numeric).to.deep.equal(parquet.numeric);
    expect(zipped.text).to.deep.equal(parquet.text);
    expect(parquet.meta).to.include({ source: "sim", chip: "i5-1035g1", workload: "numeric", seed: "s" });
    expect((await simulateFile("numeric", { durationNs: 1e9, seed: "t" })).traceSha256).to.not.equal(
      hashes[0],
    );
  });

  it("writes rows that the kernel's rule reproduces, every one", async () => {
    await simulateFile("convolution", { durationNs: 20e9, out: path("c.parquet") });
    const [table] = await readTraces([path("c.parquet")]);
    const checker = new TraceChecker();
    checker.observe(table);
    const { agree, disagree } = checker.finish();
    expect(disagree).to.equal(0);
    expect(agree).to.equal(table.rows);
    expect(table.text.reason).to.include("forced");
  });

  it("writes timelines for Perfetto and as ftrace text", async () => {
    for (const name of ["t.pftrace", "t.ftrace"])
      expect((await nicetries("compression", "--duration", "50ms", "--timeline", path(name))).code).to.equal(
        0,
      );
    expect(readFileSync(path("t.ftrace"), "utf8")).to.match(
      /sched_waking[\s\S]*sched_switch|sched_switch[\s\S]*sched_waking/,
    );
    expect(readFileSync(path("t.pftrace")).length).to.be.greaterThan(1000);
  });

  it("prints tables as perf sched does", async () => {
    const table = async (name: string) =>
      (await nicetries("hackbench", "--param", "groups=1", "--param", "loops=2", "--table", name)).stdout;
    expect(await table("latency")).to.match(/hackbench-send:\d+ .*avg: .*max: /);
    expect(await table("timehist")).to.match(/\d\.\d{6} \[000\d\] +hackbench-recv\[\d+\]/);
    expect(await table("map")).to.match(/\*A0 .* secs A0 => hackbench:1/);
  });

  const usage: [string, string[]][] = [
    ["no workload", []],
    ["a duration that is no time", ["numeric", "--duration", "-5s"]],
    ["a duration of nothing", ["numeric", "--duration", "0"]],
    ["an unknown policy", ["numeric", "--policy", "best"]],
    ["a trace of unknown kind", ["numeric", "--duration", "1ms", "--out", "x.doc"]],
    ["a parameter without a value", ["numeric", "--param", "x"]],
    ["a tick rate of nothing", ["numeric", "--tunable", "hz=0"]],
    ["an unknown option", ["numeric", "--frobnicate"]],
  ];
  for (const [what, args] of usage) {
    it(`refuses ${what} as wrong usage (exit code 2)`, async () => {
      const { code, stdout, stderr } = await failing(...args);
      expect(code, stderr).to.equal(2);
      expect(stdout).to.equal("");
      expect(stderr).to.not.match(/internal error|at .*\.ts:/);
    });
  }

  it("refuses impossible chips, files and workloads with where and what (exit code 1)", async () => {
    writeFileSync(path("none.json"), '{"name": "none", "cpus": []}');
    writeFileSync(
      path("many.json"),
      `{"name": "many", "cpus": [${Array(5000).fill('{"core":0,"llc":0,"node":0}')}]}`,
    );
    writeFileSync(path("bad.json"), '{"tasks": {\n"a": {"run": -1}}}');
    writeFileSync(path("lock.json"), '{"tasks": {"a": {"lock": "m", "lock": "m", "run": 1}}}');
    writeFileSync(path("huge.json"), "");
    truncateSync(path("huge.json"), 100 * 2 ** 20);
    const failures: [string[], RegExp][] = [
      [["numeric", "--chip", path("none.json")], /none\.json/],
      [["numeric", "--chip", path("many.json")], /many\.json/],
      [["numeric", "--chip", "1e9"], /no such chip/],
      [["numeric", "--chip", path("huge.json")], /too long/],
      [["nonsense"], /no such workload/],
      [[path("bad.json")], /bad\.json:2.*-1/],
      [[path("lock.json")], /holds already/],
      [[path("huge.json")], /too long/],
      [[path("missing.json")], /missing\.json/],
      [["numeric", "--policy", "model:missing.nt"], /missing\.nt/],
      [["numeric", "--duration", "2m", "--param", "shortNs=0"], /shortNs/],
      [["numeric", "--duration", "100000m"], /3600/],
    ];
    for (const [args, message] of failures) {
      const started = performance.now();
      const { code, stdout, stderr } = await failing(...args, "--out", path("never.parquet"));
      expect(stderr, args.join(" ")).to.match(message);
      expect(stderr).to.not.match(/internal error/);
      expect(code, args.join(" ")).to.equal(1);
      expect(stdout).to.equal("");
      expect(performance.now() - started, "ms").to.be.below(30_000);
    }
    expect(
      readdirSync(directory).filter((f) => f.includes("never")),
      "no half-written trace",
    ).to.deep.equal([]);
  });
});

describe("options of simulate", () => {
  it("read durations to the ns", () => {
    const cases: [string, number][] = [
      ["10s", 1e10],
      ["1.5ms", 1_500_000],
      ["200us", 200_000],
      ["7ns", 7],
      ["2m", 120e9],
      ["3", 3e9],
    ];
    for (const [text, ns] of cases) expect(parseDuration("--duration", text), text).to.equal(ns);
    for (const text of ["", "s", "-1s", "1h", "1e9", "0", "0.1ns", "NaN", "99999999999999s"])
      expect(() => parseDuration("--duration", text), text).to.throw(UsageError);
  });

  it("read assignments, nice tries and tunables", () => {
    expect(parseAssignments("--param", ["a=1", "bC=-20"])).to.deep.equal({ a: 1, bC: -20 });
    for (const bad of ["a", "a=", "=1", "a=1.5", "a=x", "1a=1"])
      expect(() => parseAssignments("--param", [bad]), bad).to.throw(UsageError);
    expect(parseNiceTries("4")).to.deep.equal({ CLS: 4, MC: 4, DIE: 4, NUMA: 4 });
    expect(parseNiceTries("mc=3,NUMA=5")).to.deep.equal({ MC: 3, NUMA: 5 });
    expect(() => parseNiceTries("-1")).to.throw(UsageError);
    expect(tunablesFrom({ hz: 1000, nohz: 0 })).to.deep.equal({ hz: 1000, nohz: false });
    for (const bad of [{ hz: 0 }, { nrMigrate: 0 }, { nohz: 2 }, { nonsense: 1 }] as Record<string, number>[])
      expect(() => tunablesFrom(bad)).to.throw(UsageError);
  });
});
