import { expect } from "chai";
import { IDLE_INVERSE, IDLE_WEIGHT, PRIO_TO_INVERSE, PRIO_TO_WEIGHT } from "../../../sim/state/weights.ts";

describe("constant tables", () => {
  it("of weights fall by a factor of 1.25 per nice level, to within 6 %", () => {
    expect(PRIO_TO_WEIGHT).to.have.length(40);
    expect(PRIO_TO_WEIGHT[20]).to.equal(1024);
    PRIO_TO_WEIGHT.forEach((weight, i) => {
      const ideal = 1024 / 1.25 ** (i - 20);
      expect(Math.abs(weight - ideal) / ideal, `nice ${i - 20}`).to.be.below(0.06);
    });
  });

  it("of inverse weights are 2^32 / weight to within 1", () => {
    [...PRIO_TO_WEIGHT, IDLE_WEIGHT].forEach((weight, i) => {
      const inverse = [...PRIO_TO_INVERSE, IDLE_INVERSE][i];
      expect(Math.abs(inverse - 2 ** 32 / weight)).to.be.at.most(1);
    });
  });
});
