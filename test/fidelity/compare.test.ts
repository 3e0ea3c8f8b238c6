import { expect } from "chai";
import fc from "fast-check";
import {
  compare as compareSides,
  type Range,
  realSide,
  sideOf,
  verdictCounts,
  verdictOf,
} from "../../fidelity/compare.ts";
import { type Family, metricsOf, RUN_TIME } from "../../fidelity/metrics.ts";
import { type Observation, ownTasks } from "../../fidelity/observation.ts";
import { isFaithful, parseResult } from "../../fidelity/result.ts";
import { TOLERANCES } from "../../fidelity/tolerances.ts";
import { InputError } from "../../traces/input-error.ts";
import type { Schedstat } from "../../traces/schedstat.ts";
import type { TraceRow } from "../../traces/schema.ts";
import { tableFromRows } from "../../traces/table.ts";

const passes = (count: number) => ({ count, failed: 0, gained: count / 2, hotGained: 0 });

function counted(runNs: number): Schedstat {
  return {
    ...{ switches: 1000, toIdle: 100, wakeups: 500, runNs, waitNs: 5e9 },
    domains: [{ passes: { idle: passes(40), busy: passes(200), newlyIdle: passes(20) }, pushed: 0 }],
  };
}

const row = (of: Partial<TraceRow>): Partial<TraceRow> => ({
  ...{
    pid: 7,
    comm: "hog-0",
    reason: "cold",
    migration: 1,
    task_running: 0,
    delta: 5e6,
    task_nr_migrations: 0,
  },
  ...{ imbalance: 1, src_rq_nr_running: 2, src_rq_load: 1, task_load_avg: 1, task_util_avg: 1 },
  ...{ sd_nr_balance_failed: 0, cpu_idle: 0, cpu_newly_idle: 0, detached: 0 },
  ...of,
});

function observation(rows: Partial<TraceRow>[], runNs = 40e9): Observation {
  return {
    seconds: 5,
    decisions: tableFromRows(rows.map(row) as TraceRow[]),
    counted: counted(runNs),
    own: { runNs, waitNs: 5e9 },
    levels: ["MC"],
    isOwn: ownTasks(["hog"]),
  };
}

const compare = (simulated: Observation[], real: Observation[]) => compareSides(simulated, sideOf(real));

const range = fc
  .tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true }))
  .map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);
const families = Object.keys(TOLERANCES) as Family[];

describe("the metrics of a run", () => {
  const named = (rows: Partial<TraceRow>[]) =>
    new Map(metricsOf(observation(rows)).map(({ name, value }) => [name, value]));

  it("count the calls for the workload's own tasks, with their reasons, per second and per thousand", () => {
    const rows = [
      ...[{}, {}, {}, { reason: "forced" }, { reason: "running", task_running: 1 }].map((of) => of as object),
      { comm: "kworker/0:1", reason: "percpu_kthread" },
    ];
    const metrics = named(rows);
    expect(metrics.get("calls/s")).to.equal(1);
    expect(metrics.get("cold %")).to.equal(60);
    expect(metrics.get("percpu_kthread %")).to.equal(0);
    expect(metrics.get("forced per 1000")).to.equal(200);
  });

  it("take moves from the tasks' own counters, each task for itself", () => {
    const moves = [
      [1, 3],
      [2, 100],
      [1, 5],
      [2, 101],
      [1, 13],
    ].map(([pid, task_nr_migrations]) => ({ pid, task_nr_migrations }));
    expect(named(moves).get("migrations/s")).to.equal((10 + 1) / 5);
  });

  it("take quantiles over tasks that did not run, and no delta for longer than a second", () => {
    const metrics = named([{ delta: 2e6 }, { delta: 4e6 }, { delta: 1e12 }, { delta: 1, task_running: 1 }]);
    expect(metrics.get("delta p10 ms")).to.equal(2);
    expect(metrics.get("delta p50 ms")).to.equal(4);
    expect(metrics.get("delta p90 ms")).to.equal(1000);
  });

  it("name the kernel's counters by level and kind", () => {
    const metrics = named([]);
    expect(metrics.get("MC busy passes/s")).to.equal(40);
    expect(metrics.get("MC newly idle gained/s")).to.equal(2);
    expect(metrics.get("wait s/s")).to.equal(1);
    expect(metrics.get(RUN_TIME)).to.equal(8);
    expect([...metrics.values()].every(Number.isFinite), "finite without a call").to.equal(true);
  });

  it("know a thread of rt-app by the name that it has in the kernel and in the simulator", () => {
    const own = ownTasks(["hog", "a-very-long-name-of-a-task"]);
    for (const comm of ["hog", "hog-0", "hog-3-12", "a-very-long-nam"])
      expect(own(comm), comm).to.equal(true);
    for (const comm of ["hogs", "python3", "kworker/7:0H", "ho"]) expect(own(comm), comm).to.equal(false);
  });
});

