import { expect } from "chai";
import type { Browser } from "playwright-core";
import { servePages } from "../../cli/explore/serve.ts";
import { pageCode } from "../../explorer/bundle.ts";
import { RunBuilder } from "../../explorer/data/builder.ts";
import type { ExplorerRun } from "../../explorer/data/run.ts";
import { explorerPage, policyOf } from "../../explorer/html.ts";
import { colourOf } from "../../explorer/page/colours.ts";
import { Lanes } from "../../explorer/page/lanes.ts";
import { GUTTER, layoutOf, MARK_HEIGHT, RUN_HEIGHT, WAIT_HEIGHT } from "../../explorer/page/layout.ts";
import { firstDifference } from "../../explorer/view/compare.ts";
import { viewOf } from "../../explorer/view/link.ts";
import { moment } from "../../explorer/view/numbers.ts";
import { packOverview, unpackOverview } from "../../explorer/view/overview.ts";
import { IndexedRun } from "../../explorer/view/runs.ts";
import { mostTelling, storyOf } from "../../explorer/view/story.ts";
import { reasonWords } from "../../explorer/view/words.ts";
import { scratchFolder } from "../traces/support.ts";
import { detailsOf, drawnAfter, openBrowser, textOf, visit, writePage } from "./browser.ts";
import { open } from "./runs.ts";

