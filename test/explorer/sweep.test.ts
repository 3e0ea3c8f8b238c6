import { expect } from "chai";
import { sweepPage } from "../../cli/explore/sweep-page.ts";
import { parseNamedRun } from "../../lab/explore/named-run.ts";
import { openRun } from "../../lab/explore/open-run.ts";
import { isSweep, openSweep } from "../../lab/explore/open-sweep.ts";
import { METRICS } from "../../lab/sweep/metrics.ts";
import { readPlan } from "../../lab/sweep/plan.ts";
import { runSweep } from "../../lab/sweep/run.ts";
import { html } from "../../report/html.ts";
import { scratchFolder } from "../traces/support.ts";

describe("a sweep, explored", () => {
  const scratch = scratchFolder();
  before(async () => {
    const plan = {
      about: "do <nice> tries matter?",
      duration: "200ms",
      seeds: 2,
      simulate: {
        workload: "numeric",
        niceTries: [0, 4],
        "parameters.extraThreads": 3,
        policy: ["cfs", "always"],
      },
    };
    await runSweep(readPlan(JSON.stringify(plan), "plan.json"), { out: scratch("sw"), workers: 1 });
  });

  it("is known by its folder, with what is chosen of it", () => {
    expect(isSweep(scratch("sw"))).to.equal(true);
    expect(isSweep(`${scratch("sw")}?policy=cfs`)).to.equal(true);
    for (const none of [scratch("none"), scratch("."), "numeric", "numeric?policy=cfs"])
      expect(isSweep(none), none).to.equal(false);
  });

  it("names its simulations so that each is made again", async () => {
    const { rows, nameOf } = await openSweep(`${scratch("sw")}?policy=always`, "<a>");
    expect(rows.length).to.equal(4);
    for (const row of rows) {
      const run = await openRun(parseNamedRun(nameOf(row), "<a>"));
      expect(run.decisions.rows).to.equal(row.records);
      expect(run.durationNs).to.equal(200e6);
      const migrations = run.moves.rows / 0.2;
      expect(migrations).to.be.closeTo(row.metrics.migrations, 1e-6);
    }
  });

  it("has a figure for each metric that differs along what it varies, and leads to each simulation", async () => {
    const sweep = await openSweep(scratch("sw"), "<a>");
    const page = sweepPage(sweep, ({ index }) => `run/${index}`);
    expect(page).to.contain("do &lt;nice&gt; tries matter?");
    for (const dimension of ["niceTries", "policy"]) expect(page).to.contain(`Along ${dimension}`);
    expect(page).not.to.contain("Along workload");
    expect([...page.matchAll(/<td><a href="run\/(\d+)"/g)].map(([, i]) => Number(i))).to.deep.equal([
      ...sweep.rows.keys(),
    ]);
    // rings lead there, too: each simulation in each figure, and they say what they are
    const rings = [...page.matchAll(/<a [^>]*href="run\/(\d+)"[^>]*><circle[^>]*><title>([^<]*)</g)];
    const figures = page.match(/<figure>/g)!.length;
    expect(rings.length % sweep.rows.length).to.equal(0);
    expect(rings.length / sweep.rows.length).to.be.within(4, figures);
    for (const [, index, title] of rings) {
      const { cell, seed } = sweep.rows[Number(index)];
      expect(title).to.contain(`niceTries ${cell.niceTries}, policy ${cell.policy}, seed ${seed}: `);
    }
    for (const metric of sweep.results.metrics.filter((each) => page.includes(`<figcaption>${each}: `)))
      expect(page).to.contain(html`<figcaption>${metric}: ${METRICS[metric].about}.`.text);
    expect(sweepPage(sweep)).not.to.contain("<a ");
    expect(sweepPage(sweep)).to.contain("nicetries explore 'numeric?niceTries=0&amp;");
    expect(page).not.to.match(/NaN|undefined/);
  });
});
