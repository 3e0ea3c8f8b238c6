import { expect } from "chai";
import fc from "fast-check";
import { addGradient, gainsOf, learnCost, type Step } from "../../lab/policy/learn-cost.ts";
import { optimiser } from "../../model/trainer/optimiser.ts";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import type { Counters } from "../../sim/policy/control.ts";
import {
  ACTIONS,
  COSTS_NS,
  changesOf,
  FEATURES,
  featuresOf,
  greedy,
  learnedCost,
  NICE_TRIES,
  probabilities,
  steered,
} from "../../sim/policy/learned-cost.ts";
import { WEIGHTS } from "../../sim/policy/learned-cost-weights.ts";
import { simulate } from "../../sim/simulator.ts";
import { modelNamed } from "../../sim/workload/models/catalogue.ts";

const small = fc.double({ min: -1, max: 1, noNaN: true });
const numbers = (count: number) => fc.array(small, { minLength: count, maxLength: count });

const OPTIONS = {
  workloads: ["numeric", "convolution"],
  durationNs: 60_000_000,
  iterations: 2,
  episodes: 2,
  learningRate: 0.1,
  entropy: 0.02,
  seeds: 3,
};

describe("the learner of sched_migration_cost", () => {
  it("has the gradient of its objective, as finite differences have it", () => {
    fc.assert(
      fc.property(
        numbers(ACTIONS * FEATURES),
        numbers(FEATURES),
        fc.nat(ACTIONS - 1),
        small,
        (values, inputs, action, advantage) => {
          const weights = Float64Array.from(values);
          const features = Float64Array.from(inputs);
          const loss = () => {
            const p = probabilities(weights, features);
            return -(advantage * Math.log(p[action]) - 0.3 * p.reduce((sum, x) => sum + x * Math.log(x), 0));
          };
          const gradient = new Float64Array(weights.length);
          addGradient(gradient, { features, p: probabilities(weights, features), action }, advantage, 0.3, 1);
          for (let i = 0; i < weights.length; i += 5) {
            const at = weights[i];
            weights[i] = at + 1e-5;
            const above = loss();
            weights[i] = at - 1e-5;
            const slope = (above - loss()) / 2e-5;
            weights[i] = at;
            expect(gradient[i]).to.be.closeTo(slope, 1e-6);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("comes to take the action that is rewarded, by what it sees", () => {
    const weights = new Float64Array(ACTIONS * FEATURES);
    const adam = optimiser({ optimiser: "adam", momentum: 0, weightDecay: 0 }, weights.length);
    const situations = [0, 1].map((on) => Float64Array.of(1, on, 0, 0, 0, 0, 0));
    const right = [3, 8];
    for (let i = 0; i < 200; i++) {
      const gradient = new Float64Array(weights.length);
      situations.forEach((features, s) => {
        const p = probabilities(weights, features);
        for (let action = 0; action < ACTIONS; action++) {
          const step: Step = { features, p, action };
          addGradient(gradient, step, (action === right[s] ? 1 : 0) - p[right[s]], 0.01, p[action]);
        }
      });
      adam.step(weights, gradient, 0.1);
    }
    situations.forEach((features, s) => {
      const p = probabilities(weights, features);
      expect(greedy(p)).to.equal(right[s]);
      expect(p[right[s]]).to.be.greaterThan(0.9);
    });
  });

  it("learns the same from the same seed, and something else from another", () => {
    const [a, b, c] = ["x", "x", "y"].map((seed) => [...learnCost({ ...OPTIONS, seed })]);
    expect(a).to.deep.equal(b);
    expect(a).to.not.deep.equal(c);
    expect(a.some((weight) => weight !== 0)).to.equal(true);
  });

  it("measures gains against stock CFS with the same seeds: that of stock itself is 0", () => {
    const stock = { tunables: { migrationCostNs: 500_000, cacheNiceTries: { MC: 1 } } };
    const fixed = {
      policy: steered(
        WEIGHTS.map(() => 0),
        () => 4,
      ),
    }; // 500 us, 1 try: what stock has
    expect(gainsOf(OPTIONS, ["a", "b"], [stock, fixed])).to.deep.equal([0, 0]);
  });
});

describe("the policy learned-cost", () => {
  it("sees the machine in numbers around 1, whatever it runs", () => {
    for (const workload of ["hackbench", "numeric", "compression"]) {
      let seen = 0;
      const check = (p: Float64Array, features: Float64Array) => {
        seen++;
        expect([...p].reduce((a, b) => a + b)).to.be.closeTo(1, 1e-12);
        expect(features.length).to.equal(FEATURES);
        for (const each of features) expect(each).to.be.within(0, 6);
        return 0;
      };
      run(workload, steered(WEIGHTS, check));
      expect(seen).to.equal(5);
    }
    const counters = {
      switches: 0,
      wakeups: 0,
      migrations: {},
      idleNs: 0,
      waitNs: 0,
      refillNs: 0,
    } as unknown as Counters;
    expect([...featuresOf(counters, counters, 1e9, 8)]).to.deep.equal([1, 0, 0, 0, 0, 0, 0]);
  });

  it("sets what its actions say, above SMT", () => {
    const levels = { cacheNiceTries: { SMT: 0, MC: 1, NUMA: 2 } };
    const all = Array.from({ length: ACTIONS }, (_, action) => changesOf(action, levels));
    expect(new Set(all.map((each) => JSON.stringify(each))).size).to.equal(
      COSTS_NS.length * NICE_TRIES.length,
    );
    expect(all[5]).to.deep.equal({ migrationCostNs: 500_000, cacheNiceTries: { MC: 4, NUMA: 4 } });
  });

  it("is deterministic, and has a weight for each action and feature", () => {
    expect(WEIGHTS.length).to.equal(ACTIONS * FEATURES);
    expect(run("hackbench", learnedCost)).to.deep.equal(run("hackbench", learnedCost));
  });
});

function run(workload: string, policy: typeof learnedCost) {
  return simulate({
    workload: modelNamed(workload).workload(),
    topology: presetTopology("i5-1035g1"),
    seed: "1",
    durationNs: 100_000_000,
    policy,
  });
}
