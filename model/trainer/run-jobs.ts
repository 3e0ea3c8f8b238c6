/** Several trainings at once on worker threads. Results do not depend on the number of workers. */
import { availableParallelism } from "node:os";
import { siblingModule, WorkerPool } from "../worker-pool.ts";
import { runJob, type TrainJob, type TrainResult } from "./job.ts";

export async function runJobs(
  jobs: readonly TrainJob[],
  options: { workers?: number; onDone?: (done: number, total: number) => void } = {},
): Promise<TrainResult[]> {
  const workers = Math.min(options.workers ?? availableParallelism(), jobs.length);
  let done = 0;
  const count = (result: TrainResult) => {
    options.onDone?.(++done, jobs.length);
    return result;
  };
  if (workers <= 1) return jobs.map((job) => count(runJob(job)));
  const pool = new WorkerPool(siblingModule("./job", import.meta.url), workers);
  try {
    return await Promise.all(jobs.map(async (job) => count(await pool.run<TrainResult>("runJob", job))));
  } finally {
    await pool.close();
  }
}
