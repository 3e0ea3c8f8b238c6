import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { PRESETS, type PresetName } from "../../model/trainer/presets.ts";
import { atEnd } from "../../traces/at-end.ts";
import { removeOwnLeftovers, writeFileAtomic } from "../../traces/atomic-file.ts";
import { InputError } from "../../traces/input-error.ts";
import type { Progress } from "../progress.ts";
import type { JudgeJob, PolicyJob, TraceJob, TrainJob } from "./jobs.ts";
import { planHash, type RunPlan, testSeed, trainSeed } from "./plan.ts";
import { JobPool } from "./pool.ts";
import { renderReport } from "./report.ts";
import type { JudgedResult, ModelResult, PolicyResult, RunResults, TraceResult } from "./results.ts";
import { StepStore } from "./steps.ts";

export interface ExecuteOptions {
  name: string;
  version: string;
  /** Folder of the run, relative to the working directory: commands in the report are written with it. */
  dir: string;
  quick: boolean;
  command: string;
  /** Real traces to judge on. */
  realTraces: readonly string[];
  progress: Progress;
}

/** What a run's folder holds besides its report. */
const FOLDERS = ["traces", "models", "steps"];

/**
 * Does everything of a plan: traces, models, verdicts, policies, report. Complete steps are kept in `dir/steps`, and a
 * run that was interrupted goes on with the first incomplete one.
 */
export async function executeRun(plan: RunPlan, options: ExecuteOptions): Promise<RunResults> {
  const { dir } = options;
  for (const folder of FOLDERS) mkdirSync(join(dir, folder), { recursive: true });
  const store = new StepStore(dir, planHash(plan));
  const pool = new JobPool();
  // workers die with the process and clean nothing
  const forget = atEnd(() => [dir, ...FOLDERS.map((f) => join(dir, f))].forEach(removeOwnLeftovers));
  try {
    const all = new Steps(store, pool, options.progress, countSteps(plan, options.realTraces.length));
    const traces = await makeTraces(plan, options, all);
    const models = await trainModels(plan, options, all);
    const [judged, policies] = await Promise.all([
      judgeModels(models, options, traces, all),
      comparePolicies(plan, models, all),
    ]);
    const { name, version, quick, command } = options;
    const { seed, chip } = plan;
    const results = {
      name,
      version,
      seed,
      chip,
      quick,
      command,
      traces,
      models,
      judged,
      policies,
    };
    writeFileAtomic(join(dir, "results.json"), `${JSON.stringify(results, null, 1)}\n`);
    writeFileAtomic(join(dir, "report.html"), renderReport(results));
    return results;
  } finally {
    options.progress.stop();
    await pool.close();
    forget();
  }
}

/** Kept steps on a worker pool, counted for the progress bar. */
class Steps {
  readonly #store: StepStore;
  readonly #pool: JobPool;
  readonly #progress: Progress;
  readonly #total: number;
  #done = 0;

  constructor(store: StepStore, pool: JobPool, progress: Progress, total: number) {
    this.#store = store;
    this.#pool = pool;
    this.#progress = progress;
    this.#total = total;
  }

  async run<T>(name: string, job: string, argument: unknown, files: readonly string[] = []): Promise<T> {
    if (!files.every((f) => existsSync(f))) this.#store.forget(name);
    const result = await this.#store.step<T>(name, () => this.#pool.run(job, argument));
    this.#progress.update(++this.#done, this.#total, name);
    return result;
  }
}

const POLICIES = 4;

function countSteps(plan: RunPlan, realTraces: number): number {
  const models = plan.targets.length * plan.presets.length;
  const traces = plan.workloads.reduce((sum, w) => sum + (w.train ? 2 : 1), realTraces);
  const verdicts = 2 * models + plan.targets.length * (plan.workloads.length + realTraces);
  const seeds = plan.workloads.reduce((sum, w) => sum + (w.train ? plan.comparisons : 1), 0);
  return traces + models + verdicts + seeds * POLICIES;
}

