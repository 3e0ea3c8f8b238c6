import { expect } from "chai";
import fc from "fast-check";
import { CallLog } from "../../adapt/call-log.ts";

const call = fc.record({
  wait: fc.integer({ min: 0, max: 30 }),
  hard: fc.boolean(),
  truth: fc.boolean(),
  adapted: fc.boolean(),
  alone: fc.boolean(),
});

describe("the log of calls", () => {
  it("counts in each span what a filter over all calls finds there", () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60 }), fc.integer({ min: 1, max: 50 }), (calls, ns) => {
        const log = new CallLog();
        let at = 0;
        const all = calls.map((each) => {
          at += each.wait;
          log.add(at, each.hard, each.truth, each.adapted, each.alone);
          return { ...each, at };
        });
        const yes = 2 * all.filter(({ truth }) => truth).length > all.length;
        const spans = log.spans(ns);
        expect(spans.length).to.equal(all.length === 0 ? 0 : Math.floor(at / ns) + 1);
        for (const span of spans) {
          const within = all.filter((each) => each.at >= span.fromNs && each.at < span.toNs);
          const right = (of: (each: (typeof all)[number]) => boolean) => ({
            all: within.filter((each) => of(each) === each.truth).length,
            hard: within.filter((each) => each.hard && of(each) === each.truth).length,
          });
          expect(span.calls).to.equal(within.length);
          expect(span.hard).to.equal(within.filter(({ hard }) => hard).length);
          expect(span.adapted).to.deep.equal(right(({ adapted }) => adapted));
          expect(span.alone).to.deep.equal(right(({ alone }) => alone));
          expect(span.majority).to.deep.equal(right(() => yes));
        }
      }),
    );
  });

  it("leaves out what was before its beginning", () => {
    const log = new CallLog();
    log.add(5, true, true, true, false);
    log.add(15, false, false, false, false);
    expect(log.spans(10, 10)).to.have.lengthOf(1);
    expect(log.spans(10, 10)[0]).to.include({ fromNs: 10, toNs: 20, calls: 1, hard: 0 });
  });
});
