import { expect } from "chai";
import { recordInGuest } from "../../kernel-bridge/collect/record.ts";
import { guestClock } from "../../kernel-bridge/guest/clock.ts";
import type { TraceTable } from "../../traces/schema.ts";
import { image, needGuest, needVirtualTime } from "./support.ts";

describe("a repeatable recording in virtual time", () => {
  const record = async (seed: number): Promise<TraceTable> => {
    const { table } = await recordInGuest({
      bzImage: (await image("patched")).bzImage,
      clock: guestClock({ clock: "virtual", seed }),
      repeatable: [],
      collector: "tracepoint",
      command: ["hackbench", "-g", "2", "-l", "20"],
      tool: "test",
      timeLimit: 900,
    });
    return table;
  };
  before(function () {
    needGuest(this);
    needVirtualTime(this);
  });

  it("is the same for the same seed, in every column of every row", async () => {
    const [one, two] = [await record(3), await record(3)];
    expect(one.rows).to.be.greaterThan(50);
    expect(two).to.deep.equal(one);
  });
});
