import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { siblingModule, WorkerPool } from "../../model/worker-pool.ts";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { whileDoing } from "../../traces/input-error.ts";
import type { SweepJob } from "./job.ts";
import { Journal, refuseOtherPlans, type Shard } from "./journal.ts";
import { mergeSweep, PLAN_FILE, planText } from "./merge.ts";
import { cellOf, checkPlan, planHash, type SweepPlan, simulationsOf } from "./plan.ts";
import type { SweepRow } from "./rows.ts";

/** Where a sweep goes, and how it runs. */
export interface SweepOptions {
  /** Folder for what comes of it; one that was begun is gone on with. */
  out: string;
  /** A part of the sweep only; `mergeSweep` puts parts together. */
  shard?: Shard;
  /** Worker threads (default: one for each processor, 8 at most). */
  workers?: number;
  /** Called with simulations done and their number, of this part. */
  onProgress?: (done: number, total: number) => void;
  /** Called with the simulation that failed, the first one: it ends the sweep. */
  onFailure?: (job: SweepJob) => void;
}

/** What came of a sweep, or of a part of it. */
export interface SweepDone {
  /** results.parquet; null where other parts are missing. */
  results: string | null;
  /** Of this part: simulations, and how many of them were done before. */
  simulations: number;
  before: number;
  cells: number;
  seeds: number;
  wallSeconds: number;
}

/**
 * Simulates all combinations of a plan. Each finished simulation is kept at once: a sweep that was killed goes on, and ends with the
 * same bytes. Results do not depend on the number of workers or parts.
 * @throws RequestError for a plan that cannot be, InputError for a folder of another plan; whatever a simulation throws, an InputError with
 *     which one that was, and how many are kept
 */
export async function runSweep(
  plan: SweepPlan,
  { out, shard, workers, onProgress, onFailure }: SweepOptions,
): Promise<SweepDone> {
  const begun = performance.now();
  const { hash } = keepPlan(plan, out);
  const { index, of } = shard ?? { index: 1, of: 1 };
  const total = simulationsOf(plan);
  const mine = Math.max(0, Math.ceil((total - (index - 1)) / of));
  const journal = new Journal(out, { plan: hash, index, of });
  const before = journal.done.size;
  let done = before;
  let failing: SweepJob | undefined;
  try {
    onProgress?.(done, mine);
    if (done < mine) {
      const keep = (row: SweepRow) => {
        journal.append(row);
        done++;
        onProgress?.(done, mine);
      };
      const fail = (job: SweepJob) => {
        failing = job;
        onFailure?.(job);
      };
      await simulateAll(jobsOf(plan, index - 1, of, journal.done), keep, fail, workers);
    }
  } catch (error) {
    throw failing === undefined ? error : whileDoing(error, `${shown(failing)}; ${done} of ${mine} are kept`);
  } finally {
    journal.close();
  }
  const results = of === 1 ? mergeSweep([out]).path : null;
  const { seeds } = plan;
  return {
    results,
    simulations: mine,
    before,
    cells: total / seeds.length,
    seeds: seeds.length,
    wallSeconds: (performance.now() - begun) / 1000,
  };
}

function shown({ cell, seed }: SweepJob): string {
  const values = Object.entries(cell).map(([name, value]) => `${name}=${value}`);
  return `the simulation with ${values.join(" ")} and seed ${seed}`;
}

/**
 * Writes a plan into the folder of its sweep. @returns the file's path, and planHash()
 * @throws RequestError for a plan that cannot be, InputError where another plan's sweep is in the folder
 */
export function keepPlan(plan: SweepPlan, folder: string): { path: string; hash: string } {
  checkPlan(plan);
  const path = join(folder, PLAN_FILE);
  const hash = planHash(plan);
  mkdirSync(folder, { recursive: true });
  refuseOtherPlans(folder, hash);
  writeFileAtomic(path, planText(plan));
  return { path, hash };
}

function* jobsOf(
  plan: SweepPlan,
  first: number,
  step: number,
  done: ReadonlySet<number>,
): Generator<SweepJob> {
  const { seeds, durationNs } = plan;
  for (let index = first; index < simulationsOf(plan); index += step) {
    if (done.has(index)) continue;
    const cell = cellOf(plan, Math.floor(index / seeds.length));
    yield { index, cell, seed: seeds[index % seeds.length], durationNs };
  }
}

/** Two jobs per worker are under way, so that none waits and nothing piles up. The first failure ends all. */
async function simulateAll(
  jobs: Generator<SweepJob>,
  keep: (row: SweepRow) => void,
  fail: (job: SweepJob) => void,
  workers: number | undefined,
): Promise<void> {
  const pool = new WorkerPool(siblingModule("./job", import.meta.url), workers);
  let failed = false;
  const lane = async () => {
    for (const job of jobs) {
      if (failed) return;
      const row = await pool.run<SweepRow>("simulateCell", job).catch((error) => {
        if (!failed) fail(job);
        failed = true;
        throw error;
      });
      keep(row);
    }
  };
  try {
    await Promise.all(
      Array.from({ length: 2 * pool.workers }, () =>
        lane().catch((error) => {
          failed = true;
          throw error;
        }),
      ),
    );
  } finally {
    await pool.close();
  }
}
