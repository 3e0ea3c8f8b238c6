import { expect } from "chai";
import { hardware } from "../../../sim/chip/hardware.ts";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import type { PolicyFactory, PolicyHost } from "../../../sim/policy/policy.ts";
import { cfs } from "../../../sim/policy/stock.ts";
import { simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";

/** The stock rule, which gives its thread `jobs` jobs at its first question; `done` is told when each is finished. */
const asking =
  (jobs: readonly number[], done: (at: number, host: PolicyHost) => void): PolicyFactory =>
  (host) => {
    const stock = cfs()(host);
    let asked = false;
    return {
      name: "asking",
      decide(query) {
        if (!asked) for (const ns of jobs) host.work(ns, () => done(host.now(), host));
        asked = true;
        return stock.decide!(query);
      },
    };
  };

const run = (policy: PolicyFactory, background = 0) =>
  simulate({
    workload: modelNamed("numeric").workload(),
    topology: presetTopology("8x1"),
    seed: "1",
    durationNs: 2e9,
    hardware: hardware(),
    background,
    policy,
  });

describe("a policy's thread", () => {
  it("does one job after the other in CPU time that others then do not have", () => {
    const ends: number[] = [];
    const result = run(asking([30e6, 20e6, 10e6], (at) => ends.push(at)));
    const thread = result.policyThread!;
    expect(thread.jobs).to.equal(3);
    expect(thread.runNs - thread.lostNs).to.be.within(60e6, 60e6 + 1000);
    expect(ends).to.have.lengthOf(3);
    expect(ends[1] - ends[0]).to.be.at.least(20e6);
    expect(ends[2] - ends[1]).to.be.at.least(10e6);
    const busy = result.cpus.reduce((sum, { busyNs }) => sum + busyNs, 0);
    expect(result.totals.runNs + thread.runNs, "P4").to.equal(busy);
  });

  it("takes a further job when one is done, and sleeps where there is none", () => {
    let done = 0;
    const again = (_: number, host: PolicyHost) => {
      if (++done < 5) host.work(1e6, () => again(0, host));
    };
    expect(run(asking([1e6], again)).policyThread!.jobs).to.equal(5);
    expect(done).to.equal(5);
  });

  it("goes with threads of the background", () => {
    const { policyThread, background, totals, cpus } = run(
      asking([5e6], () => {}),
      1,
    );
    expect(policyThread!.jobs).to.equal(1);
    const busy = cpus.reduce((sum, { busyNs }) => sum + busyNs, 0);
    expect(totals.runNs + background!.runNs + policyThread!.runNs, "P4").to.equal(busy);
  });

  it("is not there, and changes nothing, where the policy gives it nothing to do", () => {
    const without = run(cfs());
    expect(without.policyThread).to.equal(null);
    expect({ ...run(asking([], () => {})), policy: "" }).to.deep.equal({ ...without, policy: "" });
  });

  it("makes the same run from the same seed", () => {
    const once = () => run(asking([30e6, 1e6], () => {}));
    expect(once()).to.deep.equal(once());
  });

  it("refuses a time that is none, and a job without an end, where they are given", () => {
    for (const ns of [0.5, -5, 1e15, Number.NaN, "1" as unknown as number, undefined as unknown as number])
      expect(() => run(asking([ns], () => {})), String(ns)).to.throw(
        TypeError,
        `host.work() needs a whole number of ns, 0 to 3600000000000, found ${typeof ns === "number" ? ns : typeof ns}`,
      );
    const endless: PolicyFactory = ({ work }) => ({
      name: "endless",
      decide() {
        work(1, undefined as unknown as () => void);
        return 0;
      },
    });
    expect(() => run(endless)).to.throw(
      TypeError,
      "needs a function to call when it is done, found undefined",
    );
  });

  it("is not to be had before the simulation begins, when the time is 0", () => {
    let now = Number.NaN;
    const early: PolicyFactory = (host) => {
      now = host.now();
      host.work(1, () => {});
      return { name: "early" };
    };
    expect(() => run(early)).to.throw("host.work() cannot be called before the simulation begins");
    expect(Object.is(now, 0)).to.equal(true);
  });
});
