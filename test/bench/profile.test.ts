import { expect } from "chai";
import { looksByPart } from "../../bench/profile.ts";

/** A profile of one function in each file, each called by the one before it, the first by the root. */
function profileOf(...looks: readonly (readonly [file: string, hitCount: number])[]) {
  const nodes = [["", 0] as const, ...looks].map(([file, hitCount], id) => ({
    id,
    hitCount,
    callFrame: { functionName: "f", scriptId: "0", url: file, lineNumber: 0, columnNumber: 0 },
    children: id < looks.length ? [id + 1] : [],
  }));
  return { nodes, startTime: 0, endTime: 0 };
}

describe("the profile of an event", () => {
  it("counts each look for the part that the function's file belongs to", () => {
    const looks = looksByPart(profileOf(["/x/sim/run/jitter.ts", 2], ["/x/sim/run/observer.ts", 3]));
    expect(looks.get("random times")).to.equal(2);
    expect(looks.get("statistics")).to.equal(3);
  });

  it("counts what everybody uses for the part that calls it, however deep", () => {
    const looks = looksByPart(
      profileOf(["/x/sim/pelt/pelt.ts", 1], ["/x/sim/lib/arithmetic.ts", 2], ["/x/sim/state/rq.ts", 4]),
    );
    expect(looks.get("load tracking")).to.equal(7);
  });

  it("loses no look", () => {
    const looks = looksByPart(
      profileOf(["node:internal/timers", 1], ["/x/sim/lib/list.ts", 2], ["/x/sim/core.ts", 4], ["", 8]),
    );
    expect([...looks.values()].reduce((sum, n) => sum + n, 0)).to.equal(15);
  });
});
