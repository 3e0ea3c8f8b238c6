import { exec, execFile, execFileSync } from "node:child_process";
import { existsSync, linkSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { readParquet, writeParquet } from "../../traces/parquet.ts";
import { plausibleTable } from "../traces/arbitraries.ts";
import { expectSameTable, scratchFolder } from "../traces/support.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const REAL = `${ROOT}traces/real/stress-mix.parquet`;
const HOT = `${ROOT}traces/real/rtapp-nine-busy-cost4ms.parquet`;
const NODE = `'${process.execPath}' --import '${ROOT}node_modules/tsx/dist/loader.mjs' '${ROOT}cli/main.ts'`;

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line as a user would. */
function nicetries(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--import", "tsx", `${ROOT}cli/main.ts`, "trace", ...args],
      { cwd: ROOT, maxBuffer: 1 << 28 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** Runs the command line in this process: quicker, for what needs no process of its own. */
async function inProcess(...args: string[]): Promise<Outcome> {
  // imported as program() imports the commands, so that both know the same error classes
  const { program } = await import("../../cli/program.ts");
  const { reportFailure } = await import("../../cli/report-failure.ts");
  const outcome: Outcome = { code: 0, stdout: "", stderr: "" };
  const [stdout, stderr] = [process.stdout.write, process.stderr.write];
  const capture = (stream: "stdout" | "stderr") => (text: unknown) => {
    outcome[stream] += String(text);
    return true;
  };
  process.stdout.write = capture("stdout");
  process.stderr.write = capture("stderr");
  try {
    const command = ["trace", ...args];
    await (await program(command)).parseAsync(command, { from: "user" });
  } catch (error) {
    outcome.code = reportFailure(error);
  } finally {
    process.stdout.write = stdout;
    process.stderr.write = stderr;
  }
  return outcome;
}

const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await inProcess(...args, "--json");
  expect(code, stderr).to.equal(0);
  return JSON.parse(stdout);
};

describe("nicetries trace", () => {
  const scratch = scratchFolder();
  const table = plausibleTable(500);
  before(() => writeParquet(scratch("t.parquet"), table));

  it("check replays real decisions and says so in numbers", async () => {
    const result = await json("check", REAL);
    expect(result).to.include({ rows: 3941, agree: 3941, disagree: 0, lost: 0 });
  });

  it("import renames, takes presets and delimiters, and says what is wrong with them", async () => {
    const tsv = scratch("mine.tsv");
    writeFileSync(tsv, "# by hand\ntime\tid\tanswer\n5\t6\t1\n");
    const names = ["--rename", "time=ts", "--rename", "id=pid", "--rename", "answer=migration"];
    const result = await json("import", tsv, ...names);
    expect(result).to.include({ out: scratch("mine.parquet"), rows: 1 });
    expect(result.warnings.join()).to.match(/1 line that begins with # passed over/);
    for (const [args, message] of [
      [["--rename", "time"], /--rename needs NAME=COLUMN, such as time=ts, found "time"/],
      [["--preset", "mlb"], /--preset needs mllb, found/],
      [["--delimiter", "ab"], /--delimiter needs a character such as ; or one of comma/],
    ] as const) {
      const { code, stderr } = await inProcess("import", tsv, ...args);
      expect(code, stderr).to.equal(2);
      expect(stderr).to.match(message);
    }
  });

  it("head prints rows to the terminal without options, the known columns of them", async () => {
    const { code, stdout, stderr } = await inProcess("head", REAL);
    expect(code, stderr).to.equal(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).to.have.length(12);
    expect(lines[0].split(/ +/))
      .to.include.members(["ts", "pid", "comm", "reason"])
      .and.not.include("detached");
    expect(lines[2]).to.match(/^241699111761 +647 +python3 +2 +3 +SMT /);
    expect(stderr).to.match(/10 of 3941 rows/);
    const three = await inProcess("head", REAL, "--rows", "3", "--columns", "imbalance,run");
    expect(three.stdout.split("\n")[0]).to.equal("imbalance  run");
    expect((await json("head", REAL, "--rows", "2"))[1]).to.include({ pid: 63, reason: "affinity" });
    expect((await inProcess("head", REAL, "--columns", "imbalanc")).stderr).to.match(/perhaps imbalance/);
  });

  it("show tells in words who was forced, when and why", async () => {
    const { code, stdout, stderr } = await inProcess(
      "show",
      HOT,
      "--where",
      "reason=forced",
      "--at",
      "72s..73.1s",
    );
    expect(code, stderr).to.equal(0);
    expect(stdout.trimEnd().split("\n")).to.deep.equal([
      "72.197780 s  tick (pid 145): CPU 6 → 0 (MC, busy), forced: hot (ran 3.992116 ms ago, cost 4 ms), 2 balances failed, 1 tolerated",
      "73.057782 s  busy (pid 133): CPU 6 → 2 (MC, busy), forced: hot (ran 2.016939 ms ago, cost 4 ms), 2 balances failed, 1 tolerated",
    ]);
    expect(stderr).to.match(/2 of 2353 rows/);
  });

  it("show limits its rows, gives them as JSON, and names unknown columns", async () => {
    const shown = await json("show", HOT, "--where", "reason=forced", "--where", "dst_cpu=0", "--limit", "2");
    expect(shown).to.include({ rows: 2353, matched: 4 });
    expect(shown.shown).to.have.length(2);
    expect(shown.shown[0])
      .to.include({ row: 262, pid: 145, delta: 3_992_116, reason: "forced" })
      .and.not.have.property("detached");
    expect(shown.migrationCost).to.include({ ns: 4_000_000, how: "recorded" });
    const wrong = await inProcess("show", HOT, "--where", "reasn=forced");
    expect([wrong.code, wrong.stderr]).to.deep.equal([2, wrong.stderr]);
    expect(wrong.stderr).to.match(/--where: no such column; found "reasn".*perhaps reason/);
  });

  it("infers the migration cost of a recording without metadata, from a file and from a pipe alike", async () => {
    const csv = scratch("hot.csv");
    expect((await inProcess("export", HOT, "--to", "csv", "--out", csv)).code).to.equal(0);
    unlinkSync(scratch("hot.json"));
    const result = await json("import", csv, "--out", scratch("hot.parquet"));
    expect(result.migrationCost).to.include({ ns: 4_000_000, how: "inferred" });
    const piped = scratch("piped.parquet");
    execFileSync("/bin/sh", ["-c", `cat '${csv}' | ${NODE} trace import - --out '${piped}'`], {
      stdio: "ignore",
    });
    expect(readFileSync(piped).equals(readFileSync(scratch("hot.parquet")))).to.equal(true);
    for (const file of [csv, piped])
      expect(await json("check", file)).to.include({ disagree: 0, agree: result.rows });
    const wrong = await inProcess("check", csv, "--migration-cost", "500us", "--json");
    expect(JSON.parse(wrong.stdout).disagree).to.be.greaterThan(0);
    expect(wrong.stderr).to.match(/in force is 500us as was said, but the rows say 4ms/);
    process.exitCode = 0; // check's own, of the line before
  });

  it("gives its exit code to the shell", async () => {
    expect((await nicetries("check", "nowhere.parquet")).code).to.equal(1);
    expect((await nicetries("label")).code).to.equal(2);
  });

  it("says when a device is full, as data and as text, without a stack", async () => {
    for (const args of [
      ["export", scratch("t.parquet"), "--to", "csv", "--out", "/dev/full"],
      ["import", scratch("full.csv"), "--out", "/dev/full"],
    ]) {
      writeFileSync(scratch("full.csv"), "pid,ts,migration\n1,2,0\n");
      const { code, stderr } = await inProcess(...args);
      expect(code).to.equal(1);
      expect(stderr)
        .to.match(/no space left on the device/)
        .and.not.match(/\n {4}at /);
    }
    const printed = await new Promise<Outcome>((resolve) => {
      const words = `"${process.execPath}" --import tsx "${ROOT}cli/main.ts" trace info "${REAL}" > /dev/full`;
      exec(words, { cwd: ROOT }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });
    expect(printed.code).to.equal(1);
    expect(printed.stderr).to.match(/^nicetries: no space left on the device/);
  });

  it("check exits with 1 and names the row when a decision was changed", async () => {
    const broken = { ...table, numeric: { ...table.numeric, migration: table.numeric.migration.slice() } };
    const at = table.text.reason.indexOf("cold");
    broken.numeric.migration[at] = 0;
    writeParquet(scratch("broken.parquet"), broken);
    const { code, stdout, stderr } = await nicetries(
      "check",
      scratch("broken.parquet"),
      scratch("t.parquet"),
    );
    expect(code).to.equal(1);
    expect(stderr).to.contain(`row ${at + 1}: migration is 0, the rule says migrate`);
    expect(stdout).to.match(/^999 of 1000 decisions agree with the rule, 1 disagree/);
    const asJson = JSON.parse((await nicetries("check", scratch("broken.parquet"), "--json")).stdout);
    expect(asJson).to.include({ rows: 500, agree: 499, disagree: 1, lost: 0 });
  });

  it("export and import are each other's inverse, with the sidecar found by name", async () => {
    await json("export", REAL, "--to", "csv", "--out", scratch("r.csv.gz"));
    expect(
      gunzipSync(readFileSync(scratch("r.csv.gz")))
        .toString()
        .split("\n"),
    ).to.have.length(3941 + 2);
    const real = await readParquet(REAL);
    writeFileSync(scratch("r.json"), JSON.stringify(real.meta));
    expect(await json("import", scratch("r.csv.gz"))).to.include({
      rows: 3941,
      forced: 3,
      derivedReasons: 0,
      out: scratch("r.parquet"),
    });
    expectSameTable(await readParquet(scratch("r.parquet")), real);
    writeParquet(scratch("real.parquet"), real);
    expect(readFileSync(scratch("r.parquet")).equals(readFileSync(scratch("real.parquet")))).to.equal(true);
  });

  it("export writes data to standard output where no file is named", async () => {
    const { code, stdout } = await nicetries("export", scratch("t.parquet"), "--to", "ftrace");
    expect(code).to.equal(0);
    expect(stdout.split("\n").filter((line) => line.includes("can_migrate_task"))).to.have.length(500);
    const csv = await nicetries("export", scratch("t.parquet"), "--to", "csv");
    expect(csv.stdout.split("\n")).to.have.length(502);
  });

  it("import brings in a stranger's CSV with the columns of the thesis alone", async () => {
    const columns =
      "pid,ts,task_load_avg,task_util_avg,task_vruntime,task_nr_migrations,start_runtime,dst_rq_load,dst_rq_load_avg,dst_rq_nr_running,dst_rq_util_avg,src_rq_load,src_rq_load_avg,src_rq_nr_running,src_rq_util_avg,imbalance,sd_cache_nice_tries,cpu_idle,cpu_newly_idle,sd_nr_balance_failed,delta,migration";
    const row = columns.split(",").map((name) => (name === "migration" || name.startsWith("cpu_") ? 0 : 5));
    writeFileSync(scratch("bcc.csv"), `${columns}\n${row.join(",")}\n`);
    const { code, stderr } = await inProcess("import", scratch("bcc.csv"), "--out", scratch("bcc.parquet"));
    expect(code).to.equal(0);
    expect(stderr).to.contain("1 rows").and.to.contain("no metadata file");
    expect((await json("check", scratch("bcc.parquet"))).undecided).to.equal(1);
    expect((await inProcess("label", scratch("bcc.parquet"))).stderr).to.match(/no values of .*src_cpu/);
  });

  it("import reads CSV from standard input, whatever that is, but needs a name then", async () => {
    const lines = "pid,ts,migration\n1,2,0\n3,4,1\n";
    writeFileSync(scratch("in.csv"), lines);
    const words = `"${process.execPath}" --import tsx "${ROOT}cli/main.ts" trace import`;
    for (const [name, from] of [
      ["-", `< "${scratch("in.csv")}"`],
      ["/dev/stdin", `< "${scratch("in.csv")}"`],
      ["-", "pipe"],
      ["/dev/stdin", "socket"],
    ]) {
      const command = `${words} ${name} --out "${scratch("in.parquet")}" ${from.startsWith("<") ? from : ""}`;
      const shell = from === "pipe" ? `cat | ${command}` : command;
      execFileSync("sh", ["-c", shell], { cwd: ROOT, input: lines, stdio: "pipe" });
      const { numeric } = await readParquet(scratch("in.parquet"));
      expect([...numeric.pid]).to.deep.equal([1, 3]);
      unlinkSync(scratch("in.parquet"));
    }
    for (const name of ["-", "/dev/stdin", "/dev/fd/63"]) {
      const { code, stderr } = await inProcess("import", name);
      expect(code).to.equal(2);
      expect(stderr).to.contain(`${name} gives the trace no name: say with --out`);
    }
    expect((await inProcess("import", "--help")).stdout).to.contain("- is CSV on");
  });

  it("label counts what it labels", async () => {
    const result = await json("label", scratch("t.parquet"), "--out", scratch("l.parquet"));
    expect(result).to.include({ rows: 500 });
    expect(result.labelled).to.be.at.least(result.forced);
    expect(result.forced).to.be.greaterThan(0);
  });

  it("info shows reasons, class balance, gaps and losses", async () => {
    const { stdout } = await inProcess("info", REAL);
    for (const part of [
      "hot_refused",
      "forced_eventually",
      "lost records     0",
      "longest gaps",
      "migration_cost_ns=500000",
    ])
      expect(stdout).to.contain(part);
    const info = await json("info", REAL);
    expect(info.positives).to.deep.equal({
      migrate: 2385,
      forced_now: 3,
      forced_eventually: 6,
      forced_detached: null,
    });
    expect(info.classBalance.migrate).to.be.closeTo(0.605, 0.001);
    expect(info.unknownColumns).to.deep.equal(["task_percpu_kthread", "detached", "task_forced_before"]);
    expect(info.gaps[0].to - info.gaps[0].from).to.be.greaterThan(1e8);
  });

  it("info and check call unknown what the metadata do not say", async () => {
    writeFileSync(scratch("bare.csv"), "pid,ts,migration\n1,2,0\n");
    const info = (await inProcess("info", scratch("bare.csv"))).stdout;
    expect(info)
      .to.match(/source +unknown/)
      .and.match(/lost records +unknown/);
    expect(await json("check", scratch("bare.csv"))).to.include({ lost: null });
    const { stdout } = await inProcess("check", scratch("bare.csv"), scratch("t.parquet"));
    expect(stdout).to.match(/unknown whether records were lost\n$/);
    expect((await inProcess("check", scratch("t.parquet"))).stdout).to.match(/, 0 records lost\n$/);
    writeFileSync(scratch("bare.json"), '{"source":"kernel","kernel":"6.1"}');
    expect((await json("info", scratch("bare.csv"))).meta).to.include({
      source: "kernel",
      lostRecords: null,
    });
  });

  it("head, sample, split and merge cut and join", async () => {
    await json("split", scratch("t.parquet"), "--parts", "3", "--out", scratch("p.parquet"));
    const parts = [1, 2, 3].map((p) => scratch(`p-${p}.parquet`));
    expect(await json("merge", ...parts, "--out", scratch("m.parquet"))).to.include({ rows: 500 });
    expectSameTable(await readParquet(scratch("m.parquet")), table);
    expect(await json("head", scratch("t.parquet"), "-n", "5", "-o", scratch("h.parquet"))).to.include({
      rows: 5,
    });
    const sample = () =>
      inProcess("sample", scratch("t.parquet"), "-n", "50", "--seed", "9", "-o", scratch("s.parquet"));
    await sample();
    const first = readFileSync(scratch("s.parquet"));
    await sample();
    expect(readFileSync(scratch("s.parquet")).equals(first)).to.equal(true);
  });

  const failures: [string, string[], number, RegExp][] = [
    ["no file", ["check", "nowhere.parquet"], 1, /nowhere\.parquet: no such file\. Check the path/],
    ["a file of another kind", ["info", "package.json"], 1, /package\.json: is no trace.*trace import/],
    ["a folder", ["info", "traces"], 1, /traces: is a folder/],
    [
      "a missing sidecar",
      ["import", "x.csv", "--meta", "none.json"],
      1,
      /none\.json: the metadata file cannot be read/,
    ],
    [
      "an unknown format",
      ["export", REAL, "--to", "xml"],
      2,
      /--to needs one of csv, perfetto, ftrace, report, found "xml"/,
    ],
    ["JSON and data on one output", ["export", REAL, "--to", "csv", "--json"], 2, /--json needs --out/],
    ["a count that is none", ["head", REAL, "-n", "-3", "-o", "x"], 2, /--rows needs a whole number/],
    ["no parts", ["split", REAL, "--parts", "0", "-o", "x"], 2, /at least 1/],
    ["an option that does not exist", ["check", REAL, "--colour"], 2, /unknown option/],
    ["no argument", ["label"], 2, /missing required argument/],
    [
      "a target in a folder that is not there",
      ["head", REAL, "-n", "1", "-o", "/nowhere/x.parquet"],
      1,
      /\/nowhere\/x\.parquet: the folder to write to does not exist. Make \/nowhere first/,
    ],
    [
      "CSV out of a command that writes Parquet",
      ["head", REAL, "-n", "1", "-o", "x.csv"],
      2,
      /x\.csv.*trace export/,
    ],
    ["CSV out of an import", ["import", "x.csv", "-o", "y.csv.gz"], 2, /y\.csv\.gz.*trace export/],
  ];
  for (const [what, args, code, message] of failures)
    it(`explains ${what}, and exits with ${code}`, async () => {
      const outcome = await inProcess(...args);
      expect(outcome.stderr).to.match(message).and.not.contain("    at ");
      expect(outcome.code).to.equal(code);
      expect(outcome.stdout).to.equal("");
    });

  it("merge refuses a file that is given twice, by whatever name", async () => {
    const [t, link] = [scratch("t.parquet"), scratch("twin.parquet")];
    symlinkSync(t, link);
    for (const twin of [t, link]) {
      const { code, stderr } = await inProcess("merge", t, REAL, twin, "--out", scratch("twice.parquet"));
      expect(code).to.equal(2);
      expect(stderr).to.match(/t?\.parquet is given twice.*Name each once/);
    }
    expect(existsSync(scratch("twice.parquet"))).to.equal(false);
  });

  it("never replaces what it reads, under whatever name, and exits with 2", async () => {
    const [own, link, hard] = ["own-1.parquet", "link.parquet", "hard.parquet"].map((name) => scratch(name));
    writeParquet(own, table);
    const before = readFileSync(own);
    symlinkSync(own, link);
    linkSync(own, hard);
    writeFileSync(scratch("raw.csv"), "pid,ts,migration\n1,2,0\n");
    writeFileSync(scratch("meta"), '{"source":"kernel"}');
    const t = scratch("t.parquet");
    for (const args of [
      ["export", own, "--to", "csv", "--out", own],
      ["export", own, "--to", "ftrace", "--out", link],
      ["head", own, "--rows", "10", "--out", own],
      ["head", own, "--rows", "10", "--out", `${scratch(".")}/./../${basename(scratch("."))}/own-1.parquet`],
      ["head", link, "--rows", "10", "--out", own],
      ["sample", own, "--rows", "10", "--out", hard],
      ["split", own, "--parts", "2", "--out", scratch("own.parquet")],
      ["merge", t, own, "--out", own],
      ["label", own, "--out", link],
      ["import", own, "--out", own],
      ["import", own],
      ["import", scratch("raw.csv"), "--meta", scratch("meta"), "--out", scratch("meta")],
    ]) {
      const { code, stderr } = await inProcess(...args);
      expect(stderr, args.join(" ")).to.match(/--out would replace .* which is read: expected another file/);
      expect(code).to.equal(2);
    }
    expect(readFileSync(own).equals(before)).to.equal(true);
    expect(existsSync(scratch("own-2.parquet"))).to.equal(false);
  });

  it("says that a pipe is none of the files it reads, without waiting for it", async () => {
    execFileSync("mkfifo", [scratch("pipe.csv")]);
    for (const args of [
      ["info", scratch("pipe.csv")],
      ["check", scratch("pipe.csv")],
      ["head", scratch("pipe.csv"), "--rows", "1", "--out", scratch("none.parquet")],
    ]) {
      const { code, stderr } = await inProcess(...args);
      expect(code).to.equal(1);
      expect(stderr).to.match(
        /pipe\.csv: is a pipe, no regular file; expected a file.*Write it to a file first/,
      );
    }
    const printed = await new Promise<Outcome>((resolve) => {
      const words = `cat "${REAL}" | "${process.execPath}" --import tsx "${ROOT}cli/main.ts" trace info /dev/stdin`;
      exec(words, { cwd: ROOT }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });
    expect(printed.code).to.equal(1);
    expect(printed.stderr).to.match(/^nicetries: \/dev\/stdin: is a pipe.*\n$/);
  });

  it("refuses to print JSON between the bytes of its output", async () => {
    const t = scratch("t.parquet");
    for (const args of [
      ["head", t, "--rows", "1", "--out", "/dev/stdout"],
      ["export", t, "--to", "csv", "--out", "/dev/fd/1"],
    ]) {
      const { code, stdout, stderr } = await inProcess(...args, "--json");
      expect(stderr).to.match(/--json needs --out with a file/);
      expect([code, stdout]).to.deep.equal([2, ""]);
    }
    const { stdout, stderr } = await nicetries("head", t, "--rows", "1", "--out", "/dev/stdout");
    expect(stdout.endsWith("PAR1")).to.equal(true);
    expect(stderr).to.contain("/dev/stdout: 1 rows");
  });

  it("leaves the old file when its input turns out to be damaged", async () => {
    const bytes = Buffer.from(readFileSync(scratch("t.parquet")));
    bytes[bytes.length >> 1] ^= 4;
    writeFileSync(scratch("bad.parquet"), bytes);
    writeFileSync(scratch("keep.parquet"), "keep me");
    const { code, stderr } = await nicetries(
      "label",
      scratch("bad.parquet"),
      "--out",
      scratch("keep.parquet"),
    );
    expect(code).to.equal(1);
    expect(stderr).to.match(/bad\.parquet: row group 0 cannot be read.*damaged/);
    expect(readFileSync(scratch("keep.parquet"), "utf8")).to.equal("keep me");
    expect(existsSync(scratch("bad.labelled.parquet"))).to.equal(false);
  });

  it("has help with examples for every verb", async () => {
    for (const verb of ["import", "info", "check", "label", "head", "sample", "split", "merge", "export"]) {
      const { code, stdout } = await inProcess(verb, "--help");
      expect(code).to.equal(0);
      expect(stdout).to.match(new RegExp(`Examples:\\n  nicetries trace ${verb} `));
      expect(stdout).to.contain("--json");
    }
  });
});
