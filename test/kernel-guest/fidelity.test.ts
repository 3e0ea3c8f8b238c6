import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { recordedObservations } from "../../cli/fidelity/recorded.ts";
import { RUN_TIME } from "../../fidelity/metrics.ts";
import { virtualTimeQemu } from "../../kernel-bridge/guest/qemu.ts";
import { judge } from "../../lab/fidelity/judge.ts";
import { needGuest } from "./support.ts";

const FILES = ["hogs-9", "pinned"].map((name) =>
  fileURLToPath(new URL(`../../examples/fidelity/${name}.json`, import.meta.url)),
);

describe("fidelity, a boot of two files", () => {
  it("has the same work and mostly the same balancing, and knows wrong simulations", async function () {
    needGuest(this);
    if (!virtualTimeQemu()) this.skip();
    const seconds = 3;
    const observed = await recordedObservations(
      FILES.map((path) => ({ path, seconds })),
      { topology: "4x2", migrationCostNs: 4_000_000, boots: 1, timeLimit: 1200 },
    );
    for (const [i, path] of FILES.entries()) {
      const comparison = { chip: "4x2", migrationCostNs: 4_000_000, seconds, seeds: 2 } as const;
      const { metrics, controls } = await judge(path, comparison, observed[i]);
      const differing = metrics.filter(({ verdict }) => verdict === "differs").map(({ name }) => name);
      expect(differing, path).not.to.include(RUN_TIME);
      expect(differing.length, differing.join(", ")).to.be.below(metrics.length / 3);
      for (const { name, differs } of controls) expect(differs, name).to.be.greaterThan(0);
    }
  });
});
