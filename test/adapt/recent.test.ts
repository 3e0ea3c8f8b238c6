import { expect } from "chai";
import fc from "fast-check";
import { Recent } from "../../adapt/recent.ts";

describe("the last things pushed", () => {
  it("are those at the end of all that was pushed since the last clearing, in order", () => {
    const step = fc.oneof({ weight: 9, arbitrary: fc.integer() }, fc.constant("clear" as const));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.array(step, { maxLength: 40 }), (most, steps) => {
        const recent = new Recent<number>(most);
        let all: number[] = [];
        for (const each of steps) {
          if (each === "clear") recent.clear();
          else recent.push(each);
          all = each === "clear" ? [] : [...all, each];
          expect([...recent]).to.deep.equal(all.slice(-most));
          expect(recent.length).to.equal(Math.min(most, all.length));
          expect(recent.full).to.equal(all.length >= most);
        }
      }),
    );
  });
});
