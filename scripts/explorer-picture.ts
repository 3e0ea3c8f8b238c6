/**
 * `npx tsx scripts/explorer-picture.ts`: docs/explorer.png, the explorer at the most telling forced migration of 5 s of numeric. It
 * needs chromium; fonts differ from machine to machine, so no test compares it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseNamedRun } from "../lab/explore/named-run.ts";
import { openRun } from "../lab/explore/open-run.ts";
import { openBrowser, visit, writePage } from "../test/explorer/browser.ts";

process.chdir(new URL("..", import.meta.url).pathname);
const browser = await openBrowser();
if (browser === undefined) throw new Error("no chromium: apt-get install chromium");
const folder = mkdtempSync(join(tmpdir(), "nicetries-picture-"));
try {
  const run = await openRun(parseNamedRun("numeric?duration=5s", "a"));
  const url = await writePage(join(folder, "page.html"), run);
  const { page } = await visit(browser, `${url}#forced=most`, { width: 1280, height: 540 });
  await page.waitForTimeout(200);
  await page.screenshot({ path: "docs/explorer.png" });
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
