import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { simulateFile } from "../../lab/simulate-file.ts";
import type { BalancePass } from "../../traces/balance-pass.ts";
import type { TraceRow } from "../../traces/schema.ts";
import { scratchFolder } from "../traces/support.ts";
import { openBrowser, visit, writePage } from "./browser.ts";
import { open } from "./runs.ts";

const DURATION = 5e9;
const COST = 500_000;

/** What somebody who has never seen the project reads in the pane. */
interface Read {
  task: string;
  pid: number;
  at: number;
  from: number;
  to: number;
  ranAgoNs: number;
  costNs: number;
  failed: number;
  tries: number;
  /** When each of the failed passes was. */
  passes: number[];
}

const UNITS: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 };
const ns = (text: string, unit: string): number => Number(text) * UNITS[unit];

/** Reads the pane by its words alone. */
function read(text: string): Read {
  const part = (pattern: RegExp): string[] => {
    const found = pattern.exec(text);
    expect(found, `${pattern} in ${text}`).not.to.equal(null);
    return found!.slice(1);
  };
  const [task, at] = part(/^(\S+) moved by force at ([\d.]+) s/);
  const [pid, from, to] = part(/\(pid (\d+)\), from CPU (\d+) to CPU (\d+)\./);
  const [ran, ranUnit, cost, costUnit] = part(/hot: ran ([\d.]+) (\w+) ago, cost ([\d.]+) (\w+);/);
  const [failed, tries] = part(/failed (\d+) times?, with (\d+) (?:try|tries) allowed/);
  const [before] = part(/What had failed before([\s\S]*)The pass: /);
  const passes = [...before.matchAll(/([\d.]+) s \((?:periodic|nohz)/g)].map(([, s]) => Number(s) * 1e9);
  return {
    ...{ task, pid: Number(pid), at: Number(at) * 1e9, from: Number(from), to: Number(to) },
    ...{ ranAgoNs: ns(ran, ranUnit), costNs: ns(cost, costUnit), failed: Number(failed) },
    ...{ tries: Number(tries), passes },
  };
}

describe("somebody who has never seen the project", () => {
  const scratch = scratchFolder();
  let browser: Browser;
  let page: Page;
  const forced: TraceRow[] = [];
  const passes: BalancePass[] = [];
  before(async function () {
    const opened = await openBrowser();
    if (opened === undefined) return this.skip();
    browser = opened;
    await simulateFile("numeric", {
      durationNs: DURATION,
      onDecision: (row) => row.reason === "forced" && row.detached === 1 && forced.push({ ...row }),
      onPass: (pass) => passes.push(pass),
    });
    const url = await writePage(scratch("page.html"), await open("numeric", { durationNs: DURATION }));
    ({ page } = await visit(browser, url));
  });
  after(() => browser?.close());

  /** By the simulator's own passes: those that raised nr_balance_failed since it was last 0. */
  function failedBefore({ ts, dst_cpu, sd_level }: TraceRow): BalancePass[] {
    const domain = passes.filter((p) => p.cpu === dst_cpu && p.level === sd_level && p.time < ts);
    const last = domain.findLastIndex(({ failedAfter }) => failedAfter === 0);
    return domain.slice(last + 1).filter((p) => p.failedAfter > p.failedBefore);
  }

  /** What is seen, line by line. */
  const pane = async () => (await page.locator("#details").allInnerTexts()).join();

  it("answers from the page alone which task was forced at a moment, why, and what had failed before", async () => {
    let answered = 0;
    for (const row of forced) {
      const nearest = forced.filter((other) => Math.abs(other.ts - row.ts) < 2e7);
      if (nearest.length > 1) continue;
      await page.locator("#search").fill(`${(row.ts / 1e9).toFixed(2)} s`);
      const offered = page.locator(".found button").first();
      expect(await offered.textContent()).to.match(/^forced at /);
      await offered.click();
      const story = read(await pane());
      expect([story.task, story.pid]).to.deep.equal([row.comm, row.pid]);
      expect(story.at).to.be.closeTo(row.ts, 1000);
      expect([story.from, story.to]).to.deep.equal([row.src_cpu, row.dst_cpu]);
      expect(story.ranAgoNs).to.be.closeTo(row.delta, 0.01 * row.delta);
      expect(story.costNs).to.equal(COST);
      // hot, and so it needs force
      expect(row.delta).to.be.lessThan(COST);
      expect([story.failed, story.tries]).to.deep.equal([row.sd_nr_balance_failed, row.sd_cache_nice_tries]);
      const failed = failedBefore(row);
      expect(failed.length).to.equal(row.sd_nr_balance_failed);
      expect(story.passes.length).to.equal(failed.length);
      for (const [i, pass] of failed.entries()) expect(story.passes[i]).to.be.closeTo(pass.time, 1000);
      answered++;
    }
    expect(answered).to.be.greaterThan(1);
  });

  it("learns of each failed pass by a click what it was, and whom it left", async () => {
    const row = [...forced].sort((a, b) => failedBefore(b).length - failedBefore(a).length)[0];
    const failed = failedBefore(row);
    expect(failed.length).to.be.greaterThan(1);
    for (const [i, pass] of failed.entries()) {
      await page.locator("#search").fill(`${(row.ts / 1e9).toFixed(6)} s`);
      await page.locator(".found button").first().click();
      await page.locator("#details .story button").nth(i).click();
      const text = await pane();
      expect(text).to.contain(`Balance pass at ${(pass.time / 1e9).toFixed(6)} s`);
      expect(text).to.contain(`CPU ${pass.cpu} over ${pass.level} (${pass.kind}`);
      expect(text).to.contain(`Busiest queue: CPU ${pass.busiestCpu}.`);
      expect(text).to.contain(`nr_balance_failed goes from ${pass.failedBefore} to ${pass.failedAfter}.`);
      const stayed = await page.locator("#details .candidates li").allInnerTexts();
      expect(stayed.length).to.equal(pass.examined);
      expect(await page.locator("#details tbody tr").count()).to.equal(pass.groups.length);
      for (const reason of stayed) expect(reason).to.match(/stays|but stayed/);
    }
  });
});
