import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Command } from "commander";
import { register } from "../../cli/commands/simulate.ts";
import { reportFailure } from "../../cli/report-failure.ts";
import { parseAssignments } from "../../lab/assignments.ts";
import { readTraces } from "../../lab/read-traces.ts";
import { simulateFile } from "../../lab/simulate-file.ts";
import { parseMigrationCost, parseNiceTries, parseTunables } from "../../lab/tunables.ts";
import { TraceChecker } from "../../traces/check.ts";
import { RequestError } from "../../traces/input-error.ts";
import { REASONS } from "../../traces/schema.ts";
import { scratchFolder } from "../traces/support.ts";
import { command, type Outcome, ROOT, nicetries as run, shell } from "./run-process.ts";

/** Runs `nicetries simulate` as a user does, in a process of its own. */
const nicetries = (...args: string[]): Promise<Outcome> => run("simulate", ...args);

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
    register(root.command("simulate"));
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
    expect(json.decisions).to.include.keys("cold", "hot_refused", "forced");
    expect(json.migrations, "the older name").to.deep.equal(json.decisions);
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
    ["a timeline of unknown kind", ["numeric", "--duration", "1ms", "--timeline", "x.csv"]],
    ["an unknown domain level", ["numeric", "--nice-tries", "MC=3,foo=3"]],
    ["a migration cost below -1", ["numeric", "--migration-cost", "-2"]],
    ["a migration cost that is no time", ["numeric", "--migration-cost", "cheap"]],
    ["a migration cost that the kernel cannot hold", ["numeric", "--migration-cost", "5s"]],
    ["a chip that is not there", ["numeric", "--chip", "1e9"]],
    ["a workload that is not there", ["nonsense"]],
    ["a parameter out of range", ["numeric", "--param", "shortNs=0"]],
    ["hardware out of range", ["numeric", "--hardware", "migrationNs=2s"]],
    ["a duration that is too long", ["numeric", "--duration", "100000m"]],
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
    writeFileSync(path("bad.json"), '{"tasks": {\n"a": {"run": "long"}}}');
    writeFileSync(path("lock.json"), '{"tasks": {"a": {"lock": "m", "lock": "m", "run": 1}}}');
    writeFileSync(path("huge.json"), "");
    truncateSync(path("huge.json"), 100 * 2 ** 20);
    const failures: [string[], RegExp][] = [
      [["numeric", "--chip", path("none.json")], /none\.json/],
      [["numeric", "--chip", path("many.json")], /many\.json/],
      [["numeric", "--chip", path("huge.json")], /too long/],
      [[path("bad.json")], /bad\.json:2.*long/],
      [[path("lock.json")], /holds already/],
      [[path("huge.json")], /too long/],
      [[path("missing.json")], /missing\.json/],
      [["numeric", "--policy", "model:missing.nt"], /missing\.nt/],
      [[`${directory}/`], /a directory; expected a workload/],
      [["numeric", "--chip", `${directory}/`], /no copy of .sys.devices.system.cpu in this folder/],
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

describe("the files of simulate", () => {
  const scratch = scratchFolder();
  const leftovers = () => readdirSync(scratch("")).filter((name) => name.endsWith(".tmp"));

  it("are named where the device is full, and nothing of them stays", async () => {
    for (const name of ["full.csv", "full.csv.gz", "full.parquet", "full.pftrace", "full.ftrace"]) {
      symlinkSync("/dev/full", scratch(name));
      const option = name.includes("trace") ? "--timeline" : "--out";
      const { code, stdout, stderr } = await failing(
        ...["hackbench", "--duration", "20ms", option, scratch(name)],
      );
      expect(code, name).to.equal(1);
      expect(stderr).to.match(
        /^nicetries: .*\/full\.[a-z.]+: cannot be written \(ENOSPC\): no space left on the device/,
      );
      expect(stdout).to.equal("");
    }
    expect(leftovers()).to.deep.equal([]);
  });

  it("cannot be one file for two purposes, by whatever names", async () => {
    symlinkSync(scratch("one.csv"), scratch("other.ftrace"));
    writeFileSync(scratch("one.csv"), "old");
    writeFileSync(scratch("app.txt"), "{}");
    const refused: [string[], RegExp][] = [
      [
        ["numeric", "--out", scratch("one.csv"), "--timeline", scratch("other.ftrace")],
        /--timeline needs another file than the trace/,
      ],
      [[scratch("app.txt"), "--timeline", scratch("./app.txt")], /--timeline would replace .* which is read/],
      [["numeric", "--chip", scratch("app.txt"), "--timeline", scratch("app.txt")], /which is read/],
    ];
    for (const [words, message] of refused) {
      const { code, stderr } = await failing(...words, "--duration", "1ms");
      expect(stderr).to.match(message);
      expect(code).to.equal(2);
    }
    expect(readFileSync(scratch("one.csv"), "utf8")).to.equal("old");
    expect(leftovers()).to.deep.equal([]);
  });

  it("are opened before any work is done, and all are dropped when one cannot be", async () => {
    // an hour of simulated time before the first row would be written: the test would not end
    const hour = ["numeric", "--policy", "oracle", "--duration", "3600s"];
    const nowhere = await failing(...hour, "--out", scratch("no/t.csv"));
    expect(nowhere.stderr).to.match(
      /no\/t\.csv: the folder to write to does not exist\. Make \/.*\/no first/,
    );
    mkdirSync(scratch("folder.pftrace"));
    const second = await failing(...hour, "--out", scratch("t.csv"), "--timeline", scratch("folder.pftrace"));
    expect(second.stderr).to.match(/folder\.pftrace: cannot be written \(EISDIR\): it is a folder/);
    expect([nowhere.code, second.code]).to.deep.equal([1, 1]);
    expect(leftovers()).to.deep.equal([]);
    expect(readdirSync(scratch(""))).to.not.include("t.csv");
  });

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    it(`go when ${signal} ends the simulation`, async () => {
      const policy = scratch("ready.mjs");
      const says =
        "let n = 0; export default () => ({ decide() { if (n++ === 0) console.log('ready'); return 1; } });";
      writeFileSync(policy, says);
      let begun: string[] = [];
      const words = ["simulate", "numeric", "--duration", "3600s", "--policy", policy];
      const files = ["--out", scratch("cut.parquet"), "--timeline", scratch("cut.pftrace")];
      const outcome = await shell(`exec ${command(...words, ...files)}`, {
        watch(child, stderr) {
          if (stderr !== "ready\n") return;
          begun = leftovers();
          child.kill(signal);
        },
      });
      expect(begun).to.have.length(2);
      expect(outcome).to.deep.equal({ code, stdout: "", stderr: "ready\n" });
      expect(leftovers()).to.deep.equal([]);
      expect(readdirSync(scratch("")).filter((name) => name.startsWith("cut"))).to.deep.equal([]);
    });
});

describe("the output of simulate", () => {
  const scratch = scratchFolder();
  /** A shell's line that fails where the command before the pipe does. */
  const piped = (line: string) => shell(`{ ${line}; echo "exit $?" >&2; } | head -n 1`);

  it("may lose its reader: the command ends in silence, at once", async () => {
    for (const words of [
      // an hour of simulated time: the test would not end
      ["simulate", "hackbench", "--param", "loops=100000", "--duration", "3600s", "--table", "timehist"],
      ["simulate", "--list"],
      ["simulate", "--help"],
    ]) {
      const { stdout, stderr } = await piped(command(...words));
      expect(stdout.split("\n"), words.join(" ")).to.have.length(2);
      expect(stderr).to.equal("exit 0\n");
    }
  });

  it("may lose its reader while a file is written, which is whole then", async () => {
    const words = [
      "simulate",
      "numeric",
      "--duration",
      "1s",
      "--table",
      "timehist",
      "--out",
      scratch("t.parquet"),
    ];
    const { stderr } = await piped(command(...words));
    expect(stderr).to.equal("exit 0\n");
    const [table] = await readTraces([scratch("t.parquet")]);
    expect(table.rows).to.equal((await simulateFile("numeric", { durationNs: 1e9 })).records);
  });

  it("may go to a full device: an error, no stack", async () => {
    for (const more of ["--json", "--table latency", "--table timehist", ""]) {
      const line = `${command("simulate", "numeric", "--duration", "20ms")} ${more} > /dev/full`;
      const { code, stderr } = await shell(line);
      expect(code, more).to.equal(1);
      expect(stderr).to.match(/^nicetries: no space left on the device [^\n]*\n$/);
    }
  });

  it("has nothing in it that a policy prints", async () => {
    // as npx runs it, and from a folder whose modules Node takes for CommonJS
    const policy = scratch("talks.ts");
    writeFileSync(
      policy,
      "console.log('loaded');\nexport default () => { console.info('made'); return { decide: () => 1 }; };\n",
    );
    const line = `'${process.execPath}' '${ROOT}cli/nicetries.js' simulate numeric --duration 20ms --json --policy '${policy}'`;
    const { code, stdout, stderr } = await shell(line);
    expect(stderr).to.equal("loaded\nmade\n");
    expect(code).to.equal(0);
    expect(JSON.parse(stdout).simulatedSeconds).to.equal(0.02);
  });

  it("lists workloads and hardware as JSON", async () => {
    const { code, stdout } = await failing("--list", "--json");
    expect(code).to.equal(0);
    const { models, hardware, chips } = JSON.parse(stdout);
    expect(models.map((m: { name: string }) => m.name)).to.include("hackbench");
    expect(models[0].parameters.groups).to.include.keys("value", "unit", "about");
    expect(hardware.inferenceNs.unit).to.equal("ns");
    expect(chips).to.include("8x1");
  });

  it("says in a note which named domain levels the chip does not have", async () => {
    const { code, stderr } = await failing("numeric", "--duration", "1ms", "--nice-tries", "NUMA=3,mc=2");
    expect(code).to.equal(0);
    expect(stderr).to.equal("i5-1035g1 has no domain of level NUMA: --nice-tries changed nothing there\n");
  });
});

describe("options of simulate", () => {
  it("read migration costs, with the kernel's own 0 and -1", () => {
    const cases: [string, number][] = [
      ["0", 0],
      ["0ms", 0],
      ["-1", -1],
      ["500us", 500_000],
      ["4ms", 4_000_000],
      ["500000", 500_000],
      ["4294967294ns", 4_294_967_294],
    ];
    for (const [text, ns] of cases) expect(parseMigrationCost(text), text).to.equal(ns);
    for (const text of ["", "-2", "-1ms", "-1.5ms", "-500us", "4294967295ns", "5s", "0.5", "x"])
      expect(() => parseMigrationCost(text), text).to.throw(RequestError, /0 \(nothing is hot.*-1/);
  });

  it("read assignments, nice tries and tunables", () => {
    const units = { a: "", bC: "permille", longNs: "ns", workingSet: "bytes" };
    const read = (...texts: string[]) => parseAssignments("parameters", texts, units);
    expect(read("a=1", "bC=-20")).to.deep.equal({ a: 1, bC: -20 });
    expect(read("longNs=9ms", "workingSet=1.5MiB", "a=2k")).to.deep.equal({
      longNs: 9_000_000,
      workingSet: 1_572_864,
      a: 2000,
    });
    expect(read("longNs=9", "workingSet=7")).to.deep.equal({ longNs: 9, workingSet: 7 });
    for (const bad of [
      "a",
      "a=",
      "=1",
      "a=1.5",
      "a=x",
      "1a=1",
      "a=4ms",
      "longNs=1MiB",
      "b=1",
      "constructor=1",
    ])
      expect(() => read(bad), bad).to.throw(RequestError);
    expect(() => read("longMs=1")).to.throw(
      'parameters needs a name out of a, bC, longNs, workingSet, found "longMs". Did you mean longNs?',
    );
    expect(parseNiceTries("4")).to.deep.equal({ CLS: 4, MC: 4, DIE: 4, NODE: 4, NUMA: 4 });
    expect(parseNiceTries("mc=3,NUMA=5")).to.deep.equal({ MC: 3, NUMA: 5 });
    expect(() => parseNiceTries("-1")).to.throw(RequestError);
    for (const bad of ["foo=3", "MC=3,foo=3", "NUMA5=1"])
      expect(() => parseNiceTries(bad), bad).to.throw(RequestError);
    expect(parseTunables(["hz=1000", "nohz=0", "latencyNs=12ms"])).to.deep.equal({
      hz: 1000,
      nohz: false,
      latencyNs: 12_000_000,
    });
    for (const bad of ["hz=0", "nrMigrate=0", "nohz=2", "nonsense=1", "latencyNs=1us", "migrationCostNs=-2"])
      expect(() => parseTunables([bad]), bad).to.throw(/^tunables /);
  });
});
