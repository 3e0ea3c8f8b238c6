import { expect } from "chai";
import { sentenceOf } from "../../traces/sentence.ts";
import { rowAt, tableFromRows } from "../../traces/table.ts";

const BASE = {
  pid: 1007,
  ts: 1_234_567_000,
  comm: "hog-3",
  src_cpu: 2,
  dst_cpu: 5,
  sd_level: "MC",
  cpu_idle: 0,
  cpu_newly_idle: 1,
  delta: 310_000,
  sd_nr_balance_failed: 3,
  sd_cache_nice_tries: 1,
};
const say = (more: object, costNs = 500_000) =>
  sentenceOf(rowAt(tableFromRows([{ ...BASE, ...more }]), 0), costNs);

describe("decisions in words", () => {
  it("say who was forced, when, whereto and why, with delta and cost", () => {
    expect(say({ migration: 2, reason: "forced", detached: 1 })).to.equal(
      "1.234567 s  hog-3 (pid 1007): CPU 2 → 5 (MC, newly idle), forced: hot (ran 0.31 ms ago, cost 0.5 ms), 3 balances failed, 1 tolerated, then detached",
    );
  });

  it("say the other reasons as plainly", () => {
    const end = (more: object, costNs?: number) => say(more, costNs).replace(/^.*?\), /, "");
    const cases: [object, string][] = [
      [
        { migration: 0, reason: "hot_refused", sd_nr_balance_failed: 1 },
        "stays: hot (ran 0.31 ms ago, cost 0.5 ms), 1 balance failed, 1 tolerated",
      ],
      [
        { migration: 1, reason: "cold", delta: 2_000_001, detached: 0 },
        "migrates: cold (ran 2.000001 ms ago, cost 0.5 ms), but not detached",
      ],
      [
        { migration: 1, reason: "cold", sd_share_capacity: 1 },
        "migrates: cold (siblings of a core share its caches)",
      ],
      [{ migration: 1, reason: "cold", task_policy: 5 }, "migrates: cold (SCHED_IDLE never counts as hot)"],
      [
        { migration: 1, reason: "cold", start_runtime: 0, task_nr_migrations: 2 },
        "migrates: cold (it has migrated and not run since)",
      ],
      [{ migration: 1, reason: "active" }, "migrates: active balance, which asks for no heat"],
      [{ migration: 0, reason: "running" }, "stays: it runs"],
      [{ migration: 0, reason: "affinity" }, "stays: it may not run on CPU 5"],
      [{ migration: 0, reason: "throttled" }, "stays: its group is throttled"],
      [{ migration: 0, reason: "percpu_kthread" }, "stays: a kernel thread that belongs to its CPU"],
      [
        { migration: 2, reason: "forced", delta: 9e9, task_buddy: 1, dst_rq_nr_running: 1 },
        "forced: hot (a buddy; ran 9 s ago, cost 0.5 ms), 3 balances failed, 1 tolerated",
      ],
    ];
    for (const [row, expected] of cases) {
      const said = end(row);
      expect(said.slice(said.indexOf(expected.split(":")[0])), expected).to.equal(expected);
    }
  });

  it("say nothing of what a row does not know", () => {
    const bare = (more: object) =>
      sentenceOf(rowAt(tableFromRows([{ pid: 7, ts: 5_000, ...more }]), 0), 500_000);
    expect(bare({ migration: 0 })).to.equal(
      "0.000005 s  <...> (pid 7): CPU ? → ?, stays, for a reason that is not recorded",
    );
    expect(bare({ migration: 1, dst_cpu: 3 })).to.equal(
      "0.000005 s  <...> (pid 7): CPU ? → 3, migrates, for a reason that is not recorded",
    );
    expect(bare({ migration: 2 })).to.equal("0.000005 s  <...> (pid 7): CPU ? → ?, forced: hot");
  });

  it("name the run, and let no name steer the terminal", () => {
    expect(say({ migration: 0, reason: "running", run: "monday", comm: "a\u001b[31m\u202eb\n" })).to.match(
      /^\[monday\] 1\.234567 s {2}a\\x1b\[31m\\u202eb\\x0a \(pid 1007\)/,
    );
  });

  it("say costs that are no times", () => {
    expect(say({ migration: 2, reason: "forced" }, -1)).to.contain("cost -1 (everything is hot)");
  });
});