describe("the explorer's page in a browser", () => {
  const scratch = scratchFolder();
  let browser: Browser;
  let run: ExplorerRun;
  let indexed: IndexedRun;
  let url: string;
  before(async function () {
    const opened = await openBrowser();
    if (opened === undefined) {
      console.log("no chromium: apt-get install chromium");
      return this.skip();
    }
    browser = opened;
    run = await open("numeric", { durationNs: 5e9 });
    indexed = new IndexedRun(run);
    url = await writePage(scratch("page.html"), run);
  });
  after(() => browser?.close());

  it("stands from a file, offline, without a complaint and without asking anybody", async () => {
    const { page, complaints, requests } = await visit(browser, url);
    expect(await page.locator("canvas").count()).to.equal(1);
    expect(await page.title()).to.contain(run.title);
    expect(complaints).to.deep.equal([]);
    expect(requests).to.deep.equal([url]);
    const refused = await page.evaluate(
      'fetch("https://example.org/").then(() => "reached", () => "refused")',
    );
    expect(refused).to.equal("refused");
    expect(complaints.join()).to.contain("Content Security Policy");
    await page.context().close();
  });

  it("shows the run from afar before it is read, where it will stand", async () => {
    const overview = unpackOverview(packOverview(run));
    const { lanes } = layoutOf(run.cpus);
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
    const page = await context.newPage();
    // where the canvas lies, and the colours of who runs, along the lower edge of each lane
    await page.addInitScript(`
      window.look = () => {
        const canvas = document.querySelector("canvas");
        const { left, top, width } = canvas.getBoundingClientRect();
        const of = (y) => [...canvas.getContext("2d").getImageData(0, y, width, 1).data];
        return { place: [left, top, width], lines: [${lanes.map(({ top }) => top + RUN_HEIGHT - 1)}].map(of) };
      };
      const { mark } = performance;
      performance.mark = function (name) {
        if (name === "preview") window.before = window.look();
        return mark.apply(this, arguments);
      };`);
    for (const hash of ["#from=1000000000&to=1500000000", "#forced=most"]) {
      await page.goto("about:blank");
      await page.goto(url + hash);
      await page.waitForSelector("html[data-ready]");
      type Look = { place: number[]; lines: number[][] };
      const [before, after] = (await page.evaluate("[window.before, window.look()]")) as [Look, Look];
      expect(before.place).to.deep.equal(after.place);
      const { from, to } = viewOf(hash, run.durationNs, () => overview.tellingNs);
      const nsPerPx = (to - from) / (before.place[2] - GUTTER);
      let compared = 0;
      for (const [i, { cpu }] of lanes.entries()) {
        const { levels } = overview.lanes[cpu];
        const level = Math.max(0, levels.levelFor(2 * nsPerPx));
        const partNs = levels.partNs * 2 ** level;
        for (const [part, task] of levels.task[level].entries()) {
          const x = GUTTER + ((part + 0.5) * partNs - from) / nsPerPx;
          if (task < 0 || x < GUTTER + 2 || x > before.place[2] - 2) continue;
          const pixel = before.lines[i].slice(4 * Math.floor(x), 4 * Math.floor(x) + 3);
          expect(`rgb(${pixel})`).to.equal(colourOf(task));
          compared++;
        }
      }
      expect(compared, hash).to.be.greaterThan(50);
    }
    await context.close();
  });

  it("answers which task was forced at a moment, why, and what had failed before", async () => {
    const decision = mostTelling(indexed)!;
    const { decisions: d, passes: p, tasks } = run;
    const { failed } = storyOf(indexed, d.pass[decision]);
    expect(failed.length).to.be.greaterThan(1);
    const { page, complaints } = await visit(browser, url);
    await page.locator("#search").fill(`${(d.time[decision] / 1e9).toFixed(2)}s`);
    await page.keyboard.press("Enter");
    const said = await detailsOf(page);
    expect(said).to.contain(`${tasks[d.task[decision]].comm} moved by force at ${moment(d.time[decision])}`);
    expect(said).to.contain(`It ${reasonWords(run, decision)}.`);
    expect(said).to.contain("What had failed before");
    const steps = await page.locator("#details .story li").allInnerTexts();
    expect(steps.length).to.equal(failed.length);
    for (const [i, step] of steps.entries()) {
      expect(step).to.contain(moment(p.time[failed[i]]));
      expect(step).to.contain(`nr_balance_failed ${i} → ${i + 1}`);
    }
    expect(complaints).to.deep.equal([]);
    // as the report of a run leads there
    const led = await visit(browser, `${url}#forced=most`);
    expect(await detailsOf(led.page)).to.equal(said);
    for (const each of [page, led.page]) await each.context().close();
  });

  it("leads from a mark on the canvas to the pass, to its candidates, to the reason", async () => {
    const { passes: p, decisions: d } = run;
    const pass = [...p.decisionCount.keys()].find((i) => p.decisionCount[i] > 1 && p.moved[i] > 0)!;
    const time = p.time[pass];
    const { page, complaints } = await visit(
      browser,
      `${url}#from=${Math.round(time - 100_000)}&to=${Math.round(time + 100_000)}`,
    );
    const canvas = page.locator("canvas");
    const { width } = (await canvas.boundingBox())!;
    const lane = new Lanes(indexed).ofCpu[p.cpu[pass]];
    const position = {
      x: GUTTER + (width - GUTTER) / 2,
      y: lane.top + RUN_HEIGHT + WAIT_HEIGHT + MARK_HEIGHT / 2,
    };
    await canvas.click({ position });
    expect(await detailsOf(page)).to.contain(`Balance pass at ${moment(time)}`);
    const candidates = await page.locator("#details .candidates li").allInnerTexts();
    expect(candidates.length).to.equal(p.decisionCount[pass]);
    for (const [i, text] of candidates.entries())
      expect(text).to.contain(reasonWords(run, p.firstDecision[pass] + i));
    const groups = await page.locator("#details tbody tr").count();
    expect(groups).to.equal(p.groupCount[pass]);
    await page.locator("#details .candidates button").first().click();
    expect(await detailsOf(page)).to.contain(`It ${reasonWords(run, p.firstDecision[pass])}.`);
    await page.getByRole("button", { name: /pid/ }).click();
    expect(await detailsOf(page)).to.contain(`pid ${run.tasks[d.task[p.firstDecision[pass]]].pid}`);
    expect(complaints).to.deep.equal([]);
    await page.context().close();
  });

  it("paints each task in its colour, where and when it runs", async () => {
    const { slices: s } = run;
    const lanes = new Lanes(indexed);
    const long = [...s.length.keys()].filter((i) => s.length[i] > 2e6).filter((_, i) => i % 97 === 0);
    expect(long.length).to.be.greaterThan(5);
    const { page } = await visit(browser, url);
    for (const i of long.slice(0, 12)) {
      const [from, to] = [Math.round(s.start[i]), Math.round(s.start[i] + s.length[i])];
      await drawnAfter(page, () => page.evaluate(`location.hash = "from=${from}&to=${to}"`));
      const [x, y] = [GUTTER + 200, lanes.ofCpu[s.cpu[i]].top + 2];
      const pixel = await page.evaluate(`(() => {
        const canvas = document.querySelector("canvas");
        return [...canvas.getContext("2d").getImageData(${x} * devicePixelRatio, ${y} * devicePixelRatio, 1, 1).data].slice(0, 3);
      })()`);
      expect(`rgb(${pixel})`).to.equal(colourOf(s.task[i]));
    }
    await page.context().close();
  });

  it("zooms by wheel down to a microsecond and back, and moves by dragging", async () => {
    const { page, complaints } = await visit(browser, url);
    const box = (await page.locator("canvas").boundingBox())!;
    const view = async () => {
      await page.waitForTimeout(250);
      const words = new URLSearchParams(new URL(page.url()).hash.slice(1));
      return { from: Number(words.get("from")), to: Number(words.get("to")) };
    };
    await page.mouse.move(box.x + 500, box.y + 60);
    for (let i = 0; i < 40; i++) await page.mouse.wheel(0, -300);
    const near = await view();
    expect(near.to - near.from).to.be.within(990, 1010);
    await page.mouse.down();
    await page.mouse.move(box.x + 300, box.y + 60, { steps: 4 });
    await page.mouse.up();
    const moved = await view();
    expect(moved.from).to.be.greaterThan(near.from);
    expect(moved.to - moved.from).to.be.within(990, 1010);
    for (let i = 0; i < 60; i++) await page.mouse.wheel(0, 300);
    expect(await view()).to.deep.equal({ from: 0, to: 5e9 });
    expect(complaints).to.deep.equal([]);
    await page.context().close();
  });

  it("works by keys alone: to a forced migration, into the pane, to a failed pass and back", async () => {
    const { page, complaints } = await visit(browser, url);
    await page.keyboard.press("Home");
    await page.keyboard.press("f");
    expect(await detailsOf(page)).to.contain("moved by force");
    expect(await textOf(page, ".spoken")).to.contain("moved by force");
    await page.keyboard.press("d");
    expect(await page.evaluate("document.activeElement.id")).to.equal("details");
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate("document.activeElement.dataset.pass !== undefined")) break;
    }
    await page.keyboard.press("Enter");
    expect(await detailsOf(page)).to.contain("Balance pass at");
    expect(await page.evaluate("document.activeElement.id")).to.equal("details");
    await page.keyboard.press("n");
    expect(await detailsOf(page)).to.contain("Candidates, in order");
    await page.keyboard.press("Escape");
    expect(await detailsOf(page)).to.contain("Why did it move?");
    await page.keyboard.press("/");
    expect(await page.evaluate("document.activeElement.id")).to.equal("search");
    await page.keyboard.type(run.tasks[0].comm.slice(0, 4));
    expect(await page.locator(".found button").count()).to.be.greaterThan(0);
    const unnamed = await page.evaluate(
      `[...document.querySelectorAll("button, input, canvas, summary")].filter((e) => (e.getAttribute("aria-label") ?? e.textContent) === "" && e.labels?.length !== 1).length`,
    );
    expect(unnamed).to.equal(0);
    expect(complaints).to.deep.equal([]);
    await page.context().close();
  });

  it("says to a screen reader what each part is, and what is chosen", async () => {
    const { page } = await visit(browser, url);
    await page.keyboard.press("f");
    const tree = await page.locator("body").ariaSnapshot();
    for (const part of [
      /heading "nicetries explore" \[level=1\]/,
      /toolbar "View"/,
      /searchbox "Find a task by name or pid, or a moment such as 1\.23s"/,
      /button "Zoom in"/,
      /button "Show the whole run"/,
      /img "Timeline of 8 CPUs: numeric on [^"]*The lists below hold the same; keys: /,
      /complementary "What is selected"/,
      /heading "\S+ moved by force at [\d.]+ s" \[level=2\]/,
      /heading "What had failed before" \[level=3\]/,
      /status: \S+ moved by force at/,
      /region "Lists"/,
      /region "Tasks moved though cache-hot"/,
      /columnheader "tries allowed"/,
    ])
      expect(tree).to.match(part);
    // all that can be clicked on the canvas is in lists with buttons
    for (const summary of ["Balance passes in view", "Tasks"])
      await page.getByText(summary, { exact: true }).click();
    expect(await page.locator(".lists [data-pass]").count()).to.be.greaterThan(0);
    expect(await page.locator(".lists [data-task]").count()).to.equal(run.tasks.length);
    await page.context().close();
  });

  it("has links that lead back to what was seen", async () => {
    const { page } = await visit(browser, url);
    await page.keyboard.press("f");
    await page.keyboard.press("f");
    await page.keyboard.press("+");
    await page.waitForTimeout(250);
    const [seen, link] = [await detailsOf(page), page.url()];
    const again = await visit(browser, link);
    expect(await detailsOf(again.page)).to.equal(seen);
    expect(again.page.url()).to.equal(link);
    for (const hash of ["#from=9&to=1&pass=99999999", "#run=7&task=-3", "#pass=1e9&from=NaN", "#%"]) {
      const broken = await visit(browser, url + hash);
      expect(await detailsOf(broken.page)).to.contain("Why did it move?");
      expect(broken.complaints).to.deep.equal([]);
      await broken.page.context().close();
    }
    for (const each of [page, again.page]) await each.context().close();
  });

  it("shows two runs above each other, their first difference, and what differs per task", async () => {
    const other = await open("numeric?policy=never-hot", { durationNs: 5e9 });
    const both = await writePage(scratch("both.html"), run, other);
    const { page, complaints } = await visit(browser, both);
    expect(await page.locator("canvas").count()).to.equal(2);
    const at = firstDifference(run, other)!;
    expect(await textOf(page, ".first-difference")).to.contain(moment(at));
    const rows = await page
      .getByRole("region", { name: /differ most first/ })
      .locator("tbody tr")
      .count();
    expect(rows).to.equal(run.tasks.length);
    await drawnAfter(page, () => page.locator(".first-difference button").click(), 1);
    expect(complaints).to.deep.equal([]);
    await page.context().close();
  });

  it("shows names as text, whatever they are", async () => {
    const names = [
      '<script>alert("x")</script>',
      "</script><img src=x onerror=alert(1)>",
      "\u202egnp.exe\u202c",
      "\u05d0\u05d1\u05d2 worker",
      "x".repeat(10_000),
      "\u0000\u001b[31m",
      "",
    ];
    const builder = new RunBuilder([{ number: 0, core: 0, llc: 0, node: 0 }]);
    for (const [i, name] of names.entries()) {
      const task = builder.addTask(100 + i, name);
      builder.runs(task, 0, i * 1000);
      builder.stopsRunning(task, (i + 1) * 1000, "S");
    }
    const hostile = builder.finish({
      title: names[1],
      source: "simulation",
      command: names[0],
      gaps: [names[0]],
      durationNs: 10_000,
      migrationCostNs: 500_000,
    });
    const { page, complaints, requests } = await visit(
      browser,
      await writePage(scratch("hostile.html"), hostile),
    );
    expect(await page.locator("img").count()).to.equal(0);
    for (const summary of await page.locator("summary").all()) await summary.click();
    await page.keyboard.press("+");
    for (const [i, name] of names.entries()) {
      await page.evaluate(`location.hash = "task=${i}"`);
      await page.waitForTimeout(50);
      const said = await detailsOf(page);
      expect(said).to.contain(`pid ${100 + i}`);
      if (/^[\x20-\x7e]+$/.test(name)) expect(said.replace(/\s/g, "")).to.contain(name.replace(/\s/g, ""));
      else for (const sign of "\u202e\u001b") expect(said).not.to.contain(sign);
    }
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).to.equal(true);
    expect(complaints).to.deep.equal([]);
    expect(requests.length).to.equal(1);
    await page.context().close();
  });

  it("fits a phone, in the dark too", async () => {
    const { page, complaints } = await visit(browser, url, { width: 360, height: 740, dark: true });
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).to.equal(true);
    const paper = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(paper).to.equal("rgb(13, 17, 23)");
    expect(complaints).to.deep.equal([]);
    await page.context().close();
  });

  it("names what a trace and a recording do not have", async () => {
    const recorded = await open("examples/recording.ftrace");
    const { page, complaints } = await visit(browser, await writePage(scratch("recorded.html"), recorded));
    expect(await textOf(page, ".about")).to.contain("not why the balancer moved a task");
    expect(await detailsOf(page)).to.contain("This source has no decisions");
    const traced = await open("examples/decisions.csv");
    const trace = await visit(browser, await writePage(scratch("traced.html"), traced));
    expect(await textOf(trace.page, ".about")).to.contain("who ran and who waited is not in it");
    expect([...complaints, ...trace.complaints]).to.deep.equal([]);
    for (const each of [page, trace.page]) await each.context().close();
  });
});

