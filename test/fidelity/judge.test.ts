import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { fidelityText } from "../../cli/fidelity/text.ts";
import { sideOf, verdictCounts } from "../../fidelity/compare.ts";
import { judge } from "../../lab/fidelity/judge.ts";
import { simulatedObservation } from "../../lab/fidelity/simulated.ts";

const FILE = fileURLToPath(new URL("../../examples/fidelity/waves.json", import.meta.url));
const CONDITIONS = { migrationCostNs: 4_000_000, seconds: 4 };

describe("the simulator as the real side", () => {
  it("agrees with itself under another seed, and is told from simulations that are wrong on purpose", async () => {
    const boot = (seed: string) => simulatedObservation(FILE, { ...CONDITIONS, chip: "i5-1035g1" }, seed);
    const real = sideOf([await boot("real-1"), await boot("real-2")]);
    const judged = await judge(FILE, { ...CONDITIONS, chip: "4x2", seeds: 2 }, real);
    const counts = verdictCounts(judged.metrics);
    expect(counts.differs, "of itself").to.be.at.most(2);
    expect(counts.agrees).to.be.greaterThan(judged.metrics.length / 2);
    for (const { name, differs, baseline } of judged.controls)
      expect(differs, name).to.be.greaterThan(5 + baseline!);

    const text = fidelityText({
      ...{ workload: "waves.json", workloadHash: "", chip: "4x2", migrationCostNs: 4e6, seconds: 4 },
      ...{ boots: 2, seeds: 2, real: {}, tool: "" },
      ...judged,
    });
    expect(text).to.match(/^waves\.json on 4x2, migration cost 4 ms, 4 s: 2 seeds against 2 boots\n/);
    expect(text).to.match(/^calls\/s +\d.* agrees$/m);
    expect(text).to.match(
      /^control, balancing moves nothing: found out \(one run with this fault differs in \d+ metrics, the same run without it in \d+\)$/m,
    );
  });
});
