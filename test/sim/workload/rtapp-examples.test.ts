import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "chai";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import { simulate } from "../../../sim/simulator.ts";
import { rtAppWorkload } from "../../../sim/workload/rtapp/workload.ts";

/** Where Debian's rt-app package puts its examples. */
const DOC = "/usr/share/doc/rt-app";

const jsonFiles = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(directory, name))
    .sort();

const load = (paths: readonly string[]) =>
  rtAppWorkload(paths.map((name) => ({ name, text: readFileSync(name, "utf8") })));

const run = (paths: readonly string[]) =>
  simulate({
    workload: load(paths),
    topology: presetTopology("i5-1035g1"),
    seed: "1",
    durationNs: 3_000_000_000,
  });

describe("examples of Debian's rt-app package", () => {
  const examples = existsSync(join(DOC, "examples")) ? jsonFiles(DOC) : [];

  before(function () {
    if (examples.length > 0) return;
    console.log(`      skipped: no examples in ${DOC}; apt-get install rt-app brings them`);
    this.skip();
  });

  it("are all there", () => {
    expect(examples.length).to.be.at.least(20);
  });

  for (const path of examples) {
    it(`runs ${path.slice(DOC.length + 1)}`, () => {
      const result = run([path]);
      if (["global.json", "resources.json"].includes(basename(path))) expect(result.tasks).to.deep.equal([]);
      else expect(result.totals.runNs).to.be.greaterThan(0);
      // All CPU time is some task's, and no task has more than the clock gave.
      for (const t of result.tasks) expect(t.runNs + t.waitNs).to.be.at.most(result.simulatedNs);
    });
  }

  it("runs the parts of examples/merge as one workload, as merge.py would put them together", () => {
    const parts = examples.filter((path) => path.includes("/merge/"));
    const result = run(parts);
    expect(result.tasks.map((t) => t.comm)).to.deep.equal([
      "thread0-0",
      "thread1-1",
      "thread2-2",
      "thread3-3",
    ]);
    // thread1 signals every 10 ms and so drives thread0, which wakes threads 2 and 3.
    for (const t of result.tasks) expect(t.switches, t.comm).to.be.greaterThan(100);
  });

  it("gives example 1 the 20 % of a CPU that its comment promises", () => {
    const result = run(examples.filter((path) => path.endsWith("example1.json")));
    expect(result.totals.runNs / result.simulatedNs).to.be.within(0.19, 0.21);
  });

  it("keeps the two tasks of example 7 in the step its comment draws", () => {
    const result = run(examples.filter((path) => path.endsWith("example7.json")));
    const [a, b] = result.tasks;
    // Each loop takes 9 ms: task0 runs 1 + 2 + 1 ms of it, task1 2 + 1 + 2 ms.
    expect(a.runNs / result.simulatedNs).to.be.within(0.4, 0.5);
    expect(b.runNs / a.runNs).to.be.within(1.2, 1.3);
  });
});
