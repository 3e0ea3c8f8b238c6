import type { Bench } from "./bench.ts";
import type { LearnJob, Learnt } from "./jobs/learn.ts";

/** What a network has learnt, and how it is judged, as a step of that name. A quick bench trains for fewer epochs. */
export function learn(
  bench: Bench,
  name: string,
  job: Omit<LearnJob, "seed" | "resamples">,
): Promise<Learnt> {
  const argument: LearnJob = {
    ...job,
    config: { ...job.config, ...(bench.quick ? { epochs: 3 } : {}) },
    seed: bench.seed,
    resamples: bench.quick ? 20 : 100,
  };
  const reads = [...job.train, ...Object.values(job.tests).flat()];
  return bench.run<Learnt>({ name, job: "learn", argument, reads, writes: [] });
}
