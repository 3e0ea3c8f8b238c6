import { expect } from "chai";
import { presetTopology } from "../../../sim/chip/topology-presets.ts";
import { type SimulateOptions, simulate } from "../../../sim/simulator.ts";
import { modelNamed } from "../../../sim/workload/models/catalogue.ts";
import type { BalancePass } from "../../../traces/balance-pass.ts";
import type { TraceRow } from "../../../traces/schema.ts";

describe("balance passes as observers get them", () => {
  for (const [model, chip] of [
    ["numeric", "i5-1035g1"],
    ["convolution", "8x1"],
    ["database", "i5-1035g1"],
  ])
    describe(`of ${model} on ${chip}`, () => {
      const options: SimulateOptions = {
        workload: modelNamed(model).workload(),
        topology: presetTopology(chip),
        seed: "1",
        durationNs: 2e9,
      };
      const passes: BalancePass[] = [];
      const rows: TraceRow[] = [];
      /** Rows of each pass (P1). */
      const rowsOf: TraceRow[][] = [];
      let taken = 0;
      const result = simulate({
        ...options,
        onDecision: (row) => rows.push({ ...row }),
        onPass(pass) {
          passes.push(pass);
          rowsOf.push(rows.slice(taken));
          taken = rows.length;
        },
      });

      it("change nothing in the run", () => {
        const unseen: TraceRow[] = [];
        const plain = simulate({ ...options, onDecision: (row) => unseen.push({ ...row }) });
        expect(plain).to.deep.equal(result);
        expect(unseen).to.deep.equal(rows);
      });

      it("are those that /proc/schedstat counts, by domain, kind and outcome", () => {
        const of = (cpu: number, level: string, idle: number) =>
          passes.filter((p) => p.kind !== "active" && p.cpu === cpu && p.level === level && p.idle === idle);
        const active = passes.filter((p) => p.kind === "active");
        for (const { cpu, domains } of result.schedstat.cpus)
          for (const domain of domains)
            for (const [idle, counted] of [domain.idle, domain.busy, domain.newlyIdle].entries()) {
              const own = of(cpu, domain.level, idle);
              expect(own.length).to.equal(counted.lbCount);
              expect(own.filter((p) => p.outcome === "nobusyg").length).to.equal(counted.lbNobusyg);
              expect(own.filter((p) => p.outcome === "nobusyq").length).to.equal(counted.lbNobusyq);
              const pushed =
                idle === 0 ? active.filter((p) => p.cpu === cpu && p.level === domain.level) : [];
              expect([...own, ...pushed].reduce((sum, p) => sum + p.moved, 0)).to.equal(counted.lbGained);
            }
        const pushed = result.schedstat.cpus.flatMap((cpu) => cpu.domains).map((d) => d.albCount);
        expect(active.length).to.equal(pushed.reduce((sum, n) => sum + n, 0));
      });

      it("hold the decisions made in them, whose nr_balance_failed they found", () => {
        expect(taken).to.equal(rows.length);
        for (const [i, pass] of passes.entries()) {
          expect(rowsOf[i].length).to.equal(pass.examined);
          expect(rowsOf[i].filter((row) => row.detached === 1).length).to.equal(pass.moved);
          for (const row of rowsOf[i]) {
            expect(row.sd_nr_balance_failed).to.equal(pass.failedBefore);
            expect(row.sd_level).to.equal(pass.level);
            expect(row.src_cpu).to.equal(pass.busiestCpu);
            expect(row.lb_active === 1).to.equal(pass.kind === "active");
          }
        }
      });

      it("leave nr_balance_failed and interval as the next one of the domain finds them", () => {
        const last = new Map<string, BalancePass>();
        for (const pass of passes) {
          const domain = `${pass.cpu} ${pass.level}`;
          const before = last.get(domain);
          if (before !== undefined) {
            expect(pass.failedBefore, `at ${pass.time}`).to.equal(before.failedAfter);
            expect(pass.intervalBefore).to.equal(before.intervalAfter);
          }
          last.set(domain, pass);
        }
      });

      it("pull from the busiest group, to one that is their own", () => {
        for (const pass of passes.filter((p) => p.busiestGroup >= 0)) {
          expect(pass.groups.filter((group) => group.local).length).to.equal(1);
          const busiest = pass.groups[pass.busiestGroup];
          expect(busiest.local).to.equal(false);
          if (pass.busiestCpu >= 0) expect(busiest.cpus).to.include(pass.busiestCpu);
          expect(pass.imbalance).to.be.greaterThan(0);
        }
      });
    });
});
