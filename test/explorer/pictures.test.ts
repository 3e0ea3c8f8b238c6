import { writeFileSync } from "node:fs";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { story } from "../../cli/run/report-story.ts";
import { Lanes } from "../../explorer/page/lanes.ts";
import { IndexedRun } from "../../explorer/view/runs.ts";
import type { RunResults } from "../../lab/run/results.ts";
import { page as htmlPage } from "../../report/html.ts";
import { difference, expectPicture, SHARE, WITHOUT_LETTERS } from "../golden/pictures.ts";
import { scratchFolder } from "../traces/support.ts";
import { openBrowser, writePage } from "./browser.ts";
import { inventedRun } from "./invented-run.ts";

/** What the first screen of a report is about, invented. */
const RESULTS = {
  chip: "8x1",
  traces: [
    {
      ...{ workload: "numeric", role: "test", rows: 1000, agree: 1000 },
      positives: { forced_now: 20, forced_detached: 15 },
      reasons: { running: 300, hot_refused: 180, cold: 480, active: 20, forced: 20 },
    },
    {
      ...{ workload: "desktop", role: "real", rows: 800, agree: 800 },
      positives: { forced_now: 90, forced_detached: 80 },
      reasons: { throttled: 40, percpu_kthread: 60, affinity: 100, running: 200, cold: 310, forced: 90 },
    },
  ],
  judged: [
    {
      ...{ target: "forced_eventually", data: "all real", preset: "best", rows: 800 },
      judges: {
        model: { balancedAccuracy: 0.81, balancedInterval: [0.77, 0.85] },
        "model at base rate": { balancedAccuracy: 0.66, balancedInterval: [0.6, 0.7] },
        rule: { balancedAccuracy: 0.72, balancedInterval: [0.69, 0.75] },
      },
    },
  ],
  policies: [1, 2, 3].flatMap((seed) =>
    Object.entries({ cfs: 1, "never-hot": 1.01, model: 1.03, premigrate: 0.99 }).map(([policy, work]) => ({
      ...{ workload: "numeric", seed: String(seed), policy },
      ...{ workNs: 1e9 * (work + (policy === "cfs" ? 0 : seed / 500)), wakeupP99Ns: 1e6 },
    })),
  ),
} as unknown as RunResults;

describe("pictures of the pages", () => {
  const scratch = scratchFolder();
  let browser: Browser;
  let urls: Record<"one" | "two" | "report", string>;
  before(async function () {
    const opened = await openBrowser();
    if (opened === undefined) return this.skip();
    browser = opened;
    writeFileSync(scratch("report.html"), htmlPage("report", story(RESULTS)));
    urls = {
      one: await writePage(scratch("one.html"), inventedRun(1)),
      two: await writePage(scratch("two.html"), inventedRun(1), inventedRun(2)),
      report: `file://${scratch("report.html")}`,
    };
  });
  after(() => browser?.close());

  async function look(
    url: string,
    { width = 900, dark = false, ready = "html[data-ready]" } = {},
    work: (page: Page) => Promise<void>,
  ) {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: dark ? "dark" : "light",
      // letters are hidden by a style that is not the page's
      bypassCSP: true,
    });
    const page = await context.newPage();
    await page.addInitScript(WITHOUT_LETTERS);
    await page.goto(url);
    await page.waitForSelector(ready);
    await work(page);
    await context.close();
  }

  it("show the lanes of a whole run, by core and cache", () =>
    look(urls.one, {}, (page) => expectPicture(browser, "whole-run", page.locator("canvas"))));

  it("show a forced migration, in the dark", () =>
    look(`${urls.one}#forced=most`, { dark: true }, (page) =>
      expectPicture(browser, "forced-dark", page.locator("canvas")),
    ));

  it("show a task that is chosen, on a phone", () =>
    look(`${urls.one}#from=500000000&to=580000000&task=11`, { width: 360 }, (page) =>
      expectPicture(browser, "task-phone", page.locator("canvas")),
    ));

  it("show the second of two runs with their first difference", () =>
    look(urls.two, {}, async (page) => {
      await page.locator(".first-difference button").click();
      await page.waitForTimeout(300);
      await expectPicture(browser, "second-run", page.locator("canvas").nth(1));
    }));

  it("show the three figures of a report, by day and by night", async () => {
    for (const dark of [false, true])
      await look(urls.report, { width: 400, dark, ready: ".three" }, async (page) => {
        const figures = page.locator(".three svg.plot");
        expect(await figures.count()).to.equal(3);
        for (let i = 0; i < 3; i++)
          await expectPicture(browser, `report-${i + 1}${dark ? "-dark" : ""}`, figures.nth(i));
      });
  });

  it("differ where a lane is missing, a mark or the colour of a task, and not where they are taken again", () =>
    look(`${urls.one}#forced=most`, {}, async (page) => {
      const canvas = page.locator("canvas");
      const lane = new Lanes(new IndexedRun(inventedRun(1))).lanes[3];
      const taken = await canvas.screenshot();
      expect(await difference(browser, taken, await canvas.screenshot())).to.equal(0);
      const paint = (x: number, y: number, width: number, height: number, colour: string) =>
        page.evaluate(`(() => {
          const ctx = document.querySelector("canvas").getContext("2d");
          [ctx.fillStyle, ctx.globalAlpha] = ["${colour}", 1];
          ctx.fillRect(${x}, ${y}, ${width}, ${height});
        })()`);
      await paint(200, lane.top, 120, 15, "rgb(1,2,3)");
      expect(await difference(browser, taken, await canvas.screenshot())).to.be.greaterThan(SHARE);
      await paint(0, lane.top, 2000, 33, "#fff");
      expect(await difference(browser, taken, await canvas.screenshot())).to.be.greaterThan(4 * SHARE);
    }));
});
