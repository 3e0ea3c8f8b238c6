import { expect } from "chai";
import fc from "fast-check";
import { renderReport } from "../../cli/run/report.ts";
import { meansOf } from "../../cli/run/report-policies.ts";
import { tellingTrace } from "../../cli/run/telling-trace.ts";
import type { RunResults } from "../../lab/run/results.ts";
import { scratchFolder } from "../traces/support.ts";
import { tinyRun } from "./tiny-run.ts";

describe("the report of a run", () => {
  const scratch = scratchFolder();
  let results: RunResults;
  let report: string;
  before(async () => {
    ({ results } = await tinyRun(scratch("r"), { targets: ["migrate"] }));
    report = renderReport(results);
  });

  const firstScreen = () => report.slice(0, report.indexOf("<h2")).replace(/<svg.*?<\/svg>/gs, "");

  it("says first what was simulated, how well it was learned, and what a policy gained, with the numbers of the results", () => {
    const { rows } = results.traces
      .filter(({ role }) => role !== "real")
      .reduce((sum, trace) => ({ rows: sum.rows + trace.rows }), { rows: 0 });
    const text = firstScreen();
    expect(text).to.contain(`asked the balancer ${rows.toLocaleString("en-US")} times`);
    const judged = results.judged.filter(({ data }) => data === "all real");
    const best = Math.max(
      ...judged.flatMap(({ judges }) =>
        Object.entries(judges)
          .filter(([judge]) => judge.startsWith("model"))
          .map(([, { balancedAccuracy }]) => balancedAccuracy ?? 0),
      ),
    );
    expect(text).to.contain(`is right on ${(100 * best).toFixed(1)} %`);
    expect(text).to.match(/<b>Gained\.<\/b>/);
    expect(text).not.to.match(/-0\.00|NaN|undefined/);
  });

  it("has contents that lead to its parts, and folds tables and commands", () => {
    const targets = [...report.matchAll(/href="#([\w-]+)"/g)].map(([, id]) => id);
    expect(targets.length).to.be.greaterThan(4);
    for (const id of targets) expect(report, id).to.contain(`<h2 id="${id}">`);
    const unfolded = report.replace(/<details>.*?<\/details>/gs, "");
    expect(unfolded.match(/<pre/g)).to.have.length(1); // the command of the whole
  });

  it("leads into the explorer where a task was forced, and nowhere else", () => {
    const forced: RunResults = structuredClone(results);
    forced.traces[0].positives.forced_detached = 3;
    expect(tellingTrace(forced)).to.equal(forced.traces[0]);
    expect(renderReport(forced)).to.contain('href="explorer.html#forced=most"');
    const none: RunResults = structuredClone(results);
    for (const trace of none.traces) trace.positives.forced_detached = 0;
    expect(renderReport(none)).not.to.contain("explorer.html");
  });

  it("compares policies by geometric means with intervals that hold them", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { maxLength: 12 }), (values) => {
        const ratios = values.map((value, i) => ({ workload: `w${i}`, policy: "model", value }));
        const [mean] = meansOf(ratios);
        if (values.length < 3) {
          expect(mean).to.equal(undefined);
          return;
        }
        const expected = Math.exp(values.reduce((sum, x) => sum + Math.log(x), 0) / values.length);
        expect(mean.value).to.be.closeTo(expected, 1e-9);
        expect(mean.low).to.be.within(Math.min(...values) - 1e-9, mean.value + 1e-9);
        expect(mean.high).to.be.within(mean.value - 1e-9, Math.max(...values) + 1e-9);
      }),
      { numRuns: 30 },
    );
  });
});
