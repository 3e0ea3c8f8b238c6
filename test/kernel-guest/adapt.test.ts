import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { adaptParameters } from "../../adapt/parameters.ts";
import { recoveryFrom } from "../../adapt/recovery.ts";
import { retrain } from "../../adapt/retrain.ts";
import { workloadsInTurn } from "../../kernel-bridge/benchmarks/benchmarks.ts";
import { missingPackages } from "../../kernel-bridge/build/source.ts";
import { adaptInGuest, type KernelAdaptResult } from "../../kernel-bridge/deploy/adapt.ts";
import { guestClock } from "../../kernel-bridge/guest/clock.ts";
import { trainFile } from "../../lab/train-file.ts";
import { randomStream } from "../../sim/engine/random.ts";
import { image, needGuest, needVirtualTime } from "./support.ts";

/** Seconds of each workload: enough for two trainings in the second. */
const PHASES = { "rtapp-mixed": 4, "rtapp-pipeline": 12 };

describe("a model that adapts in a real kernel", () => {
  let folder: string;
  let result: KernelAdaptResult;
  let model: string;
  const guest = async () => ({
    bzImage: (await image("patched")).bzImage,
    topology: "8x1" as const,
    clock: guestClock({ clock: "virtual" }),
    timeLimit: 1200,
  });

  before(async function () {
    needGuest(this);
    needVirtualTime(this);
    if (missingPackages([["rt-app", "rt-app"]]).length > 0) {
      console.log("      skipped: rt-app is not installed");
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "nicetries-adapt-test-"));
    model = join(folder, "m.nt");
    const real = "traces/real/virtual-time/rtapp-mixed-8x1-500us-train.parquet";
    await trainFile([real], { target: "migrate", split: "none", out: model });
    for (const [name, duration] of Object.entries(PHASES)) {
      const app = JSON.parse(readFileSync(`kernel-bridge/benchmarks/${name}.json`, "utf8"));
      app.global.duration = duration;
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(app));
    }
    const files = Object.keys(PHASES).map((name) => join(folder, `${name}.json`));
    let lessons = 0;
    result = await adaptInGuest({
      model,
      workloads: await workloadsInTurn(files, 1, true),
      every: 0.5,
      parameters: adaptParameters({ hard: 30 }),
      random: randomStream("1", "test"),
      // the first model learns the contrary
      retrain: (lesson) =>
        retrain(lessons++ > 0 ? lesson : { ...lesson, labels: lesson.labels.map((label) => 1 - label) }),
      boot: await guest(),
    });
  });
  after(() => rmSync(folder ?? "", { recursive: true, force: true }));

  it("runs to its end, and predicts as TypeScript does with the models that it names", () => {
    expect(result).to.include({ exitCode: 0, wrongSigns: 0, lost: 0 });
    expect(result.rounds).to.be.greaterThan(15);
    expect(result.installations).to.be.at.least(3);
  });

  it("notices that the model no longer fits, and rolls back the one that has learned the contrary", () => {
    const [first, second, third] = result.events;
    expect([first, second, third].map(({ what }) => what)).to.deep.equal(["below", "swap", "rollback"]);
    expect(Math.min(third.agreement!.hard, third.agreement!.easy)).to.be.below(0.5);
  });

  it("learns the new workload then: right in nearly all hard cases, in which the first model is wrong", () => {
    const { phases, events, log } = result;
    const recovery = recoveryFrom(phases[1].atNs, events, log);
    expect(recovery, JSON.stringify(events)).not.to.equal(null);
    const [learned] = log.spans(1e12, phases[1].atNs + recovery!.swapNs);
    expect(learned.hard).to.be.greaterThan(30);
    expect(learned.adapted.hard / learned.hard).to.be.greaterThan(0.9);
    expect(learned.alone.hard / learned.hard).to.be.lessThan(0.5);
  });

  it("judges the calls of a workload that is over before the first round", async () => {
    const command = ["hackbench", "-g", "1", "-l", "10"];
    const { exitCode, rounds, lost, log } = await adaptInGuest({
      model,
      workloads: [{ name: "hackbench", command, definition: "" }],
      every: 60,
      parameters: adaptParameters({}),
      random: randomStream("1", "test"),
      boot: await guest(),
    });
    expect({ exitCode, rounds, lost }).to.deep.equal({ exitCode: 0, rounds: 0, lost: 0 });
    expect(log.spans(1e12)[0].calls).to.be.greaterThan(10);
  });
});
