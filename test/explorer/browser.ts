import { existsSync, writeFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { pageCode } from "../../explorer/bundle.ts";
import type { ExplorerRun } from "../../explorer/data/run.ts";
import { explorerPage } from "../../explorer/html.ts";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** A browser, or undefined where there is none (apt-get install chromium, or CHROMIUM=path). */
export async function openBrowser(): Promise<Browser | undefined> {
  if (!existsSync(CHROMIUM)) return undefined;
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

/** A page with what it complained of and whom it asked. */
export interface Watched {
  page: Page;
  complaints: string[];
  requests: string[];
}

/** Opens an address in a context of its own, and waits until the explorer stands. */
export async function visit(
  browser: Browser,
  url: string,
  look: { width?: number; height?: number; dark?: boolean } = {},
): Promise<Watched> {
  const { width = 1200, height = 900, dark = false } = look;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    offline: url.startsWith("file:"),
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  await page.waitForSelector("html[data-ready]");
  return { page, complaints, requests };
}

/** Writes the page of these runs. @returns Its address. */
export async function writePage(path: string, ...runs: ExplorerRun[]): Promise<string> {
  writeFileSync(path, explorerPage(runs, await pageCode()));
  return `file://${path}`;
}

/** What stands in the pane. */
export const detailsOf = (page: Page): Promise<string> => textOf(page, "#details");

/** The text of an element. */
export const textOf = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).textContent()) ?? "";

/** Waits until the canvas has been drawn anew since `act` began. */
export async function drawnAfter(page: Page, act: () => Promise<unknown>, run = 0): Promise<void> {
  const frames = () => page.evaluate(`Number(document.querySelectorAll("canvas")[${run}].dataset.frames)`);
  const before = Number(await frames());
  await act();
  for (let i = 0; Number(await frames()) <= before; i++) {
    if (i > 3000) throw new Error("nothing was drawn");
    await page.waitForTimeout(10);
  }
}
