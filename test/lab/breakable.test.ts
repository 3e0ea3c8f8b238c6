import { expect } from "chai";
import { breakable } from "../../lab/policy/breakable.ts";

describe("work that can be broken off", () => {
  it("runs, and throws what it throws", () => {
    let ran = 0;
    expect(breakable(() => ran++)).to.equal(undefined);
    expect(ran).to.equal(1);
    const fail = () => {
      throw new RangeError("no");
    };
    expect(() => breakable(fail)).to.throw(RangeError, "no");
  });

  it("is broken off at its time limit", () => {
    expect(
      breakable(() => {
        for (;;);
      }, 20),
    ).to.equal("time");
  });

  it("is its own in each copy of the module, as when two loaders read it", async () => {
    const copy = await import(`${new URL("../../lab/policy/breakable.ts", import.meta.url).href}?copy`);
    const ran: string[] = [];
    breakable(() => ran.push("first"));
    copy.breakable(() => ran.push("second"));
    breakable(() => ran.push("first again"));
    expect(ran).to.deep.equal(["first", "second", "first again"]);
  });
});
