import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { judgeRecordings } from "../../lab/fidelity/recorded-schedules.ts";
import { isCredible } from "../../lab/fidelity/recording-verdict.ts";
import { recordingAt } from "../../lab/recording/read-recording.ts";
import { simulateFile } from "../../lab/simulate-file.ts";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { scratchFolder } from "../traces/support.ts";

const chip = presetTopology("i5-1035g1");

describe("the fidelity of a recording", function () {
  this.timeout(120_000);
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
    for (const { recorded: range, simulated } of verdict.metrics)
      for (const [low, high] of [range, simulated]) expect(low).to.be.at.most(high);
    expect(verdict.control.failed).to.equal(true);
    expect(verdict.control.controls.map(({ name }) => name)).to.deep.equal([
      "balancing moves nothing",
      "half of the CPUs",
    ]);
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
});
