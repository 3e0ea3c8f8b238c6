import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { Bench, type MeasuredModel } from "../../lab/experiments/bench.ts";
import { latencyTable, runTimeTable } from "../../lab/experiments/kernel/cost.ts";
import { premigrationTable } from "../../lab/experiments/kernel/premigration.ts";
import { median, pairedPercent } from "../../lab/experiments/kernel/runs.ts";
import { verifiedTable } from "../../lab/experiments/kernel/verified.ts";
import { COST, THESIS_BENCHMARKS } from "../../lab/experiments/thesis.ts";
import { randomStream } from "../../sim/engine/random.ts";
import type { CostMeasured, MeasuredRuns, Measurements } from "../../traces/measured.ts";
import { fileSha256 } from "../../traces/sha256.ts";
import { runCommand } from "../model/run-command.ts";
import { scratchFolder } from "../traces/support.ts";

const ON = { kernel: "6.1.0", clock: { clock: "virtual" } };

const runs = (name: string, seconds: readonly number[]): MeasuredRuns => ({
  name,
  seconds: [...seconds],
  waited: seconds.map((s) => 2 * s),
  gained: seconds.map(() => 10),
  hotGained: seconds.map(() => 0),
});

const latency = (mean: number): CostMeasured["benchmarks"][number]["contenders"][number]["latency"] => ({
  calls: 100,
  mean: mean + 1,
  quantiles: { 5: mean / 2, 25: mean, 50: mean, 75: mean, 95: mean, 99: 2 * mean },
  density: [
    [mean, 1, 99],
    [50_000, 100, 1], // interrupted
  ],
});

const cost: CostMeasured = {
  ...ON,
  benchmarks: ["numeric", "gridding", "pgbench", "zstd", "hackbench"].map((benchmark) => ({
    benchmark,
    load: "some work",
    contenders: [
      { ...runs("stock", [1, 2, 3]), latency: latency(60) },
      { ...runs("decide", [1.1, 2.2, 3.3]), latency: latency(300) },
    ],
  })),
};

