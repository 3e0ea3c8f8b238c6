import { writeFileSync } from "node:fs";
import { expect } from "chai";
import type { Browser } from "playwright-core";
import { renderReport } from "../../cli/run/report.ts";
import { tinyRun } from "../cli/tiny-run.ts";
import { openBrowser } from "../explorer/browser.ts";
import { scratchFolder } from "../traces/support.ts";

/** Smallest letters of figures, px. */
const LEAST_PX = 11;

describe("the report of a run in a browser", () => {
  const scratch = scratchFolder();
  let browser: Browser;
  before(async function () {
    const opened = await openBrowser();
    if (opened === undefined) return this.skip();
    browser = opened;
    const { results } = await tinyRun(scratch("r"), { targets: ["migrate"] });
    writeFileSync(scratch("report.html"), renderReport(results));
  });
  after(() => browser?.close());

  for (const [width, dark] of [
    [360, false],
    [390, true],
    [1200, false],
  ] as const)
    it(`has figures whose letters can be read, and fits, at ${width} px${dark ? " in the dark" : ""}`, async () => {
      const context = await browser.newContext({
        viewport: { width, height: 800 },
        colorScheme: dark ? "dark" : "light",
      });
      const page = await context.newPage();
      await page.goto(`file://${scratch("report.html")}`);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).to.equal(true);
      const paper = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(paper).to.equal(dark ? "rgb(13, 17, 23)" : "rgb(255, 255, 255)");
      const sizes = (await page.evaluate(`
        [...document.querySelectorAll("svg.plot")].filter((svg) => svg.checkVisibility()).map((svg) => {
          const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
          const sizes = [...svg.querySelectorAll("text")].map((text) => scale * parseFloat(getComputedStyle(text).fontSize));
          return { width: svg.getBoundingClientRect().width, least: Math.min(...sizes) };
        })`)) as { width: number; least: number }[];
      expect(sizes.length).to.be.greaterThan(3);
      for (const { width: wide, least } of sizes) {
        expect(least).to.be.at.least(LEAST_PX);
        expect(wide).to.be.at.most(width);
      }
      await context.close();
    });

  it("tells its story and shows three figures and the way on in the first screen", async () => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 1000 } });
    const page = await context.newPage();
    await page.goto(`file://${scratch("report.html")}`);
    const bottoms = (await page.evaluate(
      `[...document.querySelectorAll(".story > li, .three svg.plot")].map((each) => each.getBoundingClientRect().bottom)`,
    )) as number[];
    expect(bottoms.length).to.be.within(5, 6);
    for (const bottom of bottoms) expect(bottom).to.be.lessThan(1000);
    await context.close();
  });
});
