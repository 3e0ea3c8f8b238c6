import { expect } from "chai";
import fc from "fast-check";
import {
  compareSides,
  recordedSideOf,
  type SideMetric,
  sideOfMetrics,
  verdictCounts,
} from "../../fidelity/compare.ts";
import {
  type Control,
  controlOf,
  excused,
  hardlyBalanced,
  hardlyBusy,
  hardlyWaited,
  isFoundOut,
  stands,
} from "../../fidelity/control.ts";
import { type Family, type Metric, RUN_TIME } from "../../fidelity/metrics.ts";
import { TOLERANCES } from "../../fidelity/tolerances.ts";

const families = Object.keys(TOLERANCES) as Family[];
const metric: fc.Arbitrary<Metric> = fc
  .record({
    family: fc.constantFrom(...families),
    value: fc.double({ min: 0, max: 100, noNaN: true }),
    events: fc.nat(1000),
    error: fc.double({ min: 0, max: 100, noNaN: true }),
  })
  .map((of) => ({ name: "", ...of }));
const metrics = fc
  .array(metric, { minLength: 1, maxLength: 20 })
  .map((all) => all.map((each, i) => ({ ...each, name: i === 0 ? RUN_TIME : `metric ${i}` })));
/** As many values again, for other runs of the same metrics. */
const others = (of: readonly Metric[], by: readonly number[]) =>
  of.map((each, i) => ({ ...each, value: each.value + by[i % by.length]! }));
const changes = fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { minLength: 1, maxLength: 20 });

describe("a control", () => {
  it("is found out where it differs in more metrics than the same simulation without the fault, and only then", () => {
    const control = (differs: number, baseline?: number): Control => ({ name: "wrong", differs, baseline });
    expect(isFoundOut(control(2, 1))).to.equal(true);
    expect(isFoundOut(control(1, 1))).to.equal(false);
    expect(isFoundOut(control(0, 0))).to.equal(false);
    expect(isFoundOut(control(1)), "of an older file").to.equal(true);
    expect(stands([])).to.equal(false);
    expect(stands([control(1, 1), control(0, 0)])).to.equal(false);
    expect(stands([control(1, 1), control(5, 2)])).to.equal(true);
  });

  it("without a fault is never found out, whatever it is compared with", () =>
    fc.assert(
      fc.property(metrics, changes, (recorded, by) => {
        const side = sideOfMetrics([others(recorded, by)]);
        expect(isFoundOut(controlOf("none", side, side, recordedSideOf([recorded])))).to.equal(false);
      }),
    ));

  it("counts every metric for itself, also where the work itself differs", () => {
    const recorded = ["rate", "load", "share"].map((family, i) => ({
      ...{ name: i === 0 ? RUN_TIME : `metric ${i}`, family: family as Family, value: 50, events: 100 },
    }));
    const real = recordedSideOf([recorded]);
    const wrong = sideOfMetrics([others(recorded, [50])]);
    expect(verdictCounts(compareSides(wrong, real)).differs).to.equal(1);
    expect(controlOf("wrong", wrong, sideOfMetrics([recorded]), real)).to.deep.equal({
      ...{ name: "wrong", differs: 3, baseline: 0 },
    });
  });

  it("is excused only where it was not found out", () => {
    expect(excused({ name: "a", differs: 0, baseline: 0 }, "nothing was there")).to.have.property("untold");
    expect(excused({ name: "a", differs: 1, baseline: 0 }, "nothing was there")).not.to.have.property(
      "untold",
    );
    expect(excused({ name: "a", differs: 0, baseline: 0 }, undefined)).not.to.have.property("untold");
  });

  it("that moves nothing can be missed where hardly anything was moved", () => {
    const moves = (low: number, high: number, events: number) =>
      hardlyBalanced({ range: [low, high], events });
    expect(moves(0, 0, 0)).to.match(/moved nothing/);
    expect(moves(100, 200, 4)).to.match(/only 4 moves/);
    expect(moves(1, 4, 400)).to.equal(
      "no moves at all are within the tolerance of what was recorded (1.0 to 4.0 a second)",
    );
    expect(moves(0, 60, 400), "as far as one recording tells").to.match(/no moves at all/);
    expect(moves(40, 60, 400)).to.equal(undefined);
  });

  it("on half of the CPUs can be missed where they are idle", () => {
    const busy = (low: number, high: number) => hardlyBusy({ range: [low, high], events: 100 });
    expect(busy(0, 0)).to.match(/twice as busy/);
    expect(busy(4, 5)).to.equal(
      "CPUs twice as busy are within the tolerance of those recorded (4.0 to 5.0 %)",
    );
    expect(busy(20, 45), "as far as one recording tells").to.match(/twice as busy/);
    expect(busy(20, 21)).to.equal(undefined);
    expect(busy(99, 100)).to.equal(undefined);
  });
});

describe("a control of a machine with one CPU", () => {
  it("can be missed where nobody waits for it", () => {
    expect(hardlyWaited({ range: [0, 0.05], events: 100 })).to.match(
      /^no waiting at all is within the tolerance/,
    );
    expect(hardlyWaited({ range: [0.4, 0.5], events: 100 })).to.equal(undefined);
  });
});

describe("a single recording", () => {
  it("never differs from itself, nor from what lies within its standard error", () =>
    fc.assert(
      fc.property(metrics, fc.double({ min: -1, max: 1, noNaN: true }), (recorded, part) => {
        const real = recordedSideOf([recorded]);
        const near = recorded.map((each) => ({
          ...each,
          value: Math.max(0, each.value + part * each.error!),
        }));
        for (const run of [recorded, near])
          expect(verdictCounts(compareSides(sideOfMetrics([run]), real)).differs).to.equal(0);
      }),
    ));

  it("has ranges by its standard errors, those of several only by themselves", () => {
    const of = (value: number, error: number, family: Family = "rate"): Metric[] => [
      { name: "it", family, value, events: 100, error },
    ];
    const range = (...runs: Metric[][]) => (recordedSideOf(runs) as SideMetric[])[0]!.range;
    expect(range(of(10, 2))).to.deep.equal([8, 12]);
    expect(range(of(10, 12)), "nothing is less than none").to.deep.equal([0, 22]);
    expect(range(of(95, 12, "share")), "nor more than all").to.deep.equal([83, 100]);
    expect(range(of(10, 2), of(11, 5))).to.deep.equal([10, 11]);
  });
});
