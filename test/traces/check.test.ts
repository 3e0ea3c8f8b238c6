import { expect } from "chai";
import { isSound, TraceChecker } from "../../traces/check.ts";
import type { TraceRow } from "../../traces/schema.ts";
import { sliceTable, tableFromRows } from "../../traces/table.ts";
import { plausibleTable } from "./arbitraries.ts";

const check = (rows: Partial<TraceRow>[]) => {
  const checker = new TraceChecker();
  checker.observe(tableFromRows(rows));
  return checker.finish();
};

/** A cold task, known in all that matters. */
const COLD: Partial<TraceRow> = {
  pid: 7,
  ts: 100,
  migration: 1,
  src_cpu: 0,
  dst_cpu: 1,
  delta: 1e9,
  task_affine: 1,
  task_running: 0,
  task_throttled: 0,
  lb_active: 0,
  task_policy: 0,
  sd_share_capacity: 0,
  task_buddy: 0,
  dst_rq_nr_running: 0,
  sd_nr_balance_failed: 0,
  sd_cache_nice_tries: 1,
  reason: "cold",
};

describe("checking traces", () => {
  it("finds a sound trace sound, in one piece or in chunks", () => {
    const table = plausibleTable(3000);
    const whole = new TraceChecker();
    whole.observe(table);
    const parts = new TraceChecker();
    for (let at = 0; at < table.rows; at += 700) parts.observe(sliceTable(table, at, at + 700));
    expect(whole.finish()).to.deep.equal(parts.finish());
    expect(whole.finish()).to.include({ rows: 3000, agree: 3000, disagree: 0, undecided: 0, impossible: 0 });
    expect(isSound(whole.finish())).to.equal(true);
  });

  it("finds a decision that the context contradicts", () => {
    const result = check([COLD, { ...COLD, ts: 101, migration: 0, reason: "" }]);
    expect(result).to.include({ agree: 1, disagree: 1 });
    expect(result.findings).to.deep.equal([
      { row: 2, kind: "decision", message: "migration is 0, the rule says migrate" },
    ]);
    expect(isSound(result)).to.equal(false);
  });

  it("finds a reason that is not the rule's", () => {
    const result = check([{ ...COLD, reason: "active" }]);
    expect(result).to.include({ agree: 1, reasonMismatch: 1 });
    expect(isSound(result)).to.equal(false);
  });

  it("finds a reason that goes with another decision, however little else is known", () => {
    const result = check([
      { pid: 1, ts: 1, migration: 0, reason: "forced" },
      { pid: 1, ts: 2, migration: 2, reason: "cold" },
      { pid: 1, ts: 3, migration: 1, reason: "active" },
    ]);
    expect(result).to.include({ undecided: 3, reasonMismatch: 2 });
    expect(result.findings).to.deep.equal([
      {
        row: 1,
        kind: "reason",
        message: "reason is forced, which goes with migration 2, but migration is 0",
      },
      { row: 2, kind: "reason", message: "reason is cold, which goes with migration 1, but migration is 2" },
    ]);
    expect(isSound(result)).to.equal(false);
  });

  it("takes a row without a decision for undecided", () => {
    const result = check([{ ...COLD, migration: Number.NaN }]);
    expect(result).to.include({ disagree: 0, undecided: 1, reasonMismatch: 0, impossible: 1 });
    expect(result.findings).to.deep.equal([{ row: 1, kind: "impossible", message: "migration is unknown" }]);
  });

  it("names impossible texts without obeying them", () => {
    const { findings } = check([{ ...COLD, reason: "\u001b[2J" }]);
    expect(findings[0].message).to.match(/^reason is \\x1b\[2J, but it is throttled, /);
  });

  it("does not judge a row whose context is unknown", () => {
    const result = check([
      { pid: 1, ts: 1, migration: 0 },
      { pid: 1, ts: 2, migration: 2 },
    ]);
    expect(result).to.include({ undecided: 2, disagree: 0 });
    expect(isSound(result)).to.equal(true);
  });

  it("finds a clock that goes back on one CPU, but not between CPUs", () => {
    const sound = check([COLD, { ...COLD, src_cpu: 2, ts: 50 }, { ...COLD, ts: 100 }]);
    expect(sound.clockErrors).to.equal(0);
    const broken = check([COLD, { ...COLD, ts: 99 }, { ...COLD, ts: 99 }, { ...COLD, ts: 100 }]);
    expect(broken.clockErrors).to.equal(2);
    expect(broken.findings[0]).to.include({ row: 2, kind: "clock" });
  });

  const impossible: [string, Partial<TraceRow>, RegExp][] = [
    ["an unknown decision", { migration: Number.NaN }, /migration is unknown/],
    ["a decision of 3", { migration: 3 }, /migration is 3/],
    ["a flag of 2", { cpu_idle: 2 }, /cpu_idle is 2/],
    ["the idle task", { pid: 0 }, /pid is 0/],
    ["a negative load", { src_rq_load: -1 }, /src_rq_load is -1/],
    ["a nice value of 20", { task_nice: 20 }, /task_nice is 20, but it is -20 to 19/],
    ["a real-time policy", { task_policy: 1 }, /task_policy is 1/],
    ["a move to the same CPU", { dst_cpu: 0 }, /both 0/],
    ["a CPU idle and newly idle", { cpu_idle: 1, cpu_newly_idle: 1 }, /both set/],
    [
      "a task that was to stay and left",
      { task_running: 1, migration: 0, reason: "running", detached: 1 },
      /detached although/,
    ],
    ["a reason nobody knows", { reason: "whim" }, /reason is whim/],
    ["a balance of unknown type", { lb_migration_type: "migrate_all" }, /lb_migration_type is migrate_all/],
  ];
  for (const [what, change, message] of impossible)
    it(`finds ${what} impossible`, () => {
      const result = check([{ ...COLD, ...change }]);
      expect(result.impossible).to.equal(1);
      expect(result.findings.find((f) => f.kind === "impossible")?.message).to.match(message);
      expect(isSound(result)).to.equal(false);
    });

  it("reports lost records, which are no fault of the rows that are there", () => {
    const table = tableFromRows([COLD]);
    table.meta = { ...table.meta, lostRecords: 9 };
    const checker = new TraceChecker();
    checker.observe(table);
    expect(checker.finish().lost).to.equal(9);
    expect(isSound(checker.finish())).to.equal(true);
  });

  it("keeps the first findings only, and counts them all", () => {
    const result = check(
      Array.from({ length: 50 }, (_, i) => ({ ...COLD, ts: i, migration: 0, reason: "" })),
    );
    expect(result.disagree).to.equal(50);
    expect(result.findings).to.have.length(20);
  });
});