describe("the explorer's page, served", () => {
  it("is given to those alone that know its name, under a policy without the network", async () => {
    const code = await pageCode();
    expect(code.script.length + code.style.length).to.be.lessThan(1e6);
    const run = await open("numeric", { durationNs: 2e7 });
    const served = await servePages(async (path) =>
      path === "" ? { text: explorerPage([run], code), policy: policyOf(code) } : undefined,
    );
    try {
      const { origin, pathname, port, hostname } = new URL(served.url);
      expect(hostname).to.equal("127.0.0.1");
      expect(pathname).to.match(/^\/[0-9a-f]{32}\/$/);
      const there = await fetch(served.url);
      expect(there.status).to.equal(200);
      expect(there.headers.get("content-security-policy")).to.match(
        /^default-src 'none'; script-src 'sha256-/,
      );
      expect(await there.text()).to.contain("<!doctype html>");
      for (const path of ["/", "/favicon.ico", `${pathname}x`, "/../etc/passwd", pathname.slice(0, -1)])
        expect((await fetch(origin + path)).status, path).to.equal(404);
      expect(
        (await fetch(`http://localhost:${port}${pathname}`).catch(() => ({ status: 404 }))).status,
      ).to.equal(404);
      expect((await fetch(served.url, { method: "POST" })).status).to.equal(404);
    } finally {
      served.close();
      await served.ended;
    }
  });
});
