import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { coldness, columnsOf, featureColumn, rowReader } from "../../model/feature-values.ts";
import { FEATURES, featureByName } from "../../model/features.ts";
import { LOG2_MAX } from "../../model/transform.ts";
import { traceMetadata } from "../../traces/metadata.ts";
import { isHot } from "../../traces/rule.ts";
import type { NumericColumn, TraceRow } from "../../traces/schema.ts";
import { rowAt, tableFromRows } from "../../traces/table.ts";
import { compileFolder, compiler, SOURCE } from "../kernel-bridge/inference-compile.ts";
import { stream } from "./random.ts";
import { ruleTrace } from "./traces.ts";

const deltas = fc.oneof(fc.integer({ min: -1000, max: 10_000_000 }), fc.maxSafeInteger());
const costs = fc.oneof(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 1, max: 2 ** 32 - 2 }));

describe("derived features", () => {
  it("coldness has the sign of delta - migration cost, and is 0 only within 0.1 % of the border", () => {
    const near = costs.chain((cost) =>
      fc.tuple(fc.oneof(deltas, fc.integer({ min: cost - 3000, max: cost + 3000 })), fc.constant(cost)),
    );
    fc.assert(
      fc.property(near, ([delta, cost]) => {
        const cold = coldness(delta, cost);
        if (cold < 0) expect(delta).to.be.below(cost);
        if (cold > 0) expect(delta).to.be.above(cost);
        if (cold === 0) expect(Math.abs(delta - cost)).to.be.at.most(0.001 * (cost + 1));
      }),
    );
  });

  it("coldness is the logarithm of the ratio, within the error of its straight lines", () => {
    fc.assert(
      fc.property(deltas, costs, (delta, cost) => {
        const exact = Math.log2((1 + Math.max(0, delta)) / (1 + cost));
        expect(coldness(delta, cost) / 1024).to.be.closeTo(exact, 0.09);
      }),
    );
  });

  it("coldness knows the costs that make every task hot, or none", () => {
    expect(coldness(1e15, -1)).to.equal(-LOG2_MAX);
    expect(coldness(-5, 0)).to.equal(LOG2_MAX);
  });

  it("alone among the inputs it tells hot from cold tasks under any migration cost", () => {
    const traces = [100_000, 500_000, 4_000_000].map((cost) =>
      ruleTrace(500, cost, { tunables: { migration_cost_ns: cost } }),
    );
    for (const table of traces) {
      const cold = featureColumn(table, "coldness");
      for (let r = 0; r < table.rows; r++) {
        const c = table.numeric;
        if (c.task_buddy[r] === 1 || c.sd_share_capacity[r] === 1 || cold[r] === 0) continue;
        expect(cold[r] < 0).to.equal(isHot(table, r));
      }
    }
  });

  it("of tables and of single rows are the same, and unknown where their columns are", () => {
    const table = ruleTrace(50, 1, { tunables: { migration_cost_ns: 1_000_000 } });
    table.numeric.delta[7] = Number.NaN;
    const names = FEATURES.map((f) => f.name);
    const values = new Float64Array(names.length);
    const read = rowReader(names, 1_000_000);
    for (let r = 0; r < 50; r++) {
      if (r === 7) continue;
      read(rowAt(table, r), values);
      expect([...values]).to.deep.equal(names.map((name) => featureColumn(table, name)[r]));
    }
    expect(featureColumn(table, "coldness")[7]).to.be.NaN;
    expect(columnsOf("coldness")).to.deep.equal(["delta"] satisfies NumericColumn[]);
    expect(columnsOf("pid")).to.deep.equal(["pid"]);
  });

  it("task_forced_before follows from the rows where it was not recorded and none are missing", () => {
    const call = { pid: 7, ts: 1, src_cpu: 0, dst_cpu: 1, task_nr_migrations: 0 };
    const calls = [2, 0, 0].map((migration) => ({ ...call, migration, run: "" }));
    const of = (rows: Partial<TraceRow>[], lostRecords: number | null) => [
      ...featureColumn(tableFromRows(rows, traceMetadata({ lostRecords })), "task_forced_before"),
    ];
    expect(of(calls, 0)).to.deep.equal([0, 1, 1]);
    expect(of(calls, null)).to.deep.equal([Number.NaN, Number.NaN, Number.NaN]);
    const recorded = calls.map((row, i) => ({ ...row, task_forced_before: i === 0 ? 1 : 0 }));
    expect(of(recorded, 0), "as it was recorded").to.deep.equal([1, 0, 0]);
    expect(columnsOf("task_forced_before")).to.include.members([
      "task_forced_before",
      "migration",
      "dst_cpu",
    ]);
  });

  it("without a recorded migration cost the kernel's default is taken", () => {
    const table = tableFromRows([{ delta: 500_000 }]);
    expect(featureColumn(table, "coldness")[0]).to.equal(0);
    expect(featureByName("coldness")).to.deep.equal({ id: 33, name: "coldness", type: "s64" });
  });

  it("coldness is the same in C, to the last bit", function () {
    const cc = compiler();
    if (cc === undefined) return this.skip();
    const folder = compileFolder();
    try {
      const program = join(folder.path, "coldness");
      const source = join(SOURCE, "user", "nt_coldness.c");
      execFileSync(cc, ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O2", source, "-o", program]);
      const random = stream(5);
      const exponential = (bits: number) => Math.floor(2 ** (bits * random()));
      const fixed = [-1, 0, 1, 2, 500_000, 2 ** 31 - 1, 2 ** 32 - 2];
      const pairs = fixed.flatMap((cost) =>
        [-(2 ** 53), -1, 0, 1, 1023, 1024, 499_999, 500_000, 2 ** 32 - 1, 2 ** 32, 2 ** 53].map(
          (delta) => [delta, cost] as const,
        ),
      );
      for (let n = 0; n < 100_000; n++) pairs.push([exponential(53) - 1, exponential(32) - 1]);
      const input = pairs.map(([delta, cost]) => `${delta} ${cost}`).join("\n");
      const out = execFileSync(program, { input, encoding: "utf8", maxBuffer: 1 << 26 });
      const inC = out.trimEnd().split("\n").map(Number);
      pairs.forEach(([delta, cost], i) => {
        if (inC[i] !== coldness(delta, cost)) expect.fail(`${delta} ${cost}: ${inC[i]}`);
      });
      expect(inC).to.have.length(pairs.length);
    } finally {
      folder.remove();
    }
  });
});
