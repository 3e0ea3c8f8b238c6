import { rmSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { readTraces } from "../../lab/read-traces.ts";
import { TraceChecker } from "../../traces/check.ts";
import { writeCsv } from "../../traces/csv.ts";
import { exportTrace } from "../../traces/export/export-trace.ts";
import { importTrace } from "../../traces/import.ts";
import { traceMetadata } from "../../traces/metadata.ts";
import { CostBounds, costRemark, recordCost, settleMigrationCost } from "../../traces/migration-cost.ts";
import { readParquet, writeParquet } from "../../traces/parquet.ts";
import { ruleDecision } from "../../traces/rule.ts";
import type { TraceTable } from "../../traces/schema.ts";
import { tableFromRows } from "../../traces/table.ts";
import { ruleTrace } from "../model/traces.ts";
import { inputErrorOf, scratchFolder } from "./support.ts";

const conclude = (table: TraceTable) => {
  const bounds = new CostBounds();
  bounds.observe(table);
  return bounds.conclude();
};

const withoutCost = (table: TraceTable): TraceTable => ({ ...table, meta: traceMetadata() });

/** A row that the rule decides by heat alone. */
const row = (delta: number, migration: number) => ({
  pid: 1,
  ts: 1,
  delta,
  migration,
  task_throttled: 0,
  task_affine: 1,
  task_running: 0,
  lb_active: 0,
  task_policy: 0,
  sd_share_capacity: 0,
  task_buddy: 0,
  sd_nr_balance_failed: 0,
  sd_cache_nice_tries: 1,
});

const disagreeing = (table: TraceTable, ns: number) => {
  let count = 0;
  const meta = traceMetadata({ tunables: { migration_cost_ns: ns } });
  for (let i = 0; i < table.rows; i++)
    if (ruleDecision({ ...table, meta }, i) !== table.numeric.migration[i]) count++;
  return count;
};

describe("the migration cost of a trace that does not say it", () => {
  it("lies within the bounds of its rows, and every cost within them replays all rows", () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.integer({ min: 2000, max: 10_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, cost, at) => {
          const table = ruleTrace(300, seed, { tunables: { migration_cost_ns: cost } });
          const { least, most } = conclude(table);
          expect(least ?? 0).to.be.at.most(cost);
          expect(most ?? Infinity).to.be.at.least(cost);
          if (least === null || most === null) return;
          expect(disagreeing(table, Math.floor(least + at * (most - least)))).to.equal(0);
          expect(disagreeing(table, least - 1) + disagreeing(table, most + 1)).to.be.at.least(2);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is the single round number that the rows allow", () => {
    expect(conclude(tableFromRows([row(3_990_000, 0), row(4_010_000, 1)]))).to.deep.equal({
      ns: 4_000_000,
      how: "inferred",
      least: 3_990_001,
      most: 4_010_000,
    });
  });

  it("is the kernel's default, assumed, where the rows allow that among others, or tell nothing", () => {
    expect(conclude(tableFromRows([row(390_000, 0), row(800_000, 1)]))).to.include({
      ns: 500_000,
      how: "assumed",
    });
    expect(conclude(tableFromRows([{ pid: 1, ts: 1, migration: 1 }]))).to.deep.equal({
      ns: 500_000,
      how: "assumed",
      least: null,
      most: null,
    });
  });

  it("is undecided where they allow several, or none", () => {
    for (const rows of [
      [row(1_100_000, 0), row(9_000_000, 1)],
      [row(2_000_000, 0), row(1_000_000, 1)],
      [row(5_000_000, 0)],
      [row(100_000, 1)],
    ])
      expect(conclude(tableFromRows(rows)).how).to.equal("undecided");
  });

  it("is not bounded by rows that heat did not decide", () => {
    const rows = [
      { ...row(10, 1), task_policy: 5 },
      { ...row(10, 1), sd_share_capacity: 1 },
      { ...row(10, 1), lb_active: 1 },
      { ...row(9e9, 0), task_running: 1 },
      { ...row(9e9, 0), task_affine: 0 },
      { ...row(9e9, 0), task_buddy: 1, dst_rq_nr_running: 1 },
      { ...row(9e9, 0), task_throttled: Number.NaN },
      { ...row(10, 1), lb_active: Number.NaN },
      { ...row(Number.NaN, 0) },
    ];
    expect(conclude(tableFromRows(rows))).to.include({ least: null, most: null });
  });

  it("is taken from metadata and user before any row is looked at", async () => {
    const none = (): TraceTable[] => expect.fail("no row is to be read");
    const meta = traceMetadata({ tunables: { migration_cost_ns: 7 } });
    expect(await settleMigrationCost(meta, "t", none)).to.include({ ns: 7, how: "recorded" });
    expect(await settleMigrationCost(traceMetadata(), "t", none, 9)).to.include({ ns: 9, how: "given" });
    expect((await inputErrorOf(() => settleMigrationCost(meta, "t", none, 9))).message).to.match(
      /t: the trace says itself .*\(option migrationCost\); found "9ns"; expected 7ns, as recorded/,
    );
  });

  it("is stored when somebody said it or the rows told it, never when it is assumed", () => {
    const bounds = { least: 3_990_001, most: 4_010_000 };
    const stored = (how: "given" | "inferred" | "assumed" | "undecided") =>
      recordCost(traceMetadata(), { ns: 4_000_000, how, ...bounds });
    expect(stored("given")).to.deep.include({ tunables: { migration_cost_ns: 4_000_000 }, notes: {} });
    expect(stored("inferred")).to.deep.include({
      tunables: { migration_cost_ns: 4_000_000 },
      notes: { migration_cost: "inferred from the rows: 3.990001ms to 4.01ms" },
    });
    for (const how of ["assumed", "undecided"] as const) expect(stored(how).tunables).to.deep.equal({});
  });

  it("is said in words that give the next step", () => {
    const say = (rows: object[]) => costRemark(conclude(tableFromRows(rows)), "t.csv");
    expect(say([row(3_990_000, 0), row(4_010_000, 1)])).to.equal(
      "t.csv: the migration cost is not recorded; the rows say 4ms (3.990001ms to 4.01ms)",
    );
    expect(say([])).to.match(
      /no row tells it: the kernel's default of 500us is assumed; say which was in force/,
    );
    expect(say([row(390_000, 0), row(800_000, 1)])).to.match(
      /the rows allow 390\.001us to 800us: .*500us is assumed/,
    );
    expect(say([row(1_100_000, 0), row(9_000_000, 1)])).to.match(
      /allow 1\.100001ms to 9ms, but not .*say which was in force/,
    );
    expect(say([row(2_000_000, 0), row(1_000_000, 1)])).to.match(
      /none explains all rows \(hot at 2ms, cold at 1ms\)/,
    );
  });
});

describe("a recording without its sidecar", () => {
  const scratch = scratchFolder();
  const real = (name: string) => `traces/real/${name}.parquet`;

  for (const [name, cost] of [
    ["rtapp-nine-busy-cost4ms", 4_000_000],
    ["stress-mutex-cost4ms", 4_000_000],
    ["openssl-8x1-cost1ms", 1_000_000],
  ] as const)
    it(`of ${name} is imported with the cost that was in force, and replays`, async () => {
      await exportTrace(real(name), "csv", scratch(`${name}.csv`));
      rmSync(scratch(`${name}.json`)); // the metadata beside it
      const result = await importTrace(scratch(`${name}.csv`), scratch(`${name}.parquet`));
      expect(result.migrationCost).to.include({ ns: cost, how: "inferred" });
      expect(result.warnings.join()).to.match(/the migration cost is not recorded; the rows say/);
      const table = await readParquet(scratch(`${name}.parquet`));
      expect(table.meta.tunables).to.deep.equal({ migration_cost_ns: cost });
      const checker = new TraceChecker();
      checker.observe(table);
      expect(checker.finish()).to.include({ disagree: 0, agree: table.rows });
    });

  it("is learnt from with that cost, so that the rule and coldness are right", async () => {
    const table = withoutCost(await readParquet(real("rtapp-nine-busy-cost4ms")));
    writeParquet(scratch("bare.parquet"), table);
    const [read] = await readTraces([scratch("bare.parquet")]);
    expect(read.meta.tunables.migration_cost_ns).to.equal(4_000_000);
    const [told] = await readTraces([scratch("bare.parquet")], undefined, 3_000_000);
    expect(told.meta.tunables.migration_cost_ns).to.equal(3_000_000);
  });

  it("is refused by what learns where nobody can tell the cost", async () => {
    const rows = [row(1_100_000, 0), row(9_000_000, 1)];
    await writeCsv(scratch("open.csv"), [tableFromRows(rows)]);
    expect((await inputErrorOf(() => readTraces([scratch("open.csv")]))).message).to.match(
      /open\.csv: the migration cost is not recorded, .*rows that allow 1\.100001ms to 9ms.*Give it, such as 4ms/,
    );
    expect(await readTraces([scratch("open.csv")], undefined, 4_000_000)).to.have.length(1);
  });

  it("with a sidecar has the sidecar's cost", async () => {
    writeFileSync(scratch("said.json"), '{"source":"kernel","migration_cost_ns":3000000}');
    await writeCsv(scratch("said.csv"), [tableFromRows([row(3_990_000, 0), row(4_010_000, 1)])]);
    const result = await importTrace(scratch("said.csv"), scratch("said.parquet"));
    expect(result.migrationCost).to.include({ ns: 3_000_000, how: "recorded" });
    expect(result.warnings).to.deep.equal([]);
  });
});
