import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import { type SimulateFileOptions, simulateFile } from "../../lab/simulate-file.ts";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { compareScenario } from "../../sim/lockstep/compare.ts";
import { parseScenario } from "../../sim/lockstep/scenario.ts";
import { inputErrorOf, scratchFolder } from "../traces/support.ts";

const folder = new URL("../../kernel-bridge/benchmarks/", import.meta.url).pathname;
const examples = new URL("../../examples/", import.meta.url).pathname;

describe("a simulation written as a scenario", () => {
  const scratch = scratchFolder();

  async function written(source: string | string[], options: SimulateFileOptions) {
    const asScenario = scratch("run.scn");
    const done = await simulateFile(source, { ...options, asScenario });
    const scenario = parseScenario(readFileSync(asScenario, "utf8"), asScenario, 8);
    const dump = gunzipSync(readFileSync(scratch("run.txt.gz"))).toString();
    return { done, scenario, dump };
  }

  const RUNS: [string, string, SimulateFileOptions][] = [
    ["the model numeric", "numeric", { durationNs: 200e6 }],
    ["the model convolution, on another chip", "convolution", { durationNs: 200e6, chip: "8x1" }],
    [
      "the model compression, all CPUs ticking",
      "compression",
      { durationNs: 200e6, tunables: { nohz: false } },
    ],
    ["the model database, in a group of its own", "database", { durationNs: 60e6, autogroup: true }],
    ["the model hackbench, which forks", "hackbench", { durationNs: 30e6 }],
    ["an rt-app file with periods", `${folder}rtapp-mixed.json`, { durationNs: 1e9 }],
    ["an rt-app file with bursts", `${folder}rtapp-bursts.json`, { durationNs: 400e6 }],
    [
      "tasks in groups with quotas",
      `${examples}services.json`,
      { durationNs: 500e6, groups: `${examples}groups.json` },
    ],
    ["a recording", `${examples}recording.ftrace`, {}],
  ];
  for (const [what, source, options] of RUNS)
    it(`of ${what} has the same states after each operation`, async () => {
      const { done, scenario, dump } = await written(source, options);
      expect(scenario.steps).to.have.length(done.scenario!.operations).above(100);
      const chip = presetTopology(options.chip ?? "i5-1035g1");
      const { difference, fieldsCompared } = compareScenario("run", scenario, chip, dump);
      expect(difference).to.equal(null);
      expect(fieldsCompared).to.be.above(20 * scenario.steps.length);
      // it is the run that was asked for: its decisions are those of the dump
      expect(dump.match(/^ {2}cmt /gm) ?? []).to.have.length(done.records);
    });

  it("has real-time tasks, changes of policy, nice value and CPUs, forks and yields", async () => {
    const { scenario } = await written(scratchJson(), { durationNs: 300e6 });
    const operations = new Set(scenario.steps.map(({ op }) => op));
    for (const op of ["wake", "block", "fork", "policy", "nice", "affine", "yield", "exit", "tick"])
      expect([...operations]).to.include(op);
    expect(scenario.tasks.map(({ priority }) => priority)).to.include(7);
  });

  it("is refused under another policy than the kernel's, and with tunables that it does not have", async () => {
    for (const policy of ["never-hot", "oracle"]) {
      const error = await inputErrorOf(() =>
        simulateFile("numeric", { policy, asScenario: scratch("x.scn") }),
      );
      expect(error.message).to.contain("asScenario needs the policy cfs");
    }
    const tunables = { migrationCostNs: 4e6 };
    const error = await inputErrorOf(() =>
      simulateFile("numeric", { tunables, asScenario: scratch("x.scn") }),
    );
    expect(error.message).to.contain("default tunables").and.contain("migrationCostNs");
    const background = await inputErrorOf(() =>
      simulateFile("numeric", { background: 1, asScenario: scratch("x.scn") }),
    );
    expect(background.message).to.contain("needs the background off");
    const named = await inputErrorOf(() => simulateFile("numeric", { asScenario: scratch("x.txt") }));
    expect(named.message).to.contain("ends in .scn");
  });

  function scratchJson(): string {
    const path = scratch("app.json");
    writeFileSync(
      path,
      JSON.stringify({
        tasks: {
          rt: { policy: "SCHED_FIFO", priority: 7, loop: 20, run: 2000, sleep: 5000 },
          hog: { instance: 9, loop: 30, nice: 3, run: 4000, yield: "" },
          parent: {
            loop: 1,
            phases: {
              a: { loop: 2, run: 3000, fork: "child" },
              c: { policy: "SCHED_BATCH", run: 2000 },
              b: { loop: 9, cpus: [1, 2], run: 3000, sleep: 2000 },
            },
          },
          child: { instance: 0, loop: 3, nice: -5, run: 1000, sleep: 1000 },
        },
      }),
    );
    return path;
  }
});