async function makeTraces(plan: RunPlan, options: ExecuteOptions, steps: Steps): Promise<TraceResult[]> {
  const { chip } = plan;
  const jobs: TraceJob[] = plan.workloads.flatMap(({ name, source, durationNs, train }) =>
    (train ? (["train", "test"] as const) : (["test"] as const)).map((role) => ({
      workload: name,
      role,
      file: tracePath(options.dir, name, role),
      simulate: { source, chip, durationNs, seed: role === "train" ? trainSeed(plan) : testSeed(plan) },
    })),
  );
  for (const file of options.realTraces) {
    const workload = file.replace(/.*\//, "").replace(/\.parquet$/, "");
    jobs.push({ workload, role: "real", file });
  }
  return Promise.all(
    jobs.map((job) =>
      steps.run<TraceResult>(`trace-${job.role}-${job.workload}`, "makeTrace", job, [job.file]),
    ),
  );
}

const tracePath = (dir: string, workload: string, role: string): string =>
  join(dir, "traces", `${workload}.${role}.parquet`);

async function trainModels(plan: RunPlan, options: ExecuteOptions, steps: Steps): Promise<ModelResult[]> {
  const learned = plan.workloads.filter((w) => w.train);
  // In the order of the shell's `*`: the report shows the command that way, and the order of rows matters.
  const traces = learned.map((w) => tracePath(options.dir, w.name, "train")).sort();
  const jobs: TrainJob[] = plan.targets.flatMap((target) =>
    plan.presets.map((preset) => ({
      target,
      preset: preset as PresetName,
      traces,
      shown: join(options.dir, "traces", "*.train.parquet"),
      seed: plan.seed,
      epochs: plan.epochs,
      out: join(options.dir, "models", `${target}-${preset}.nt`),
      resume: true,
    })),
  );
  return Promise.all(
    jobs.map((job) =>
      steps.run<ModelResult>(`train-${job.target}-${job.preset}`, "trainModel", job, [job.out]),
    ),
  );
}

function judgeModels(
  models: ModelResult[],
  options: ExecuteOptions,
  traces: TraceResult[],
  steps: Steps,
): Promise<JudgedResult[]> {
  const set = (role: TraceResult["role"], kind: JudgedResult["kind"], pooled: string, pattern: string) => {
    const own = traces.filter((t) => t.role === role);
    const single = own.map((t) => ({ data: t.workload, kind, traces: [t.file], shown: t.file }));
    return [...single, { data: pooled, kind, traces: own.map((t) => t.file).sort(), shown: pattern }];
  };
  const sets = [
    ...set("test", "held-out seed", "all simulated", join(options.dir, "traces", "*.test.parquet")),
    ...set("real", "real kernel", "all real", realPattern(options.realTraces)),
  ].filter((s) => s.traces.length > 0);
  // Every model is judged on all traces together; only one preset on each trace by itself, to keep the report readable.
  const detailed = chosenPreset(models);
  return Promise.all(
    models.flatMap((model) =>
      sets
        .filter((data) => model.preset === detailed || data.traces.length > 1)
        .map((data) => {
          const job: JudgeJob = { model, ...data };
          const name = `judge-${model.target}-${model.preset}-${data.kind === "real kernel" ? "real" : "sim"}-${data.data}`;
          return steps.run<JudgedResult>(name.replace(/ /g, "-"), "judge", job);
        }),
    ),
  );
}

/** The preset that decides in policies and is shown in detail: the last of PRESETS that the run has trained. */
function chosenPreset(models: ModelResult[]): string | undefined {
  return PRESETS.filter((preset) => models.some((m) => m.preset === preset)).at(-1);
}

function realPattern(files: readonly string[]): string {
  const folders = new Set(files.map((f) => f.replace(/[^/]*$/, "")));
  return [...folders].map((f) => `${f}*.parquet`).join(" ");
}

function comparePolicies(plan: RunPlan, models: ModelResult[], steps: Steps): Promise<PolicyResult[]> {
  const preset = chosenPreset(models);
  const best = (target: string) =>
    models.filter((m) => m.target === target && m.preset === preset).map((m) => m.file);
  const policies = [
    { label: "cfs", policy: "cfs" },
    { label: "never-hot", policy: "never-hot" },
    ...best("migrate").map((file) => ({ label: "model", policy: `model:${file}` })),
    ...best("forced_eventually").map((file) => ({ label: "premigrate", policy: `premigrate:${file}` })),
  ];
  const jobs: PolicyJob[] = plan.workloads.flatMap(({ name, source, durationNs, train }) =>
    Array.from({ length: train ? plan.comparisons : 1 }, (_, i) => `${plan.seed}-policy-${i + 1}`).flatMap(
      (seed) =>
        policies.map(({ label, policy }) => ({
          workload: name,
          source,
          seed,
          chip: plan.chip,
          durationNs: durationNs / plan.comparisonFactor,
          policy,
          label,
        })),
    ),
  );
  return Promise.all(
    jobs.map((job) =>
      steps.run<PolicyResult>(`policy-${job.workload}-${job.seed}-${job.label}`, "comparePolicy", job),
    ),
  );
}

/** The real traces of the repository (or of an installed package), as paths a person can type. */
export function findRealTraces(root: string): string[] {
  const folder = join(root, "traces", "real");
  const files = existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith(".parquet")) : [];
  if (files.length === 0)
    throw new InputError("no real traces", {
      file: folder,
      expected: "Parquet files",
      hint: "They are part of the repository: restore them with `git checkout traces/real`",
    });
  return files.sort().map((f) => relative(process.cwd(), join(folder, f)) || f);
}

/** Removes what an earlier run of the same name left. */
export function clearRun(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}
