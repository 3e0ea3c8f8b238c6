import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { parseNamedRun } from "../../lab/explore/named-run.ts";
import { openRun } from "../../lab/explore/open-run.ts";
import { runCommand } from "../model/run-command.ts";
import { scratchFolder } from "../traces/support.ts";
import { command, shell } from "./run-process.ts";

describe("nicetries explore", () => {
  const scratch = scratchFolder();

  it("refuses what cannot be explored in a sentence, before anything is simulated", async () => {
    writeFileSync(scratch("empty.csv"), "");
    copyFileSync("examples/decisions.csv", scratch("t.csv"));
    for (const [words, status, said] of [
      [["nonesuch"], 2, /nonesuch/],
      [["numeric?policy=cfss"], 2, /<a>\?policy.*cfss.*cfs/s],
      [["numeric?nicetries=1"], 2, /<a> needs.*question mark.*niceTries/],
      [["numeric?bogus=1"], 2, /<a> needs behind the question mark.*: chip, .*seed, duration, .*"bogus"/],
      [["numeric", "numeric?tunables.bogus=1"], 2, /<b> needs tunables\.NAME/],
      [["numeric?workload=hackbench"], 2, /<a> needs its workload before.*"workload=hackbench"/],
      [["examples/recording.ftrace?workload=numeric&duration=10ms"], 2, /<a>.*before the question mark/],
      [["numeric?seed"], 2, /<a>.*name=value/s],
      [["numeric", "numeric?seed=1&seed=2"], 2, /<b>.*each name once/s],
      [["numeric?duration=soon"], 2, /<a>\?duration needs a duration such as/],
      [["numeric", "--window", "1s..2s"], 2, /--window.*recordings and traces/s],
      [["numeric", "--out", scratch("x.txt")], 2, /\.html/],
      [
        ["examples/recording.ftrace", "--duration", "5ms"],
        2,
        /--duration.*--window \.\.5ms.*'\?duration=5ms'/,
      ],
      [["examples/recording.ftrace", "--seed", "9"], 2, /--seed needs.*'\?seed=9'/],
      [[scratch("t.csv"), "--duration", "5ms"], 2, /a trace is only shown.*--window/],
      [["examples/recording.ftrace", "--policy", "always"], 2, /--policy needs.*'\?policy=always'/],
      [["examples/recording.ftrace", "--tasks", "a*"], 2, /--tasks needs.*replayed: a question mark/],
      [["numeric", "--recorded-on", "none"], 2, /--recorded-on needs a recording that is replayed\n/],
      [["numeric?loop=2"], 2, /loop.*is for recordings/],
      [["examples/recording.ftrace?loop=0"], 2, /<a>\?loop needs a whole number from 1/],
      [["examples/recording.ftrace?window=2s..1s"], 2, /<a>\?window needs FROM\.\.TO/],
      [[scratch("t.csv"), "--out", scratch("t.csv")], 2, /\.html/],
      [[scratch("empty.csv"), "--out", scratch("x.html")], 1, /empty\.csv/],
      [[scratch("none.parquet"), "--out", scratch("x.html")], 1, /none\.parquet/],
      [[scratch("none.ftrace"), "--out", scratch("x.html")], 1, /none\.ftrace/],
    ] as const) {
      const done = await runCommand("explore", ...words);
      expect(done.status, `${words}: ${done.stderr}`).to.equal(status);
      expect(done.stderr)
        .to.match(said)
        .and.not.to.match(/internal error|--simulate/);
      expect(done.stdout).to.equal("");
    }
    expect(existsSync(scratch("x.html"))).to.equal(false);
  });

  it("writes equal pages for equal runs, and nothing of the machine into them", async () => {
    for (const name of ["a.html", "b.html"])
      expect(
        (await runCommand("explore", "numeric", "--duration", "50ms", "--out", scratch(name))).status,
      ).to.equal(0);
    const page = readFileSync(scratch("a.html"), "utf8");
    expect(readFileSync(scratch("b.html"), "utf8")).to.equal(page);
    copyFileSync("examples/recording.ftrace", scratch("r.ftrace"));
    const done = await runCommand("explore", scratch("r.ftrace"), "--out", scratch("c.html"), "--json");
    expect(JSON.parse(done.stdout).runs[0].title).to.equal("r.ftrace, recorded (ftrace)");
    expect(readFileSync(scratch("c.html"), "utf8").slice(0, 2000)).not.to.contain(scratch("."));
  });

  it("says what a person should know of each run, and nothing of a replay where there is none", async () => {
    const recording = "examples/recording.ftrace";
    const notes = async (...words: string[]) => {
      const done = await runCommand("explore", ...words, "--out", scratch("n.html"));
      expect(done.status, done.stderr).to.equal(0);
      return done.stderr;
    };
    expect(await notes(recording)).to.equal("");
    expect(await notes(recording, "--window", "5ms..6ms")).to.match(
      /^the recording has no sched_migrate_task in this window: .*\n$/,
    );
    const replay = /of 41 wake-ups .*\n.*of CPU time are replayed as .* of work, .*\n$/;
    expect(await notes(`${recording}?policy=cfs`))
      .to.match(replay)
      .and.to.match(/^of /);
    const second = await notes(recording, `${recording}?policy=cfs`);
    expect(second)
      .to.match(replay)
      .and.to.match(/^(B: (of|[\d.]+ ms of) .*\n){2}$/);
    expect(await notes(`${recording}?policy=cfs`, `${recording}?policy=always`)).to.match(
      /^(A and B: (of|[\d.]+ ms of) .*\n){2}$/,
    );
  });

  it("replays of a recording what is asked for, by options or behind the question mark", async () => {
    const recording = "examples/recording.ftrace";
    const held = async (...words: string[]) => {
      const done = await runCommand("explore", ...words, "--out", scratch("p.html"), "--json");
      expect(done.status, done.stderr).to.equal(0);
      return JSON.parse(done.stdout).runs[0];
    };
    const whole = await held(`${recording}?`);
    const named = await held(`${recording}?tasks=*-1*&loop=2&chip=8x1&window=..5ms`);
    const asked = await held(
      ...[`${recording}?`, "--tasks", "*-1*", "--loop", "2", "--chip", "8x1", "--window", "..5ms"],
    );
    expect(asked).to.deep.equal(named);
    expect(asked.title).to.contain("on 8x1 ");
    expect(asked.tasks).to.be.within(1, whole.tasks - 1);
    // what a run says itself goes before
    expect((await held(`${recording}?chip=16x2`, "--chip", "8x1")).title).to.contain("on 16x2 ");
  });

  it("groups the lanes of what is only shown by --chip, or by the calls that were recorded", async () => {
    const cpus = async (source: string, chip?: string) =>
      (await openRun(parseNamedRun(source, "<a>"), { chip })).cpus.map(({ core, llc }) => [core, llc]);
    const pairs = [0, 0, 1, 1, 2, 2, 3, 3].map((core) => [core, 0]);
    const unknown = (await cpus("examples/recording.ftrace")).map(() => [-1, -1]);
    expect(await cpus("examples/recording.ftrace")).to.deep.equal(unknown);
    for (const shown of ["examples/recording.ftrace", "examples/decisions.csv"])
      expect(await cpus(shown, "i5-1035g1"), shown).to.deep.equal(pairs);
    // of a machine with four cores of two threads each (traces/schedules/README.md)
    expect(await cpus("traces/schedules/desktop-1.ftrace.gz")).to.deep.equal(pairs);
    expect(await cpus("traces/schedules/desktop-1.parquet")).to.deep.equal(pairs);
    expect(
      (await runCommand("explore", "examples/recording.ftrace", "--chip", "8x1", "--out", scratch("g.html")))
        .status,
    ).to.equal(0);
  });

  it("takes no options for a sweep, whose plan has them", async () => {
    const plan = ["--vary", "workload=numeric", "--vary", "niceTries=0,1", "--duration", "2ms"];
    const made = await runCommand("sweep", ...plan, "--out", scratch("sw"));
    expect(made.status, made.stderr).to.equal(0);
    for (const [option, value] of [
      ["--seed", "7"],
      ["--duration", "1s"],
      ["--chip", "8x1"],
      ["--window", "..1s"],
      ["--recorded-on", "none"],
    ]) {
      const done = await runCommand("explore", scratch("sw"), option, value, "--out", scratch("sw.html"));
      expect(done.status, option).to.equal(2);
      expect(done.stderr).to.contain(`${option} changes nothing of a sweep`);
    }
    expect(existsSync(scratch("sw.html"))).to.equal(false);
  });

  it("serves until it is interrupted", async () => {
    let page = "";
    const line = `exec ${command("explore", "numeric", "--duration", "20ms", "--json")} > ${scratch("url")}`;
    const done = await shell(line, {
      watch: (child, stderr) => {
        if (!stderr.includes("Ctrl-C") || page !== "") return;
        page = "asked";
        const { url } = JSON.parse(readFileSync(scratch("url"), "utf8"));
        fetch(url)
          .then((answer) => answer.text())
          .then((text) => {
            page = text;
          })
          .finally(() => child.kill("SIGINT"));
      },
    });
    expect(page).to.contain("<title>nicetries: numeric");
    expect(done.code).to.equal(0);
  });
});

describe("the name of a run", () => {
  it("is a source, and behind a question mark how to simulate it", () => {
    expect(parseNamedRun("numeric", "<a>")).to.deep.equal({ source: "numeric" });
    const { source, choice } = parseNamedRun(
      "numeric?policy=always&seed=x%26y&duration=2s&parameters.extraThreads=3",
      "<a>",
    );
    expect(source).to.equal("numeric");
    expect(choice).to.deep.include({
      policy: "always",
      seed: "x&y",
      durationNs: 2e9,
      parameters: { extraThreads: 3 },
    });
  });
});