describe("experiments on a real kernel", () => {
  const scratch = scratchFolder();

  it("compare runs pair by pair: what all rounds have in common does not widen the interval", () => {
    const random = randomStream("1", "test");
    const [value, low, high] = pairedPercent([1, 2, 3], [1.1, 2.2, 3.3], random) as [number, number, number];
    for (const percent of [value, low, high]) expect(percent).to.be.closeTo(110, 1e-9);
    const [mean, least, most] = pairedPercent([1, 1, 1], [0.9, 1, 1.1], random) as [number, number, number];
    expect(mean).to.be.closeTo(100, 1e-9);
    expect([least, most].map(Math.round)).to.deep.equal([90, 110]);
    // one round that was held up says nothing
    const [held] = pairedPercent([1, 1, 1], [1, 30, 1], random) as [number, number, number];
    expect(held).to.equal(100);
    expect(median([4, 1, 2, 3])).to.equal(2.5);
    expect(pairedPercent([0, 0], [0, 0], random)).to.equal(null);
  });

  it("set latencies beside Table 5.9, as factors of stock", () => {
    const { rows, columns } = latencyTable(cost);
    const factor = columns.findIndex(({ name }) => name === "× stock");
    expect(rows.map((row) => row[0]).filter((name) => name !== "")).to.deep.equal(THESIS_BENCHMARKS);
    const hackbench = rows.slice(-4);
    expect(hackbench.map((row) => row[1])).to.deep.equal([
      "thesis, stock",
      "thesis, with ML",
      "stock",
      "decide",
    ]);
    const { stock, withMl } = COST.hackbench.latencyNs;
    expect(hackbench.slice(0, 3).map((row) => row[factor])).to.deep.equal([1, withMl / stock, 1]);
    expect(hackbench[3][factor]).to.be.closeTo(300.5 / 60.5, 1e-9);
    expect(hackbench[3].at(-1)).to.be.closeTo(1, 1e-9);
    for (const row of rows) expect(row).to.have.length(columns.length);
  });

  it("set run times beside Table 5.10, in percent of stock", () => {
    const { rows, columns, notes } = runTimeTable("1", cost);
    const percent = columns.findIndex(({ name }) => name.startsWith("stock = 100"));
    const [, , prediction, stock, decide] = rows;
    expect(prediction[percent]).to.be.closeTo((100 * 57.2) / 57, 1e-9);
    expect(stock[percent]).to.equal(100);
    expect((decide[percent] as readonly number[])[0]).to.be.closeTo(110, 1e-9);
    expect(notes.join(" ")).to.contain("3 alternating repeats");
    for (const row of rows) expect(row).to.have.length(columns.length);
  });

  function root(stored: Partial<Measurements>): string {
    const folder = scratch("root");
    for (const [name, found] of Object.entries(stored)) {
      const file = join(folder, "kernel-bridge/measured", `${name}.json`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(found));
    }
    for (const name of ["e1", "e2", "e3"]) {
      mkdirSync(join(folder, "model/zoo"), { recursive: true });
      writeFileSync(join(folder, "model/zoo", `${name}.nt`), name);
    }
    return folder;
  }
  const bench = (folder: string, more: Partial<ConstructorParameters<typeof Bench>[0]> = {}) =>
    new Bench({ dir: scratch("dir"), root: folder, quick: false, seed: "1", say: () => {}, ...more });

  it("say whether the models in the box are those that were verified", async () => {
    const folder = root({});
    const phase = { workload: "hackbench", decisions: 500, positive: 3, installations: 1 };
    const right = { wrongLogits: 0, wrongSigns: 0, wrongAnswers: 0 };
    const model = (name: string, sha256: string) => ({
      name,
      sha256,
      phases: [
        { ...phase, ...right, mode: "shadow" },
        { ...phase, ...right, mode: "decide", wrongLogits: 2 },
      ],
      hostileFiles: 10,
      faults: [],
    });
    const models = [
      model("zoo/e1", fileSha256(join(folder, "model/zoo/e1.nt"))),
      model("zoo/e2", "0".repeat(64)),
    ];
    root({ verified: { ...ON, models } });
    const own = bench(folder);
    const { rows } = await verifiedTable(own);
    await own.close();
    expect(rows[0].slice(2)).to.deep.equal(["yes", 500, 500, 0, 2, 0, 0, 1, 10, 0]);
    expect(rows[1][2]).to.contain("another file");
  });

  it("compare earlier migration with stock, boot by boot", async () => {
    const settings = [
      {
        workload: "nine",
        chip: "8x1",
        migrationCostMs: 4,
        contenders: [runs("stock", [1, 2]), runs("zoo/e2", [0.5, 1])].map((each) => ({
          ...each,
          idle: [0.25, 0.25],
        })),
      },
    ];
    const own = bench(root({ premigration: { ...ON, settings } }));
    const { rows, notes } = await premigrationTable(own);
    await own.close();
    expect(rows.map((row) => row[3])).to.deep.equal(["stock", "premigrate, zoo/e2"]);
    expect((rows[1][5] as readonly number[])[0]).to.be.closeTo(50, 1e-9);
    expect(notes.join(" ")).to.contain("2 boots").and.to.contain("25.00 %");
  });

  it("take what is stored, unless they can measure; then they ask for models, and keep what comes of them", async () => {
    const folder = root({ cost });
    const stored = bench(folder);
    expect(await stored.measured("cost", () => expect.fail("no model is needed"))).to.deep.equal(cost);
    await stored.close();
    const models: MeasuredModel[] = [{ name: "a", file: "a.nt" }];
    const asked: unknown[] = [];
    const fresh = { ...cost, kernel: "6.1.1" };
    const live = bench(folder, {
      measure: (async (name: string, given: readonly MeasuredModel[]) => {
        asked.push(name, given);
        return fresh;
      }) as never,
    });
    expect(await live.measured("cost", async () => models)).to.deep.equal(fresh);
    await live.close();
    expect(asked).to.deep.equal(["cost", models]);
    const again = bench(scratch("nowhere"));
    const error = await again.measured("cost", async () => []).catch((e) => e);
    await again.close();
    expect(error.message).to.contain("git checkout kernel-bridge/measured");
  });

  it("are alone in having something to measure: others refuse, and say how recordings are made", async () => {
    const { status, stderr } = await runCommand("experiment", "transfer", "--live");
    expect(status).to.equal(2);
    expect(stderr).to.contain("record-all.ts").and.to.contain("cost and kernel");
  });
});
