import { shellWords } from "../../kernel-bridge/guest/shell-words.ts";
import { readBoundedText } from "../../lab/files/bounded-read.ts";
import { checkFiles } from "../../lab/sweep/check-files.ts";
import type { SweepJob } from "../../lab/sweep/job.ts";
import type { Shard } from "../../lab/sweep/journal.ts";
import { mergeSweep } from "../../lab/sweep/merge.ts";
import { checkPlan, DEFAULT_SEEDS, numberedSeeds, readPlan, type SweepPlan } from "../../lab/sweep/plan.ts";
import { keepPlan, runSweep } from "../../lab/sweep/run.ts";
import { RequestError } from "../../traces/input-error.ts";
import { simulationOf } from "../again.ts";
import { note, print, printJson } from "../output.ts";
import { progressBar } from "../progress.ts";
import { UsageError } from "../report-failure.ts";
import { UserCode } from "../simulate/user-code.ts";
import { parallelLine, slurmScript } from "./shards.ts";

/** The options of `nicetries sweep`. */
export interface SweepCommandOptions {
  vary: [string, string[]][];
  seeds?: number;
  /** ns. */
  duration?: number;
  out?: string;
  shard?: Shard;
  workers?: number;
  to?: "slurm" | "parallel";
  shards: number;
  limit?: number;
  json?: boolean;
}

export interface MergeOptions {
  json?: boolean;
}

const MAX_PLAN = 16 * 1024 * 1024;

/** Does what `nicetries sweep` was asked for. */
export async function sweep(path: string | undefined, options: SweepCommandOptions): Promise<void> {
  const { out, shard, workers } = options;
  if (out === undefined) throw new UsageError("--out is missing: a folder for the results");
  const plan = planOf(path, options);
  await checkFiles(plan, (file, failure) => new UserCode(file, failure));
  if (options.to !== undefined) {
    const parts = {
      plan: keepPlan(plan, out).path,
      out,
      shards: options.shards,
      limit: options.limit,
      cwd: process.cwd(),
    };
    print(options.to === "slurm" ? slurmScript(parts) : `${parallelLine(parts)}\n`);
    note(`when all parts are done: nicetries sweep merge ${shellWords([out])}`);
    return;
  }
  const bar = progressBar("sweep");
  const begun = performance.now();
  let before: number | undefined;
  const onProgress = (done: number, total: number) => {
    before ??= done;
    bar.update(
      done,
      total,
      `${done}/${total}${timeLeft(done - before, total - done, performance.now() - begun)}`,
    );
  };
  let failed: SweepJob | undefined;
  const onFailure = (job: SweepJob) => {
    failed = job;
  };
  const done = await runSweep(plan, { out, shard, workers, onProgress, onFailure }).finally(() => {
    bar.stop();
    if (failed) note(`a simulation failed; by itself it is ${simulationOf(failed)}`);
  });
  if (options.json) return printJson(done);
  const kept = done.before === 0 ? "" : `, ${done.before} of them done before`;
  print(
    `${done.simulations} simulations${shard ? ` of part ${shard.index} of ${shard.of}` : ""}${kept}: ${done.cells} combinations, ${done.seeds} seeds each, in ${done.wallSeconds.toFixed(1)} s\n` +
      (done.results === null
        ? `when all parts are done: nicetries sweep merge ${shellWords([out])}\n`
        : `${done.results}; nicetries compare tells combinations apart\n`),
  );
}

/** Does what `nicetries sweep merge` was asked for. */
export function merge(folders: readonly string[], { json }: MergeOptions): void {
  const { path, simulations } = mergeSweep(folders);
  if (json) printJson({ results: path, simulations });
  else print(`${path}: ${simulations} simulations\n`);
}

function timeLeft(made: number, left: number, ms: number): string {
  if (made < 2 || left === 0) return "";
  const seconds = Math.round(((ms / made) * left) / 1000);
  return seconds < 90 ? `, ${seconds} s left` : `, ${Math.round(seconds / 60)} min left`;
}

/** The plan of the file, with what the options change in it. */
function planOf(path: string | undefined, { vary, seeds, duration }: SweepCommandOptions): SweepPlan {
  if (path === undefined && vary.length === 0)
    throw new UsageError(
      "what is to be simulated? Name a plan file, or say it with --vary (--help has examples)",
    );
  const read: SweepPlan =
    path === undefined
      ? { about: "", seeds: numberedSeeds(seeds ?? DEFAULT_SEEDS), dimensions: {} }
      : readPlan(readBoundedText(path, MAX_PLAN, "a plan"), path);
  const plan = {
    ...read,
    ...(seeds === undefined ? {} : { seeds: numberedSeeds(seeds) }),
    ...(duration === undefined ? {} : { durationNs: duration }),
    dimensions: { ...read.dimensions, ...Object.fromEntries(vary) },
  };
  checkVaried(plan);
  return plan;
}

/** What a plan file names under "simulate" was named by --vary: the file's own has been checked. */
function checkVaried(plan: SweepPlan): void {
  try {
    checkPlan(plan);
  } catch (error) {
    if (!(error instanceof RequestError) || error.details.option !== "simulate") throw error;
    const { option: _, file: __, ...details } = error.details;
    throw new RequestError("vary", error.problem, details);
  }
}
