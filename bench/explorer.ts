import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pageCode } from "../explorer/bundle.ts";
import { RunBuilder } from "../explorer/data/builder.ts";
import type { ExplorerRun } from "../explorer/data/run.ts";
import { explorerPage } from "../explorer/html.ts";
import { parseNamedRun } from "../lab/explore/named-run.ts";
import { openRun } from "../lab/explore/open-run.ts";
import { openBrowser, visit } from "../test/explorer/browser.ts";
import { median, repeats, row, share } from "./share.ts";

/**
 * How long the explorer's page takes: to stand, and for a frame at every zoom, in chromium without a graphics card. A frame of 60 in a
 * second has 16.7 ms.
 */
const CPUS = 8;
const TASKS = 400;
const DURATION = 60e9;

/** So many slices on eight CPUs in 60 s, with somebody waiting behind each; lengths and tasks from a small generator. */
function crowded(slices: number): ExplorerRun {
  const builder = new RunBuilder(
    Array.from({ length: CPUS }, (_, number) => ({ number, core: number >> 1, llc: 0, node: 0 })),
  );
  for (let i = 0; i < TASKS; i++) builder.addTask(100 + i, `worker-${i}`);
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const mean = (DURATION * CPUS) / slices;
  for (let cpu = 0; cpu < CPUS; cpu++) {
    const own = TASKS / CPUS;
    let at = 0;
    for (let i = 0; at < DURATION; i++) {
      const task = cpu * own + Math.floor(random() * own);
      const end = Math.min(DURATION, Math.round(at + mean * (0.1 + 1.6 * random())));
      builder.waitsOn(task, cpu, Math.max(0, Math.round(at - mean * random())));
      builder.runs(task, cpu, at);
      builder.stopsRunning(task, end, "S");
      if (i % 20 === 0) builder.move(task, cpu, Math.floor(random() * CPUS), "wakeup", at);
      at = end + Math.round(0.1 * mean * random());
    }
  }
  return builder.finish({
    ...{ title: "crowded", source: "simulation", command: "", gaps: [] },
    ...{ durationNs: DURATION, migrationCostNs: 500_000 },
  });
}

export async function run(): Promise<void> {
  const browser = await openBrowser();
  if (browser === undefined) {
    console.log("skipped: no chromium (apt-get install chromium)");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "nicetries-bench-"));
  try {
    const code = await pageCode();
    const write = (name: string, shown: ExplorerRun) => {
      const page = explorerPage([shown], code);
      writeFileSync(join(folder, name), page);
      return { url: `file://${join(folder, name)}`, megabytes: (page.length / 1e6).toFixed(1) };
    };
    row("code of the page", `${Math.ceil((code.script.length + code.style.length) / 1000)} kB`, "", "1 MB");
    const database = await openRun(
      parseNamedRun("database?parameters.clients=300&parameters.workers=90", "a"),
      {
        durationNs: share(10e9),
      },
    );
    const small = write("database.html", database);
    const [seen, stands]: number[][] = [[], []];
    for (let i = 0; i < repeats(5); i++) {
      const { page } = await visit(browser, small.url);
      const [first, all] = (await page.evaluate(
        '["preview", "ready"].map((name) => performance.getEntriesByName(name)[0].startTime)',
      )) as number[];
      seen.push(first);
      stands.push(all);
      await page.context().close();
    }
    row(
      `10 s of database with ${database.tasks.length} tasks, from the file to the first frame`,
      `${(median(seen) / 1000).toFixed(2)} s`,
      `all of its ${database.slices.rows} slices, ${small.megabytes} MB, after ${(median(stands) / 1000).toFixed(2)} s`,
      "1 s",
    );
    const run = crowded(share(2_000_000));
    const big = write("crowded.html", run);
    const { page } = await visit(browser, big.url, { width: 1600, height: 900 });
    const frameAt = async (from: number, length: number): Promise<number> =>
      Number(
        await page.evaluate(`new Promise((drawn) => {
          const { dataset } = document.querySelector("canvas");
          const before = dataset.frames;
          location.hash = "from=${Math.round(from)}&to=${Math.round(from + length)}";
          const look = () => (dataset.frames === before ? requestAnimationFrame(look) : drawn(dataset.frameMs));
          look();
        })`),
      );
    const all: number[] = [];
    for (let length = DURATION / 2; length >= 1000; length /= 3)
      for (let i = 0; i < repeats(5); i++) all.push(await frameAt(20e9 + i * length * 0.1, length));
    row(
      `a frame of ${run.slices.rows} slices on 8 CPUs, at ${Math.round(all.length / repeats(5))} zooms from 30 s to 1 us`,
      `${median(all).toFixed(1)} ms`,
      `the longest of ${all.length} ${Math.max(...all).toFixed(1)} ms`,
      "16.7 ms",
    );
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
