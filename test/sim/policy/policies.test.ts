import { expect } from "chai";
import { hardware } from "../../../sim/chip/hardware.ts";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import { SchedulerCore } from "../../../sim/core.ts";
import { model, premigrate } from "../../../sim/policy/learned.ts";
import { Future, oracle } from "../../../sim/policy/oracle.ts";
import type { MigrationQuery, Policy, PolicyFactory, PolicyHost } from "../../../sim/policy/policy.ts";
import { always, cfs, neverHot } from "../../../sim/policy/stock.ts";
import { simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";
import { InputError } from "../../../traces/input-error.ts";
import type { TraceRow } from "../../../traces/schema.ts";

const run = (policy?: PolicyFactory, seconds = 20, onDecision?: (row: TraceRow) => void, tunables = {}) =>
  simulate({
    workload: modelNamed("convolution").workload(),
    topology: presetTopology("i5-1035g1"),
    seed: "1",
    durationNs: seconds * 1e9,
    hardware: hardware(),
    policy,
    tunables,
    onDecision,
  });

const rowsUnder = (policy?: PolicyFactory, tunables = {}) => {
  const rows: string[] = [];
  run(policy, 10, (row) => rows.push(JSON.stringify(row)), tunables);
  return rows;
};

describe("policies", () => {
  let stock: ReturnType<typeof run>;
  before(() => {
    stock = run();
  });

  it("cfs as a policy decides every call as the core's own rule does", () => {
    expect(stock.decisions.forced, "forced migrations in this load").to.be.greaterThan(0);
    expect(rowsUnder(cfs())).to.deep.equal(rowsUnder());
  });

  it("cfs with other nice tries forces exactly the hot tasks of domains that failed more often", () => {
    let forced = 0;
    const observe = (row: TraceRow) => {
      if (row.reason === "forced") {
        forced++;
        expect(row.sd_nr_balance_failed).to.be.greaterThan(3);
      }
      if (row.reason === "hot_refused") expect(row.sd_nr_balance_failed).to.be.at.most(3);
    };
    run(cfs({ niceTries: 3 }), 60, observe, { migrationCostNs: 2_000_000 });
    expect(forced).to.be.greaterThan(0);
  });

  it("never-hot forces nothing, always refuses nothing", () => {
    const never = run(neverHot);
    expect(never.decisions.forced).to.equal(0);
    expect(never.decisions.hot_refused).to.be.greaterThan(0);
    const all = run(always);
    expect(all.decisions.hot_refused).to.equal(0);
    expect(all.decisions.forced).to.be.greaterThan(stock.decisions.forced);
  });

  it("the hard refusals are never asked of a policy", () => {
    const asked: MigrationQuery["row"][] = [];
    run(
      () => ({
        name: "watch",
        decide(query) {
          asked.push({ ...query.row });
          return 0;
        },
      }),
      2,
    );
    expect(asked.length).to.be.greaterThan(0);
    for (const row of asked)
      expect([row.task_running, row.task_throttled, row.task_affine]).to.deep.equal([0, 0, 1]);
  });

  it("model decides alone, except under active balance", () => {
    const yes = run(
      model(() => true),
      5,
    );
    expect(yes.decisions.hot_refused).to.equal(0);
    let active = 0;
    run(
      model(() => false),
      20,
      (row) => {
        expect(row.migration, row.reason).to.equal(row.reason === "active" ? 1 : 0);
        active += row.migration;
      },
    );
    expect(active).to.be.greaterThan(0);
  });

  it("premigrate without predictions is the stock rule, with them it moves hot tasks early", () => {
    const rows: string[] = [];
    run(
      premigrate(() => false),
      10,
      (row) => rows.push(JSON.stringify(row)),
    );
    expect(rows).to.deep.equal(rowsUnder());
    let early = 0;
    run(
      premigrate(() => true),
      10,
      (row) => {
        if (row.reason === "forced" && row.sd_nr_balance_failed <= row.sd_cache_nice_tries) early++;
      },
    );
    expect(early).to.be.greaterThan(0);
  });

  it("learned ones run their inference exactly where they say that they ask it", () => {
    for (const learned of [model, premigrate]) {
      let inferences = 0;
      let asked = 0;
      let calls = 0;
      const factory = learned(() => ++inferences % 2 === 0);
      run((...given) => {
        const policy = factory(...given);
        return {
          ...policy,
          decide(query) {
            calls++;
            if (policy.asks?.(query)) asked++;
            return policy.decide!(query);
          },
        };
      }, 5);
      expect(asked).to.equal(inferences).and.to.be.within(1, calls);
    }
  });

  it("the oracle knows from a first pass which moves will be forced, and makes the first of them early", () => {
    const future = new Future();
    const first: TraceRow[] = [];
    run(undefined, 60, (row) => {
      future.observe(row);
      first.push({ ...row });
    });
    expect(future.size).to.be.greaterThan(0);
    const keyed = first.filter((row) => future.willBeForced(row));
    const histories = keyed.filter((row) => row.reason === "hot_refused");
    expect(histories.length, "refusals that were forced later").to.be.greaterThan(0);
    const second: TraceRow[] = [];
    run(oracle(future), 60, (row) => second.push({ ...row }));
    const differs = first.findIndex((row, i) => row.migration !== second[i].migration);
    const { pid, ts, reason } = first[differs];
    expect(reason).to.equal("hot_refused");
    expect(second[differs]).to.include({ pid, ts, migration: 2 });
    expect(future.willBeForced(first[differs])).to.equal(true);
  });

  it("a policy may keep state and gets its own random numbers, the same for the same seed", () => {
    const coin: PolicyFactory = ({ chip, random }) => {
      expect(chip).to.include({ name: "i5-1035g1", cpus: 8 });
      expect(chip.coreOf[0]).to.equal(chip.coreOf[1]);
      return { name: "coin", decide: () => (random() < 0.5 ? 0 : 1) };
    };
    expect(rowsUnder(coin)).to.deep.equal(rowsUnder(coin));
  });

  it("a policy without operations is the stock rule, and is not asked", () => {
    expect(rowsUnder(() => ({ name: "nothing" }))).to.deep.equal(rowsUnder());
    expect(run(() => ({ name: "nothing" }), 2)).to.include({ policy: "nothing", policyCalls: 0 });
  });

  it("an operation that is no function, and a control() that does not say how often, are refused by name", () => {
    for (const [wrong, message] of [
      [{ decide: 1 }, /is no function \(field decide\); found 1$/],
      [{ control() {} }, /how often it controls \(field everyNs\); expected a whole number of ns, at least/],
      [{ control() {}, everyNs: 999_999 }, /found 999999/],
      [{ control() {}, everyNs: 1e6 + 0.5 }, /found 1000000\.5/],
      [{ control() {}, everyNs: "20ms" }, /found "20ms"/],
      [{ palce: () => 0 }, /^unknown operation palce\. Did you mean place\?$/],
      [{ everyNs: 1e6 }, /\(field everyNs\); found 1000000; expected control\(\) beside it/],
    ] as const) {
      const policy = { name: "wrong", ...wrong } as unknown as Policy;
      expect(() => run(() => policy, 2)).to.throw(InputError, message);
      expect(() => new SchedulerCore({ topology: presetTopology("8x1"), policy })).to.throw(
        InputError,
        message,
      );
    }
  });

  it("an operation keeps its `this`", () => {
    class Counter {
      readonly name = "counter";
      calls = 0;
      decide() {
        this.calls++;
        return 1 as const;
      }
    }
    const counter = new Counter();
    const { policyCalls } = run(() => counter, 2);
    expect(policyCalls).to.equal(counter.calls).and.be.greaterThan(0);
  });

  it("the host tells the time, the tunables in force and the values of declared parameters", () => {
    let host: PolicyHost | undefined;
    const times: number[][] = [];
    const curious: PolicyFactory = Object.assign(
      (given: PolicyHost) => {
        host = given;
        return {
          name: "curious",
          decide(q: MigrationQuery) {
            times.push([q.now, given.now()]);
            return 1 as const;
          },
        };
      },
      {
        parameters: {
          least: { value: 3, unit: "", min: 0, max: 9, about: "a count" },
          wait: { value: 5, unit: "ns", min: 0, max: 9, about: "a time" },
        },
      },
    );
    const options = {
      topology: presetTopology("i5-1035g1"),
      workload: modelNamed("convolution").workload(),
      seed: "1",
      durationNs: 1e9,
      policy: curious,
      tunables: { migrationCostNs: 7 },
    };
    simulate({ ...options, policyParameters: { least: 0 } });
    expect(host!.parameters).to.deep.equal({ least: 0, wait: 5 });
    expect(host!.tunables).to.include({ migrationCostNs: 7, hz: 250 });
    expect(times.length).to.be.greaterThan(0);
    for (const [asked, told] of times) expect(told).to.equal(asked);
    for (const [given, message] of [
      [{ most: 1 }, /no such parameter \(field most\); expected one of least, wait/],
      [{ least: 10 }, /out of range \(field least\); found 10; expected an integer 0\.\.9/],
    ] as const)
      expect(() => simulate({ ...options, policyParameters: given })).to.throw(InputError, message);
  });
});
