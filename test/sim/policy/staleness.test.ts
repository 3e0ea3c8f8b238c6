import { expect } from "chai";
import fc from "fast-check";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import type { RankedTask, RankQuery } from "../../../sim/policy/rank.ts";
import { log2Quarters, scoreOf, staleness } from "../../../sim/policy/staleness.ts";
import { simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";

const task = fc.record({
  delta: fc.integer({ min: 0, max: 2 ** 45 }),
  util: fc.nat(1024),
  load: fc.nat(100_000),
  running: fc.boolean(),
  allowed: fc.boolean(),
}) as fc.Arbitrary<RankedTask>;

const rank = (tasks: readonly RankedTask[], parameters = { stale: 2, heavy: 1 }) =>
  staleness({ parameters } as never).rank!({ tasks } as RankQuery);

describe("the staleness policy", () => {
  it("takes logarithms in quarters, of whole numbers, without floating point", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 52 }), (x) => {
        // the mantissa is cut, not rounded, and linear between powers of two: never above, never 0.6 of a quarter below
        const exact = 4 * Math.log2(x + 1);
        expect(log2Quarters(x)).to.be.within(Math.floor(exact - 1.35), exact + 1e-9);
      }),
    );
    expect([0, 1, 2, 3, 7, 2 ** 40 - 1].map(log2Quarters)).to.deep.equal([0, 4, 6, 8, 12, 160]);
  });

  it("puts the higher score first, keeps the stock order among equals, and loses only the task that runs", () => {
    fc.assert(
      fc.property(
        fc.array(task, { maxLength: 32 }),
        fc.integer({ min: -7, max: 7 }),
        fc.integer({ min: -7, max: 7 }),
        (tasks, stale, heavy) => {
          const order = rank(tasks, { stale, heavy });
          expect(order).to.have.members(tasks.filter(({ running }) => !running));
          for (let i = 1; i < order.length; i++) {
            const [a, b] = [order[i - 1], order[i]];
            expect(Number(a.allowed)).to.be.at.least(Number(b.allowed));
            const [x, y] = [a, b].map((each) =>
              each.allowed ? scoreOf(each, stale, heavy) : Number.NEGATIVE_INFINITY,
            );
            expect(x).to.be.at.least(y);
            if (a.allowed === b.allowed && x === y) expect(tasks.indexOf(a)).to.be.below(tasks.indexOf(b));
          }
        },
      ),
    );
  });

  it("is graded: what ran longer ago scores more, and at equal staleness what is heavier", () => {
    fc.assert(
      fc.property(task, fc.nat(2 ** 30), fc.nat(100), (each, later, more) => {
        const score = (changed: Partial<RankedTask>) => scoreOf({ ...each, ...changed }, 2, 1);
        expect(score({ delta: each.delta + later })).to.be.at.least(score({}));
        expect(score({ load: each.load + more, util: each.util + more })).to.be.at.least(score({}));
      }),
    );
    const at = (delta: number, load: number) => ({ delta, load, util: Math.min(load, 1024) }) as RankedTask;
    // 1 ms, 0.1 ms and 0.01 ms ago: to stock CFS the last two are equally hot
    expect([1e6, 1e5, 1e4].map((delta) => scoreOf(at(delta, 500), 2, 1))).to.deep.equal([175, 149, 121]);
  });

  it("looks at no running task, and decides nothing else", () => {
    const { decisions, detached } = simulate({
      workload: modelNamed("convolution").workload(),
      topology: presetTopology("i5-1035g1"),
      seed: "1",
      durationNs: 2e9,
      policy: staleness,
    });
    expect(decisions.running).to.equal(0);
    expect(detached.cold).to.be.greaterThan(0);
    expect(decisions.hot_refused).to.be.greaterThan(0);
  });
});
