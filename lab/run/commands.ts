import type { JudgeJob, PolicyJob, TraceJob, TrainJob } from "./jobs.ts";

/** How a person makes the result of each job again: lines of shell, which the report shows beside the numbers. */
export interface RunCommands {
  trace(job: TraceJob): string;
  model(job: TrainJob): string;
  verdict(job: JudgeJob): string;
  policy(job: PolicyJob): string;
}
