import { expect } from "chai";
import fc from "fast-check";
import { presetTopology } from "../../sim/chip/topology-presets.ts";
import { schedstatTable } from "../../sim/output/schedstat-table.ts";
import { simulate } from "../../sim/simulator.ts";
import { modelNamed } from "../../sim/workload/models/catalogue.ts";
import { BALANCE_KINDS, parseSchedstat, schedstatBetween } from "../../traces/schedstat.ts";

const result = simulate({
  workload: modelNamed("numeric").workload(),
  topology: presetTopology("i5-1035g1"),
  seed: "1",
  durationNs: 300e6,
});
const text = schedstatTable(result);

describe("/proc/schedstat as a whole", () => {
  it("gives the sums of what was counted, by level and kind", () => {
    const read = parseSchedstat(text)!;
    const { cpus } = result.schedstat;
    expect(read.domains).to.have.length(2);
    read.domains.forEach(({ passes, pushed }, level) => {
      const sum = (of: (d: (typeof cpus)[0]["domains"][0]) => number) =>
        cpus.reduce((total, c) => total + of(c.domains[level]), 0);
      for (const kind of BALANCE_KINDS)
        expect(passes[kind], `level ${level} ${kind}`).to.deep.equal({
          count: sum((d) => d[kind].lbCount),
          failed: sum((d) => d[kind].lbFailed),
          gained: sum((d) => d[kind].lbGained),
          hotGained: sum((d) => d[kind].lbHotGained),
        });
      expect(pushed).to.equal(sum((d) => d.albPushed));
    });
    expect(read.domains[0].passes.busy.count).to.be.greaterThan(0);
    expect(read.wakeups).to.equal(cpus.reduce((n, c) => n + c.ttwuCount, 0));
    expect(read.runNs).to.equal(result.totals.runNs);
  });

  it("gives the difference of two readings counter by counter", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), (more) => {
        const later = text.replace(
          /^cpu0 (\d+) (\d+) (\d+)/m,
          (_, a, b, c) => `cpu0 ${a} ${b} ${Number(c) + more}`,
        );
        const between = schedstatBetween(text, later)!;
        expect(between.switches).to.equal(more);
        expect(between.runNs).to.equal(0);
        expect(between.domains.flatMap(({ passes }) => Object.values(passes.busy))).to.deep.equal(
          new Array(8).fill(0),
        );
      }),
    );
  });

  it("does not guess at another version", () => {
    expect(parseSchedstat(text.replace("version 15", "version 17"))).to.equal(undefined);
    expect(schedstatBetween(text, "")).to.equal(undefined);
  });
});
