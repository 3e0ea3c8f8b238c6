import { expect } from "chai";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import { migrationCostTime } from "../../../sim/core.ts";
import { simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";
import { TraceChecker } from "../../../traces/check.ts";
import { traceMetadata } from "../../../traces/metadata.ts";
import type { TraceRow } from "../../../traces/schema.ts";
import { TableBuilder } from "../../../traces/table.ts";

/** A load with heat under some migration cost. Its rows must be those of the rule. */
function run(model: string, seconds: number, migrationCostNs: number) {
  const table = new TableBuilder();
  const rows: TraceRow[] = [];
  const result = simulate({
    workload: modelNamed(model).workload(),
    topology: presetTopology("i5-1035g1"),
    seed: "1",
    durationNs: seconds * 1e9,
    tunables: { migrationCostNs },
    onDecision(row) {
      table.append(row);
      rows.push({ ...row });
    },
  });
  const checker = new TraceChecker();
  checker.observe(table.toTable(traceMetadata({ tunables: { migration_cost_ns: migrationCostNs } })));
  expect(checker.finish().agree).to.equal(rows.length);
  const of = (...reasons: string[]) => rows.filter((row) => reasons.includes(row.reason));
  return { result, hot: of("hot_refused", "forced"), cold: of("cold") };
}

describe("the migration cost", () => {
  it("of 0 makes nothing hot but buddies", () => {
    const { hot, cold } = run("convolution", 10, 0);
    for (const row of hot) expect([row.task_buddy, row.dst_rq_nr_running > 0]).to.deep.equal([1, true]);
    expect(cold.filter((row) => row.delta < 500_000).length, "hot by default").to.be.greaterThan(0);
  });

  it("of -1 makes everything hot that leaves its core", () => {
    const { hot, cold } = run("convolution", 10, -1);
    for (const row of cold) expect(row.sd_share_capacity).to.equal(1);
    expect(hot.filter((row) => row.delta > 500_000).length, "cold by default").to.be.greaterThan(0);
  });

  it("of -1 is the longest time where it stands for a time: idle CPUs go on balancing", () => {
    const { result } = run("hackbench", 0.03, -1);
    const passes = result.schedstat.cpus.flatMap((cpu) => cpu.domains).map((d) => d.newlyIdle.lbCount);
    expect(passes.reduce((a, b) => a + b)).to.be.greaterThan(0);
    expect(migrationCostTime({ migrationCostNs: -1 })).to.equal(2 ** 32 - 1);
    expect(migrationCostTime({ migrationCostNs: 0 })).to.equal(0);
  });
});
