import { expect } from "chai";
import { hardware } from "../../../sim/chip/hardware.ts";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import { always } from "../../../sim/policy/stock.ts";
import { Simulation } from "../../../sim/run/simulation.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";
import { IDEAL, MS } from "./helpers.ts";

/** A run of `database`, whose idle CPUs are balanced for by one of them (nohz), and all charges made in it. */
function charges(costs: Parameters<typeof hardware>[0]) {
  const simulation = new Simulation({
    workload: modelNamed("database").workload(),
    topology: presetTopology("i5-1035g1"),
    seed: "1",
    durationNs: 400 * MS,
    hardware: { ...hardware({}, IDEAL), ...costs },
    policy: always,
    chargeInference: true,
    maxTasks: 1000,
  });
  const { core, progress, observer } = simulation;
  const charged: { cpu: number; ns: number; executing: number }[] = [];
  const charge = progress.charge.bind(progress);
  progress.charge = (cpu, ns) => {
    if (ns > 0) charged.push({ cpu, ns, executing: core.executingCpu });
    charge(cpu, ns);
  };
  let forOthers = 0;
  const onBalance = observer.onBalance.bind(observer);
  observer.onBalance = (cpu, ...rest) => {
    if (cpu !== core.executingCpu) forOthers++;
    onBalance(cpu, ...rest);
  };
  simulation.run();
  return { charged, forOthers, calls: simulation.meter.calls, passes: observer.balancePasses };
}

describe("costs", () => {
  it("of a balance pass fall on the CPU that runs it, which may balance for idle ones", () => {
    const { charged, forOthers, passes } = charges({ balancePassNs: 700 });
    expect(forOthers).to.be.greaterThan(100);
    expect(charged).to.have.length(passes);
    expect(charged.filter((c) => c.cpu !== c.executing)).to.deep.equal([]);
  });

  it("of an inference fall on the CPU that balances, once for each call of the policy", () => {
    const { charged, calls } = charges({ inferenceNs: 206 });
    expect(calls).to.be.greaterThan(100);
    expect(charged).to.have.length(calls);
    expect(charged.filter((c) => c.cpu !== c.executing)).to.deep.equal([]);
  });
});
