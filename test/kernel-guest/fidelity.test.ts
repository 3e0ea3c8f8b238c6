import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { recordedObservations } from "../../cli/fidelity/recorded.ts";
import { RUN_TIME } from "../../fidelity/metrics.ts";
import type { Observation } from "../../fidelity/observation.ts";
import { judge, recordedSide } from "../../lab/fidelity/judge.ts";
import { needGuest, needVirtualTime } from "./support.ts";

const file = (name: string) =>
  fileURLToPath(new URL(`../../examples/fidelity/${name}.json`, import.meta.url));
const [SLEEPERS, HOGS] = [file("sleepers"), file("hogs-9")];

describe("fidelity, a boot of three runs", () => {
  const seconds = 3;
  let observed: Observation[];
  before(async function () {
    needGuest(this);
    needVirtualTime(this);
    const runs = await recordedObservations(
      [SLEEPERS, HOGS, SLEEPERS].map((path) => ({ path, seconds })),
      { topology: "4x2", migrationCostNs: 4_000_000, boots: 1, timeLimit: 1500 },
    );
    observed = runs.map(([only]) => only!);
  });

  it("has as much work in a file that runs first as in the same file after another", () => {
    const [first, , last] = observed.map(({ own, seconds }) => own.runNs / 1e9 / seconds);
    expect(last).to.be.within(0.97 * first!, 1.03 * first!);
  });

  it("has all CPUs busy under nine tasks that never sleep", () => {
    expect(observed[1]!.own.runNs / 1e9 / observed[1]!.seconds).to.be.within(7.7, 8);
  });

  it("has the work of the simulation and mostly its balancing, and knows wrong simulations", async () => {
    for (const [i, path] of [SLEEPERS, HOGS].entries()) {
      const comparison = { chip: "4x2", migrationCostNs: 4_000_000, seconds, seeds: 2 } as const;
      const { metrics, controls } = await judge(path, comparison, recordedSide(path, [observed[i]!]));
      const differing = metrics.filter(({ verdict }) => verdict === "differs").map(({ name }) => name);
      expect(differing, path).not.to.include(RUN_TIME);
      expect(differing.length, differing.join(", ")).to.be.below(metrics.length / 3);
      for (const { name, differs } of controls) expect(differs, name).to.be.greaterThan(0);
    }
  });
});
