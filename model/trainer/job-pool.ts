/** Several trainings at once on worker threads. Results do not depend on the number of workers. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";
import { InputError } from "../../traces/input-error.ts";
import { runJob, type TrainJob, type TrainResult } from "./job.ts";

/** What a worker sends back: an InputError would lose its class on the way. */
export type JobAnswer = { result: TrainResult } | { problem: string };

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
  const pool = new Tinypool({
    filename: fileURLToPath(new URL("./job-worker.js", import.meta.url)),
    minThreads: workers,
    maxThreads: workers,
  });
  try {
    return await Promise.all(
      jobs.map(async (job) => {
        const answer = (await pool.run(job)) as JobAnswer;
        if ("problem" in answer) throw new InputError(answer.problem);
        return count(answer.result);
      }),
    );
  } finally {
    await pool.destroy();
  }
}
