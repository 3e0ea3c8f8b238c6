import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { numberedSeeds, type SweepPlan } from "../lab/sweep/plan.ts";
import type { runSweep } from "../lab/sweep/run.ts";
import { median, repeats, row, share } from "./share.ts";

/** The compiled package: from the sources each worker would compile them first, one and a half seconds of work. */
const COMPILED = new URL("../dist/lab/sweep/run.js", import.meta.url);
type RunSweep = typeof runSweep;
const JOB = new URL("../dist/lab/sweep/job.js", import.meta.url);

/** Simulations of some 0.4 s each, so that the start of the workers, 1 s for one and 2 s for two at a time, does not count for too much. */
const PLAN: SweepPlan = {
  about: "benchmark",
  durationNs: share(80e9),
  seeds: numberedSeeds(24),
  dimensions: { workload: ["convolution"], niceTries: ["0", "1"] },
};

/** Seconds by the clock, from the start of the workers to the last byte of results.parquet. */
async function seconds(runSweep: RunSweep, workers: number): Promise<number> {
  const out = mkdtempSync(join(tmpdir(), "nicetries-bench-"));
  try {
    return (await runSweep(PLAN, { out, workers })).wallSeconds;
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** Simulates part of the plan, every `by`-th seed from `from` on, in a process of its own that knows nothing of others. */
async function bareProcess(from: number, by: number): Promise<void> {
  const { seeds, dimensions, durationNs } = PLAN;
  const cells = dimensions.niceTries.map((niceTries) => ({ workload: dimensions.workload[0], niceTries }));
  const mine = seeds.filter((_, i) => i % by === from);
  const code = `const { simulateCell } = await import(${JSON.stringify(JOB.href)});
    for (const seed of ${JSON.stringify(mine)})
      for (const cell of ${JSON.stringify(cells)}) await simulateCell({ index: 0, cell, seed, durationNs: ${durationNs} });`;
  const node = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "inherit" });
  const [status] = await once(node, "exit");
  if (status !== 0) throw new Error(`a process that simulates failed (${status})`);
}

/** Seconds by the clock for all of the plan in so many such processes: what more of them gain is the machine's limit. */
async function bareSeconds(processes: number): Promise<number> {
  const begin = performance.now();
  await Promise.all(Array.from({ length: processes }, (_, i) => bareProcess(i, processes)));
  return (performance.now() - begin) / 1000;
}

/** Prints the rows on sweeps of docs/performance.md: on an idle machine, as two workers need two processors. */
export async function run(): Promise<void> {
  if (!existsSync(COMPILED)) {
    console.log("skipped: no compiled package (npm run build)");
    return;
  }
  const { runSweep }: { runSweep: RunSweep } = await import(COMPILED.href);
  const ratios: number[] = [];
  const limits: number[] = [];
  const rates: number[] = [];
  for (let i = 0; i < repeats(3); i++) {
    const [one, two] = [await seconds(runSweep, 1), await seconds(runSweep, 2)];
    ratios.push(one / two);
    rates.push(48 / two);
    limits.push((await bareSeconds(1)) / (await bareSeconds(2)));
  }
  const simulated = PLAN.durationNs! / 1e9;
  row(
    `sweep of 48 simulations of ${simulated} s, two workers`,
    `${median(rates).toFixed(1)} a second`,
    `one worker takes ${median(ratios).toFixed(2)} times as long`,
    "1.9 times",
  );
  row("the same in two bare processes", "", `one takes ${median(limits).toFixed(2)} times as long`, "");
}
