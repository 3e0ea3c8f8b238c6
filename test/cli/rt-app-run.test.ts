import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "chai";
import { findProgram } from "../../kernel-bridge/find-program.ts";
import { runCommand } from "../model/run-command.ts";
import { scratchFolder } from "../traces/support.ts";

/** Parts by which they may differ: whole microseconds, costs of other calls, and that all threads meet before they begin. */
const CLOSE = { cpu: 0.05, length: 0.1 };

describe("the rt-app file of a recording", () => {
  const scratch = scratchFolder();
  const recording = "examples/recording.ftrace";
  const taken = ["--tasks", "array-*", "--recorded-on", "none"];

  async function written(): Promise<string> {
    const file = scratch("mine.json");
    const chosen = [...taken, "--to", "rt-app", "--out", file];
    expect((await runCommand("workload", recording, ...chosen)).status).to.equal(0);
    return file;
  }

  it("simulates to the same: CPU time of all tasks within 5 %, how long it takes within 10 %", async () => {
    const file = await written();
    const totals = async (...words: string[]) => {
      const { stdout } = await runCommand("simulate", ...words, "--off", "jitter,smt", "--json");
      const { totals: found, simulatedSeconds } = JSON.parse(stdout) as Simulated;
      return { cpu: found.runNs - found.lostNs, length: simulatedSeconds };
    };
    const replay = await totals(recording, ...taken);
    const direct = await totals(file);
    expect(direct.cpu).to.be.closeTo(replay.cpu, CLOSE.cpu * replay.cpu);
    expect(direct.length).to.be.closeTo(replay.length, CLOSE.length * replay.length);
  });

  it("is run to its end by the real rt-app, every task of it", async function () {
    const rtApp = findProgram("rt-app");
    if (rtApp === undefined) this.skip();
    const file = await written();
    const tasks = Object.keys(JSON.parse(readFileSync(file, "utf8").replace(/^\/\*[\s\S]*?\*\//, "")).tasks);
    const ran = spawnSync(rtApp!, [file], { cwd: dirname(file), encoding: "utf8", timeout: 240_000 });
    expect(ran.status, ran.stderr).to.equal(0);
    expect(`${ran.stdout}${ran.stderr}`.match(/Exiting\./g)).to.have.lengthOf.at.least(tasks.length);
  });
});

interface Simulated {
  totals: { runNs: number; lostNs: number };
  simulatedSeconds: number;
}
