import { expect } from "chai";
import steer from "../../../examples/control.ts";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import { SchedulerCore } from "../../../sim/core.ts";
import type { ControlQuery, SettingChanges } from "../../../sim/policy/control.ts";
import { cfs } from "../../../sim/policy/stock.ts";
import { simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";
import { InputError } from "../../../traces/input-error.ts";
import type { TraceRow } from "../../../traces/schema.ts";

const MS = 1_000_000;

function run(
  control: (query: ControlQuery) => SettingChanges | undefined,
  { everyNs = 10 * MS, hz = 250, durationNs = 100 * MS, chip = "i5-1035g1", workload = "convolution" } = {},
) {
  const queries: ControlQuery[] = [];
  const rows: TraceRow[] = [];
  const result = simulate({
    workload: modelNamed(workload).workload(),
    topology: presetTopology(chip),
    seed: "1",
    durationNs,
    tunables: { hz },
    policy: () => ({
      name: "test",
      everyNs,
      control(query) {
        queries.push(query);
        return control(query);
      },
    }),
    onDecision: (row) => rows.push({ ...row }),
  });
  return { queries, rows, result };
}

describe("a policy's control()", () => {
  it("is called at the first tick after each period, however the two go together", () => {
    const times = (everyNs: number, hz: number) =>
      run(() => undefined, { everyNs, hz }).queries.map(({ now }) => now / MS);
    expect(times(10 * MS, 250)).to.deep.equal([12, 20, 32, 40, 52, 60, 72, 80, 92, 100]);
    expect(times(1 * MS, 100)).to.deep.equal([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(times(50 * MS, 1000)).to.deep.equal([50, 100]);
    expect(times(200 * MS, 250)).to.deep.equal([]);
  });

  it("changes settings from then on: the decisions after it follow", () => {
    const { rows, result } = run(
      ({ now }) => (now === 1000 * MS ? { migrationCostNs: -1, cacheNiceTries: { MC: 7 } } : undefined),
      { everyNs: 500 * MS, durationNs: 2000 * MS },
    );
    const [before, after] = [
      rows.filter(({ ts }) => ts <= 1000 * MS),
      rows.filter(({ ts }) => ts > 1000 * MS),
    ];
    const inCache = (row: TraceRow) => row.sd_level === "MC";
    expect(new Set(before.filter(inCache).map((row) => row.sd_cache_nice_tries))).to.deep.equal(new Set([1]));
    expect(new Set(after.filter(inCache).map((row) => row.sd_cache_nice_tries))).to.deep.equal(new Set([7]));
    // with -1 every task is hot, save between the threads of a core and under active balance
    expect(before.filter(inCache).filter(({ reason }) => reason === "cold").length).to.be.greaterThan(0);
    expect(after.filter(inCache).filter(({ reason }) => reason === "cold").length).to.equal(0);
    expect(result.policyCalls).to.equal(4);
  });

  it("that changes settings before anything happens is a run with these settings", () => {
    const durationNs = 60 * MS;
    const given = { migrationCostNs: 3 * MS, latencyNs: 5 * MS, minGranularityNs: 2 * MS, nrMigrate: 1 };
    const trace = (tunables: object, early: SettingChanges | undefined) => {
      const lines: string[] = [];
      const topology = presetTopology("i5-1035g1");
      const core = (options: ConstructorParameters<typeof SchedulerCore>[0]) => {
        const made = new SchedulerCore(options);
        if (early) made.set(early);
        return made;
      };
      simulate({
        workload: modelNamed("convolution").workload(),
        topology,
        seed: "1",
        durationNs,
        tunables,
        makeCore: core,
        onTimeline: (event) => lines.push(JSON.stringify(event)),
      });
      return lines;
    };
    // what a new queue expects of its idle time was computed of the cost at boot: leave that out
    const { migrationCostNs: _, ...others } = given;
    expect(trace({}, others)).to.deep.equal(trace(others, undefined));
    expect(trace({}, others)).to.not.deep.equal(trace({}, undefined));
  });

  it("sees counters that end where those of the result do", () => {
    const { queries, result } = run(() => undefined, { workload: "database", durationNs: 100 * MS });
    const { counters } = queries.at(-1)!;
    expect(counters.migrations).to.deep.equal(result.migrations);
    expect(counters.decisions).to.deep.equal(result.decisions);
    expect(counters.detached).to.deep.equal(result.detached);
    expect(counters).to.include({
      switches: result.eventsByKind.switches,
      wakeups: result.eventsByKind.wakeups,
      units: result.work.units,
    });
    for (const name of ["busyNs", "lostNs", "refillNs", "waitNs"] as const) {
      const end = name === "busyNs" ? result.totals.runNs : result.totals[name];
      expect(counters[name], name).to.be.within(0.9 * end, end);
    }
    expect(counters.busyNs + counters.idleNs).to.equal(100 * MS * 8);
  });

  it("sees the settings of the chip's levels", () => {
    const { queries } = run(() => undefined, { everyNs: 50 * MS, chip: "128x2", durationNs: 52 * MS });
    expect(queries[0].settings).to.deep.equal({
      latencyNs: 24 * MS,
      minGranularityNs: 3 * MS,
      wakeupGranularityNs: 4 * MS,
      migrationCostNs: 500_000,
      nrMigrate: 32,
      cacheNiceTries: { SMT: 0, MC: 1, DIE: 1, NUMA: 2 },
      imbalancePct: { SMT: 110, MC: 117, DIE: 117, NUMA: 117 },
    });
  });

  it("may not set what there is not", () => {
    for (const [wrong, message] of [
      [{ migrationCostNs: -2 }, /\(field migrationCostNs\); found -2; expected a whole number, -1 to/],
      [{ niceTries: 2 }, /\(field niceTries\); found "a name that nothing has"/],
      [{ imbalancePct: { SMT: 1e6 } }, /\(field imbalancePct\.SMT\)/],
    ] as const) {
      expect(() => run(() => wrong as SettingChanges)).to.throw(InputError, message);
      const core = new SchedulerCore({ topology: presetTopology("i5-1035g1"), policy: cfs()({} as never) });
      const before = core.settings;
      expect(() => core.set(wrong as SettingChanges)).to.throw(InputError, message);
      expect(core.settings).to.deep.equal(before);
    }
  });

  it("in the example keeps the migration cost within its limits, and moves it", () => {
    const costs = new Set<number>();
    const policy = steer({} as never);
    run(
      (query) => {
        costs.add(query.settings.migrationCostNs);
        return policy.control!(query);
      },
      { everyNs: policy.everyNs, durationNs: 2000 * MS },
    );
    expect(costs.size).to.be.greaterThan(3);
    expect(Math.min(...costs)).to.be.at.least(50_000);
    expect(Math.max(...costs)).to.be.at.most(50_000_000);
  });
});
