import { expect } from "chai";
import { emptyComparison } from "../../kernel-bridge/deploy/compare-decisions.ts";
import { shortPhases, type VerifyPhase } from "../../kernel-bridge/deploy/verify.ts";

describe("a verification", () => {
  const phase = (name: string, decisions: number): VerifyPhase => ({
    ...{ name, mode: "shadow", rounds: 1, rows: decisions, lost: 0, installations: 1 },
    comparison: { ...emptyComparison(), decisions },
  });

  it("does not let many decisions of one workload stand for few of another", () => {
    const phases = [phase("hackbench", 30_000), phase("gridding", 36), phase("pgbench", 500)];
    expect(shortPhases(phases, 500).map(({ name }) => name)).to.deep.equal(["gridding"]);
    expect(shortPhases(phases, 36)).to.deep.equal([]);
  });
});
