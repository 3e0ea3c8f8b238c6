import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readInputs } from "../../lab/run/inputs.ts";
import { makePlan } from "../../lab/run/plan.ts";
import { openChip } from "../../lab/sources.ts";
import { parseTopology } from "../../sim/chip/topology-json.ts";
import { simulate } from "../../sim/simulator.ts";
import { rtAppWorkload } from "../../sim/workload/rtapp/workload.ts";
import { ROOT } from "./run-process.ts";

describe("the plan of a run", () => {
  let dir: string;
  const chipFile = (name: string, text: string) => {
    const path = join(dir, name);
    writeFileSync(path, text);
    return path;
  };
  const planOn = (chip: string, quick = true) => makePlan("1", readInputs(chip, "runs/t", ROOT), quick);

  before(() => {
    dir = mkdtempSync(join(tmpdir(), "nicetries-plan-"));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("has on 8 CPUs the rt-app file of the real trace of that name", () => {
    const plan = planOn("i5-1035g1");
    const { name, source } = plan.workloads.at(-1)!;
    expect(name).to.equal("rtapp-nine-busy");
    expect(plan.texts[source]).to.equal(readFileSync(`${ROOT}traces/real/rtapp-nine-busy.json`, "utf8"));
  });

  it("gives the balancer of larger chips an rt-app file with as many more tasks", () => {
    const regular = chipFile("24.json", '{"name": "xeon-12x2", "cores": 12, "threads": 2, "coresPerLlc": 6}');
    for (const [chip, cpus] of [
      ["16x2", 32],
      [regular, 24],
      ["64x2", 128],
      ["128x2", 256],
    ] as const) {
      const plan = planOn(chip);
      const { name, source, durationNs } = plan.workloads.at(-1)!;
      expect(name).to.equal(`rtapp-${cpus + 1}-busy`);
      const { decisions } = simulate({
        workload: rtAppWorkload([{ name: source, text: plan.texts[source] }]),
        topology: openChip(chip),
        seed: "1",
        durationNs: durationNs / 8,
      });
      expect(
        Object.values(decisions).reduce((a, b) => a + b, 0),
        chip,
      ).to.be.greaterThan(0);
    }
  });

  it("simulates larger chips for less time, unless it is quick anyway", () => {
    const seconds = (chip: string, quick: boolean) =>
      planOn(chip, quick).workloads.find((w) => w.name === "convolution")!.durationNs / 1e9;
    expect(["i5-1035g1", "16x2", "64x2", "128x2"].map((c) => seconds(c, false))).to.deep.equal([
      120, 60, 30, 20,
    ]);
    expect(["i5-1035g1", "128x2"].map((c) => seconds(c, true))).to.deep.equal([12, 12]);
  });

  it("keeps a chip file's contents, without the path where it was", () => {
    const path = chipFile(
      "pair.json",
      '{"cpus": [{"core": 0, "llc": 0, "package": 0, "node": 0}, {"core": 1, "llc": 0, "package": 0, "node": 0}]}',
    );
    const { chip, texts } = planOn(path);
    expect(chip).to.deep.equal({ name: "pair.json", cpus: 2, option: "runs/t/inputs/chip.json" });
    expect(parseTopology(texts[chip.option], "x").cpus).to.deep.equal(openChip(path).cpus);
    expect(JSON.stringify(texts)).not.to.contain(dir);
  });
});
