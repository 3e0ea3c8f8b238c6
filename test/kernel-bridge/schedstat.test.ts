import { expect } from "chai";
import fc from "fast-check";
import { balanceBetween, balanceCounts } from "../../kernel-bridge/collect/schedstat.ts";

/** A file of version 15 with the given numbers at their documented places. */
function schedstat(domains: { gained: number[]; hot: number[]; pushed: number }[]): string {
  const lines = domains.map(({ gained, hot, pushed }, i) => {
    const types = [0, 1, 2].map((t) => [9, 8, 7, 6, gained[t], hot[t], 5, 4].join(" "));
    return `domain${i} 00ff ${types.join(" ")} 3 2 ${pushed} 1 1 1 1 1 1 1 1 1`;
  });
  return `version 15\ntimestamp 4294937296\ncpu0 0 0 0 0 0 0 1 2 3\n${lines.join("\n")}\n`;
}

const count = fc.nat(1000);
const three = fc.array(count, { minLength: 3, maxLength: 3 });
const domain = fc.record({ gained: three, hot: three, pushed: count });

describe("/proc/schedstat", () => {
  it("adds up what all domains took, active balance apart", () => {
    fc.assert(
      fc.property(fc.array(domain, { minLength: 1, maxLength: 4 }), (domains) => {
        const total = (of: (d: (typeof domains)[0]) => number[]) =>
          domains.flatMap(of).reduce((sum, n) => sum + n, 0);
        const pushed = total((d) => [d.pushed]);
        expect(balanceCounts(schedstat(domains))).to.deep.equal({
          gained: total((d) => d.gained) - pushed,
          hotGained: total((d) => d.hot),
          pushed,
        });
      }),
    );
  });

  it("gives the difference of two readings", () => {
    const at = (n: number) => schedstat([{ gained: [n, n, n], hot: [n, 0, 0], pushed: n }]);
    expect(balanceBetween(at(2), at(5))).to.deep.equal({ gained: 6, hotGained: 3, pushed: 3 });
  });

  it("does not guess at another version", () => {
    expect(balanceCounts(schedstat([]).replace("15", "17"))).to.equal(undefined);
  });
});