describe("the verdict", () => {
  it("is that equal ranges never differ, and narrow ones agree", () => {
    fc.assert(
      fc.property(fc.constantFrom(...families), range, (family, both) => {
        expect(verdictOf({ family }, both, both)).not.to.equal("differs");
        expect(verdictOf({ family }, [both[0], both[0]], [both[0], both[0]])).to.equal("agrees");
      }),
    );
  });

  it("is difference exactly from the tolerance on, above and below", () => {
    for (const family of families) {
      const { percent, floor } = TOLERANCES[family];
      const real = 1000 * floor;
      const allowed = (percent / 100) * real;
      const at = (value: number) => verdictOf({ family }, [value, value], [real, real]);
      expect([at(real + allowed - 1e-6), at(real - allowed + 1e-6)]).to.deep.equal(["agrees", "agrees"]);
      expect([at(real + allowed + 1e-6), at(real - allowed - 1e-6)]).to.deep.equal(["differs", "differs"]);
      expect(verdictOf({ family }, [floor, floor], [0, 0]), "the floor").to.equal("agrees");
    }
  });

  it("is no agreement where a range is so wide that anything would be in it", () => {
    expect(verdictOf({ family: "rate" }, [0, 900], [100, 100])).to.equal("cannot tell");
    expect(verdictOf({ family: "rate" }, [100, 100], [0, 900])).to.equal("cannot tell");
  });
});

describe("a comparison", () => {
  const many = (n: number, of: Partial<TraceRow> = {}) => Array.from({ length: n }, () => of);

  it("agrees with itself in all that has events", () => {
    const one = observation(many(500));
    const compared = compare([one, one], [one]);
    expect(verdictCounts(compared).differs).to.equal(0);
    expect(compared.find(({ name }) => name === "calls/s")).to.deep.equal({
      ...{ name: "calls/s", simulated: [100, 100], real: [100, 100], events: [500, 500], verdict: "agrees" },
    });
  });

  it("finds out what is different, and nothing else", () => {
    const [sim, real] = [observation(many(500)), observation(many(500, { reason: "hot_refused" }))];
    const differing = compare([sim], [real]).flatMap((m) => (m.verdict === "differs" ? [m.name] : []));
    expect(differing).to.have.members(["cold %", "hot_refused %"]);
  });

  it("tells nothing of other metrics where the work was not the same", () => {
    const [sim, real] = [observation(many(500)), observation(many(50), 20e9)];
    const compared = compare([sim], [real]);
    expect(verdictCounts(compared)).to.deep.equal({
      agrees: 0,
      differs: 1,
      "cannot tell": compared.length - 1,
    });
    expect(compared.find(({ verdict }) => verdict === "differs")?.name).to.equal(RUN_TIME);
  });

  it("does not judge by a handful of events", () => {
    const [sim, real] = [observation(many(500)), observation([...many(499), { reason: "forced" }])];
    const forced = compare([sim], [real]).find(({ name }) => name === "forced per 1000");
    expect(forced?.verdict).to.equal("cannot tell");
  });

  it("is the same when its real side comes from what was stored", () => {
    const [sim, real] = [
      observation(many(500)),
      observation([...many(430), ...many(9, { reason: "forced" })]),
    ];
    const compared = compare([sim], [real, real]);
    expect(compareSides([sim], realSide(compared))).to.deep.equal(compared);
  });

  it("leaves out levels that only one side has, and needs a run of each", () => {
    const one = observation(many(20));
    const names = compare([one], [{ ...one, levels: ["SMT"] }]).map(({ name }) => name);
    expect(names.filter((name) => /^(MC|SMT)/.test(name))).to.deep.equal([]);
    expect(() => compare([], [one])).to.throw(RangeError);
    expect(() => compare([one], [])).to.throw(RangeError);
  });

  it("is faithful only if nothing differs and every control does", () => {
    const one = observation(many(500));
    const metrics = compare([one], [one]);
    expect(isFaithful({ metrics, controls: [{ name: "wrong", differs: 3 }] })).to.equal(true);
    expect(isFaithful({ metrics, controls: [{ name: "wrong", differs: 0 }] })).to.equal(false);
    expect(isFaithful({ metrics: compare([one], [observation(many(50))]), controls: [] })).to.equal(false);
  });
});

describe("a stored comparison", () => {
  const good = {
    ...{ workload: "a.json", workloadHash: "00", chip: "4x2", controls: [] },
    metrics: [{ name: "calls/s", simulated: [1, 2], real: [1, 1], events: [9, 9], verdict: "agrees" }],
  };

  it("is read back, and refused by field where it is none", () => {
    expect(parseResult(JSON.stringify(good), "a")).to.deep.equal(good);
    const metric = (change: object) => ({ ...good, metrics: [{ ...good.metrics[0], ...change }] });
    for (const [bad, what] of [
      ["{", /no JSON/],
      [JSON.stringify({ ...good, chip: 4 }), /chip: 4/],
      [JSON.stringify({ ...good, controls: 1 }), /no lists/],
      [JSON.stringify(metric({ real: [1] })), /metric calls\/s/],
      [JSON.stringify(metric({ verdict: "fine" })), /metric calls\/s/],
    ] as const)
      expect(() => parseResult(bad, "bad.json"), bad)
        .to.throw(InputError, what)
        .with.property("message")
        .that.contains("bad.json");
  });
});
