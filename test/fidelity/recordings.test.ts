import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { judgeRecordings } from "../../lab/fidelity/recorded-schedules.ts";
import { isCredible } from "../../lab/fidelity/recording-verdict.ts";
import { recordingAt } from "../../lab/recording/read-recording.ts";
import { simulateFile } from "../../lab/simulate-file.ts";
import { recordedWorkloads, replaysOf, shownReplays } from "../../scripts/replays.ts";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { runCommand } from "../model/run-command.ts";
import { inputErrorOf, scratchFolder } from "../traces/support.ts";

const chip = presetTopology("i5-1035g1");

describe("the fidelity of a recording", () => {
  const scratch = scratchFolder();

  /** A simulation as its recording, and the calls beside it. */
  async function recorded(name: string, seed: string) {
    await simulateFile("numeric", {
      ...{ seed, durationNs: 600e6 },
      ...{ timeline: scratch(`${name}.ftrace`), out: scratch(`${name}.parquet`) },
    });
    return recordingAt(scratch(`${name}.ftrace`))!;
  }

  it("is that of the schedule and, where they lie beside it, of the calls; wrong replays are found out", async () => {
    const verdict = await judgeRecordings([await recorded("a", "1"), await recorded("b", "2")], {
      chip,
      seeds: 2,
    });
    expect(verdict.decisions).to.equal(true);
    expect(verdict.virtualTime).to.equal(false);
    const names = verdict.metrics.map(({ name }) => name);
    for (const name of [
      "run s/s",
      "wait s/s",
      "switches/s",
      "wake-ups/s",
      "run p50 ms",
      "calls/s",
      "forced per 1000",
    ])
      expect(names).to.include(name);
    const metric = (wanted: string) => verdict.metrics.find(({ name }) => name === wanted)!;
    expect(metric("run s/s").verdict).to.equal("agrees");
    expect(metric("array-, CPU time %") ?? metric("array, CPU time %")).to.not.equal(undefined);
    for (const { tolerance } of verdict.metrics) expect(tolerance).to.be.greaterThan(0);
    for (const { recorded: range, simulated } of verdict.metrics)
      for (const [low, high] of [range, simulated]) expect(low).to.be.at.most(high);
    expect(verdict.noise).to.equal("recordings");
    expect(names, "said by another metric already").not.to.include("forced %");
    expect(verdict.control.failed).to.equal(true);
    for (const { differs, baseline, failed } of verdict.control.controls)
      expect(failed).to.equal(differs > baseline!);
    expect(verdict.control.controls.map(({ name }) => name)).to.deep.equal([
      "balancing moves nothing",
      "half of the CPUs",
    ]);
  });

  it("is told for one that is too short, too: what agrees, what cannot be told, and of which control", async () => {
    const words = ["fidelity", "examples/recording.ftrace", "--seeds", "1"];
    const { status, stdout } = await runCommand(...words);
    expect([status, process.exitCode ?? 0]).to.deep.equal([0, 0]);
    expect(stdout).to.match(/^metric +recorded +spread +simulated +tolerance +verdict$/m);
    expect(stdout).to.match(
      /^run s\/s +3\.\d+ to 4\.\d+ +± \d+ % +\S+ +± 0\.\d+ +(agrees|cannot tell: wide range)$/m,
    );
    expect(stdout).to.match(/^spread: of one recording, the standard error between 10 blocks of its time/m);
    expect(stdout).to.match(
      /^control, balancing moves nothing: can tell nothing here, for balancing made only 4 moves in the recording \(one run with this fault differs in 0 metrics, the same run without it in 0\)$/m,
    );
    expect(stdout).to.match(
      /^control, half of the CPUs: found out \(one run with this fault differs in \d+ metrics, the same run without it in 0\)$/m,
    );
    expect(stdout).to.match(
      /faithful within the tolerances, as far as can be told: in \d+ of \d+ metrics\n$/,
    );

    const { control, noise, metrics } = JSON.parse((await runCommand(...words, "--json")).stdout);
    expect(noise).to.equal("blocks");
    for (const { verdict, why } of metrics)
      expect(why !== undefined, "a reason where there is no verdict").to.equal(verdict === "cannot tell");
    expect(control.failed).to.equal(true);
    expect(control.controls[0]).to.deep.include({ differs: 0, baseline: 0, failed: false });
    const run = metrics.find(({ name }: { name: string }) => name === "run s/s");
    expect(run.recorded[0]).to.be.below(run.recorded[1]);
  });

  it("counts what is out of order once, though a recording is read twice", async () => {
    const rows = readFileSync("examples/recording.ftrace", "utf8").split("\n");
    writeFileSync(scratch("back.ftrace"), [...rows.slice(0, 60).reverse(), ...rows.slice(60)].join("\n"));
    const [note] = (await runCommand("workload", scratch("back.ftrace"))).stderr.split("\n");
    expect(note).to.match(/^\d+ events stand behind later ones of their CPU/);
    const { notes } = await judgeRecordings([recordingAt(scratch("back.ftrace"))!], { chip, seeds: 1 });
    expect(notes).to.include(note);
  });

  it("of a machine with one CPU has a control, too: two of them", async () => {
    const one = { ...chip, name: "one", cpus: chip.cpus.slice(0, 1) };
    writeFileSync(scratch("one.json"), JSON.stringify(one));
    await simulateFile("numeric", {
      ...{ chip: scratch("one.json"), durationNs: 400e6, timeline: scratch("one.ftrace") },
    });
    const { control, metrics } = await judgeRecordings([recordingAt(scratch("one.ftrace"))!], {
      ...{ chip: one, seeds: 1 },
    });
    const [balancing, cpus] = control.controls;
    expect(balancing).to.include({ failed: false, untold: "balancing moved nothing in the recording" });
    expect(cpus).to.include({ name: "two CPUs", failed: true });
    expect(control.failed).to.equal(true);
    expect(metrics.filter(({ verdict }) => verdict === "differs")).to.deep.equal([]);
  });

  it("says nothing where so little happens that no control can tell", async () => {
    const phases = { loop: 20, run: 1000, sleep: 19_000 };
    writeFileSync(scratch("alone.json"), JSON.stringify({ tasks: { alone: phases } }));
    await simulateFile(scratch("alone.json"), { timeline: scratch("alone.ftrace") });
    const before = process.exitCode;
    const { stdout } = await runCommand("fidelity", scratch("alone.ftrace"), "--seeds", "1");
    expect(process.exitCode).to.equal(1);
    process.exitCode = before;
    expect(stdout).to.match(
      /^control, balancing moves nothing: can tell nothing here, for balancing moved nothing/m,
    );
    expect(stdout).to.match(
      /^control, half of the CPUs: can tell nothing here, for CPUs twice as busy are within/m,
    );
    expect(stdout).to.match(
      / 0 differ, .*\n(control.*\n){2}so little happens in the recording .* says nothing of the replay\n$/,
    );
  });

  it("is not that of one given twice, which differs from itself by nothing", async () => {
    const { path } = await recorded("t", "5");
    copyFileSync(path, scratch("u.ftrace"));
    const judged = judgeRecordings(
      [path, scratch("u.ftrace")].map((file) => recordingAt(file)!),
      { chip, seeds: 1 },
    );
    const error = await inputErrorOf(() => judged);
    expect(error.message).to.match(/u\.ftrace: the same recording is given twice; .* give this one alone\.$/);
  });

  it("says of which of several recordings a note is, where it is not of all", async () => {
    const both = [await recorded("n", "6"), await recorded("o", "7")];
    const { notes } = await judgeRecordings(both, { chip, seeds: 1 });
    for (const name of ["n", "o"])
      expect(notes.filter((note) => note.startsWith(`${name}.ftrace: of `))).to.have.length(1);
    expect(notes.filter((note) => /^the recording has no sched_migrate_task/.test(note))).to.have.length(0);
  });

  it("may be looked at: a page with a figure of every metric, of runs and waits, and of each CPU", async () => {
    await recorded("p", "4");
    const page = scratch("p.html");
    const { stdout } = await runCommand("fidelity", scratch("p.ftrace"), "--seeds", "1", "--page", page);
    const text = readFileSync(page, "utf8");
    expect(text.match(/<svg/g)!.length).to.be.at.least(4);
    for (const word of [
      "Runs and waits",
      "CPUs",
      "Verdicts",
      "queue length, mean",
      "p.ftrace",
      "tolerance",
      "standard error",
    ])
      expect(text).to.contain(word);
    const sums = /\d+ agree, \d+ differ, \d+ cannot tell/.exec(stdout)![0];
    expect(text).to.contain(sums);
    expect(text).to.not.match(/NaN|Infinity|<script/);
  });

  it("of a machine in virtual time is judged without caches, costs and shared cores", async () => {
    const { path } = await recorded("c", "3");
    const text = readFileSync(path, "utf8");
    writeFileSync(scratch("v.ftrace"), text.replace("\n", "\n# clock: virtual time\n"));
    const recording = recordingAt(scratch("v.ftrace"))!;
    const verdict = await judgeRecordings([recording], { chip, seeds: 1 });
    expect(verdict).to.include({ virtualTime: true, decisions: false });
    expect(verdict.metrics.map(({ name }) => name)).to.not.include("calls/s");
    expect(isCredible({ ...verdict, metrics: [] })).to.equal(verdict.control.failed);
  });

  it("is what docs/recordings.md says of two of those that come with the tool", async () => {
    for (const [name, paths] of recordedWorkloads()) {
      if (name !== "rtapp-mixed" && name !== "zstd") continue;
      const shown = shownReplays().find(({ workload }) => workload === name)!;
      expect(await replaysOf(name, paths, shown.seeds)).to.deep.equal(shown);
    }
  });
});
