import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { numberedSeeds, type SweepPlan } from "../lab/sweep/plan.ts";
import type { runSweep } from "../lab/sweep/run.ts";
import { median, repeats, row, share } from "./share.ts";

/** The compiled package: from the sources each worker would compile them first, one and a half seconds of work. */
const COMPILED = new URL("../dist/lab/sweep/run.js", import.meta.url);
type RunSweep = typeof runSweep;

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

/** Prints the rows on sweeps of docs/performance.md: on an idle machine, as two workers need two processors. */
export async function run(): Promise<void> {
  if (!existsSync(COMPILED)) {
    console.log("skipped: no compiled package (npm run build)");
    return;
  }
  const { runSweep }: { runSweep: RunSweep } = await import(COMPILED.href);
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let i = 0; i < repeats(3); i++) {
    const [one, two] = [await seconds(runSweep, 1), await seconds(runSweep, 2)];
    ratios.push(one / two);
    rates.push(48 / two);
  }
  const simulated = PLAN.durationNs! / 1e9;
  row(
    `sweep of 48 simulations of ${simulated} s, two workers`,
    `${median(rates).toFixed(1)} a second`,
    `one worker takes ${median(ratios).toFixed(2)} times as long`,
    "1.9 times",
  );
}
