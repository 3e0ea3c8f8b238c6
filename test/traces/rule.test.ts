import { readdirSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { readParquet } from "../../traces/parquet.ts";
import { isHot, possibleDecisions, ruleDecision, ruleReason } from "../../traces/rule.ts";
import type { NumericColumn, TraceRow } from "../../traces/schema.ts";
import { tableFromRows } from "../../traces/table.ts";
import { type Context, completions, contextWithGaps } from "./rule-completions.ts";

const decide = (row: Context) => ruleDecision(tableFromRows([row as Partial<TraceRow>]), 0);

describe("the rule of can_migrate_task", () => {
  it("replays all 49,256 decisions of the real traces", async () => {
    const folder = new URL("../../traces/real/", import.meta.url);
    let rows = 0;
    let agree = 0;
    for (const name of readdirSync(folder).filter((n) => n.endsWith(".parquet"))) {
      const table = await readParquet(new URL(name, folder).pathname);
      for (let i = 0; i < table.rows; i++) {
        rows++;
        if (ruleDecision(table, i) === table.numeric.migration[i]) agree++;
      }
    }
    expect({ rows, agree }).to.deep.equal({ rows: 49_256, agree: 49_256 });
  });

  it("needs each part of the context that it looks at: without it, real rows are lost", async () => {
    const folder = new URL("../../traces/real/", import.meta.url);
    const load = (name: string) => readParquet(new URL(`${name}.parquet`, folder).pathname);
    const tables = await Promise.all(
      ["openssl-8x1-cost1ms", "stress-mutex-cost4ms", "sysbench-threads"].map(load),
    );
    const without = (name: NumericColumn, value: number) =>
      tables.reduce((lost, table) => {
        const changed = {
          ...table,
          numeric: { ...table.numeric, [name]: new Float64Array(table.rows).fill(value) },
        };
        for (let i = 0; i < table.rows; i++)
          if (ruleDecision(changed, i) !== table.numeric.migration[i]) lost++;
        return lost;
      }, 0);
    for (const [name, value] of [
      ["task_running", 0],
      ["task_affine", 1],
      ["lb_active", 0],
      ["sd_share_capacity", 0],
      ["task_buddy", 0],
      ["dst_rq_nr_running", 1],
      ["delta", 1e9],
      ["sd_nr_balance_failed", 0],
    ] as const)
      expect(without(name, value), name).to.be.greaterThan(0);
  });

  it("goes through its cases in the order of the kernel", () => {
    const cold = { task_affine: 1, delta: 500_000, sd_cache_nice_tries: 1, sd_nr_balance_failed: 2 };
    const reason = (row: Context) => ruleReason(tableFromRows([row as Partial<TraceRow>]), 0);
    expect(reason(cold)).to.equal("cold");
    const hot = { ...cold, delta: 499_999 };
    expect(reason(hot)).to.equal("forced");
    expect(reason({ ...hot, sd_nr_balance_failed: 1 })).to.equal("hot_refused");
    expect(reason({ ...hot, sd_share_capacity: 1 })).to.equal("cold");
    expect(reason({ ...hot, task_policy: 5 })).to.equal("cold");
    expect(reason({ ...cold, task_buddy: 1, dst_rq_nr_running: 1 })).to.equal("forced");
    expect(reason({ ...cold, task_buddy: 1, dst_rq_nr_running: 0 })).to.equal("cold");
    const active = { ...hot, lb_active: 1 };
    expect(reason(active)).to.equal("active");
    const running = { ...active, task_running: 1 };
    expect(reason(running)).to.equal("running");
    const pinned = { ...running, task_affine: 0 };
    expect(reason(pinned)).to.equal("affinity");
    const kthread = { ...pinned, task_percpu_kthread: 1 };
    expect(reason(kthread)).to.equal("percpu_kthread");
    expect(reason({ ...kthread, task_throttled: 1 })).to.equal("throttled");
  });

  it("knows the special values of the migration cost", () => {
    const hot = (cost: number, row: Context) => {
      const table = tableFromRows([row as Partial<TraceRow>]);
      table.meta = { ...table.meta, tunables: { migration_cost_ns: cost } };
      return isHot(table, 0);
    };
    expect(hot(-1, { delta: 1e12 })).to.equal(true);
    expect(hot(2 ** 32 - 1, { delta: 1e12 })).to.equal(true);
    expect(hot(0, { delta: -1 })).to.equal(false);
    expect(hot(0, { task_buddy: 1, dst_rq_nr_running: 1 })).to.equal(true);
    expect(hot(4_000_000, { delta: 3_999_999 })).to.equal(true);
  });

  it("says of rows with gaps exactly what their completions may be", () => {
    fc.assert(
      fc.property(contextWithGaps(4), (row) => {
        const possible = completions(row).reduce((bits, full) => bits | (1 << decide(full)), 0);
        expect(possibleDecisions(tableFromRows([row as Partial<TraceRow>]), 0)).to.equal(possible);
      }),
      { numRuns: 2000 },
    );
  });
});
