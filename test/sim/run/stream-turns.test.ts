import { expect } from "chai";
import { randomStream } from "../../../sim/engine/random.ts";
import { StreamTurns } from "../../../sim/run/stream-turns.ts";
import { TaskRandom } from "../../../sim/workload/task-random.ts";

describe("turns of CPUs that share one stream of instructions", () => {
  const turns = () => new StreamTurns(new TaskRandom(randomStream("1", "turns")), 8);
  const many = (of: StreamTurns, ns: number, others: number, now: number) =>
    Array.from({ length: 4000 }, () => of.measured(ns, now, others));

  it("cost nothing where nobody else is busy", () => {
    const alone = turns();
    alone.interrupt(1_000_000);
    expect(new Set(many(alone, 9000, 0, 1_000_000))).to.deep.equal(new Set([9000]));
  });

  it("make what is measured longer by whole turns of the others, and in the mean as if all went on at once", () => {
    for (const gap of [40_000, 400_000, 4_000_000]) {
      const shared = turns();
      shared.interrupt(1_000_000);
      shared.interrupt(1_000_000 + gap);
      const costs = many(shared, 9000, 6, 1_000_000 + gap);
      const turn = gap / 8;
      for (const ns of costs) expect((ns - 9000) % (6 * turn)).to.equal(0);
      const mean = costs.reduce((a, b) => a + b) / costs.length;
      expect(mean / 9000, `${gap}`).to.be.within(5.5, 8.5);
    }
  });

  it("are the longer, the longer nothing has happened, so that the largest is larger", () => {
    const quiet = turns();
    quiet.interrupt(1_000_000);
    const largest = (now: number) => Math.max(...many(quiet, 9000, 7, now));
    expect(largest(5_000_000)).to.be.greaterThan(2 * largest(2_000_000));
  });
});
