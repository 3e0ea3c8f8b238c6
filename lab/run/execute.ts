import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cardPath } from "../../model/card-path.ts";
import { goldenPath } from "../../model/nt-golden.ts";
import { PRESETS, type PresetName } from "../../model/trainer/presets.ts";
import { siblingModule, WorkerPool } from "../../model/worker-pool.ts";
import { atEnd } from "../../traces/at-end.ts";
import { removeOwnLeftovers, writeFileAtomic } from "../../traces/atomic-file.ts";
import type { RunCommands } from "./commands.ts";
import { REAL_PATTERN, type RealTrace } from "./inputs.ts";
import type { Done, JudgeJob, PolicyJob, TraceJob, TrainJob } from "./jobs.ts";
import { type RunPlan, testSeed, trainSeed } from "./plan.ts";
import { FOLDERS, recordHash, recordPlan } from "./record.ts";
import type { JudgedResult, LeftOut, ModelResult, PolicyResult, RunResults, TraceResult } from "./results.ts";
import { type Step, StepStore } from "./steps.ts";

export interface ExecuteOptions {
  name: string;
  version: string;
  /** Folder of the run, relative to the working directory: commands in the report are written with it. */
  dir: string;
  quick: boolean;
  command: string;
  /** Real traces to judge on. */
  realTraces: readonly RealTrace[];
  /** How a person makes each result again. */
  commands: RunCommands;
  /** The text of report.html. */
  report: (results: RunResults) => string;
  /** Told of each step done. */
  onProgress?: (done: number, total: number, step: string) => void;
  /** Told what of an earlier run does not count any more, and remarks on traces. */
  say: (text: string) => void;
}

/**
 * Does everything of a plan: traces, models, verdicts, policies, report. Complete steps are kept in `dir/steps`, and a
 * run that was interrupted goes on with what is incomplete or has changed since (steps.ts).
 *
 * @throws RequestError where the folder holds another run.
 */
export async function executeRun(plan: RunPlan, options: ExecuteOptions): Promise<RunResults> {
  const { dir, say } = options;
  const record = { version: options.version, quick: options.quick, plan };
  mkdirSync(dir, { recursive: true });
  recordPlan(dir, record, say);
  for (const folder of FOLDERS) mkdirSync(join(dir, folder), { recursive: true });
  for (const [path, text] of Object.entries(plan.texts)) keep(path, Buffer.from(text), say);
  for (const { from, path } of options.realTraces) if (from !== path) keep(path, readFileSync(from), say);
  const store = new StepStore(dir, recordHash(record), say);
  const pool = new WorkerPool(siblingModule("./jobs", import.meta.url));
  // workers die with the process and clean nothing
  const forget = atEnd(() => [dir, ...FOLDERS.map((f) => join(dir, f))].forEach(removeOwnLeftovers));
  try {
    const all = new Steps(store, pool, options, countSteps(plan, options.realTraces.length));
    const traces = await makeTraces(plan, options, all);
    const full = traces.filter((t) => t.rows > 0);
    const trained = await trainModels(plan, options, full, all);
    const models = trained.filter(isDone);
    const [verdicts, policies] = await Promise.all([
      judgeModels(plan, models, options, full, all),
      comparePolicies(plan, models, options.commands, all),
    ]);
    const judged = verdicts.filter(isDone);
    const leftOut = [...emptyTraces(traces), ...trained.filter(isLeftOut), ...verdicts.filter(isLeftOut)];
    const { name, version, quick, command } = options;
    const { seed } = plan;
    const { name: chip, cpus } = plan.chip;
    const results = {
      name,
      version,
      seed,
      chip,
      cpus,
      quick,
      command,
      traces,
      models,
      judged,
      policies,
      leftOut,
    };
    const whole = store.made === 0; // then both were written before
    for (const [name, text] of [
      ["results.json", `${JSON.stringify(results, null, 1)}\n`],
      ["report.html", options.report(results)],
    ] as const) {
      const path = join(dir, name);
      if (whole && !existsSync(path)) say(`${path} is missing: written again`);
      keep(path, Buffer.from(text), whole ? say : () => {});
    }
    return results;
  } finally {
    await pool.close();
    forget();
  }
}

/** Writes a file that the run knows the contents of, unless it is there as it should be. */
function keep(path: string, bytes: Buffer, say: (text: string) => void): void {
  if (existsSync(path)) {
    if (readFileSync(path).equals(bytes)) return;
    say(`${path} is not what it was made as: written again`);
  }
  writeFileAtomic(path, bytes);
}

const isLeftOut = (outcome: object): outcome is LeftOut => "why" in outcome;
const isDone = <T extends object>(outcome: T | LeftOut): outcome is T => !isLeftOut(outcome);

/** A trace without rows teaches nothing and judges nothing; it is no fault of the run. */
function emptyTraces(traces: readonly TraceResult[]): LeftOut[] {
  return traces
    .filter((t) => t.rows === 0)
    .map((t) => ({
      what: `trace ${t.workload} (${t.role})`,
      why: "no call of can_migrate_task: nothing had to be balanced",
    }));
}

/** Kept steps on a worker pool, counted for the progress bar. */
class Steps {
  readonly #store: StepStore;
  readonly #pool: WorkerPool;
  readonly #options: ExecuteOptions;
  readonly #total: number;
  #done = 0;

  constructor(store: StepStore, pool: WorkerPool, options: ExecuteOptions, total: number) {
    this.#store = store;
    this.#pool = pool;
    this.#options = options;
    this.#total = total;
  }

  /** @param command What makes the result again; it stands in every result but in what was left out. */
  async run<T extends object>(step: Step, command: string): Promise<T> {
    const { say, onProgress } = this.#options;
    const result = await this.#store.step<object>(step, async () => {
      const done = await this.#pool.run<Done<object>>(step.job, step.argument);
      done.said.forEach(say);
      return done.result;
    });
    onProgress?.(++this.#done, this.#total, step.name);
    return (isLeftOut(result) ? result : { ...result, command }) as T;
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
  const chip = plan.chip.option;
  const jobs: TraceJob[] = plan.workloads.flatMap(({ name, source, durationNs, train }) =>
    (train ? (["train", "test"] as const) : (["test"] as const)).map((role) => ({
      workload: name,
      role,
      file: tracePath(options.dir, name, role),
      simulate: { source, chip, durationNs, seed: role === "train" ? trainSeed(plan) : testSeed(plan) },
    })),
  );
  for (const { path: file } of options.realTraces) {
    const workload = file.replace(/.*\//, "").replace(/\.parquet$/, "");
    jobs.push({ workload, role: "real", file });
  }
  return Promise.all(
    jobs.map((job) =>
      steps.run<TraceResult>(
        {
          name: `trace-${job.role}-${job.workload}`,
          job: "makeTrace",
          argument: job,
          reads: job.simulate ? keptOf(plan, chip, job.simulate.source) : [job.file],
          writes: job.simulate ? [job.file] : [],
        },
        options.commands.trace(job),
      ),
    ),
  );
}

/** Those of the names that are files in the run's folder, as opposed to presets and models. */
const keptOf = (plan: RunPlan, ...names: string[]): string[] =>
  names.filter((name) => Object.hasOwn(plan.texts, name));

const tracePath = (dir: string, workload: string, role: string): string =>
  join(dir, "traces", `${workload}.${role}.parquet`);

async function trainModels(
  plan: RunPlan,
  options: ExecuteOptions,
  made: readonly TraceResult[],
  steps: Steps,
): Promise<(ModelResult | LeftOut)[]> {
  const traces = inOrder(made.filter((t) => t.role === "train"));
  if (traces.length === 0)
    return [{ what: "all models", why: "no training trace has a row: there is nothing to learn from" }];
  const all = plan.workloads.filter((w) => w.train).length;
  const jobs: TrainJob[] = plan.targets.flatMap((target) =>
    plan.presets.map((preset) => ({
      target,
      preset: preset as PresetName,
      traces,
      shown: traces.length === all ? join(options.dir, "traces", "*.train.parquet") : traces.join(" "),
      seed: plan.seed,
      epochs: plan.epochs,
      out: join(options.dir, "models", `${target}-${preset}.nt`),
      resume: true,
    })),
  );
  return Promise.all(
    jobs.map((job) =>
      steps.run<ModelResult | LeftOut>(
        {
          name: `train-${job.target}-${job.preset}`,
          job: "trainModel",
          argument: job,
          reads: job.traces,
          writes: [job.out, cardPath(job.out), goldenPath(job.out)],
        },
        options.commands.model(job),
      ),
    ),
  );
}

/** In the order of the shell's `*`: the report shows commands that way, and the order of rows matters. */
const inOrder = (traces: readonly TraceResult[]): string[] => traces.map((t) => t.file).sort();

/** @param traces Those with rows. */
function judgeModels(
  plan: RunPlan,
  models: readonly ModelResult[],
  options: ExecuteOptions,
  traces: readonly TraceResult[],
  steps: Steps,
): Promise<(JudgedResult | LeftOut)[]> {
  const set = (role: TraceResult["role"], kind: JudgedResult["kind"], pooled: string, pattern: string) => {
    const own = traces.filter((t) => t.role === role);
    const made = role === "real" ? options.realTraces.length : plan.workloads.length;
    const shown = own.length === made ? pattern : inOrder(own).join(" ");
    const single = own.map((t) => ({ data: t.workload, kind, traces: [t.file], shown: t.file }));
    return [...single, { data: pooled, kind, traces: inOrder(own), shown }];
  };
  const sets = [
    ...set("test", "held-out seed", "all simulated", join(options.dir, "traces", "*.test.parquet")),
    ...set("real", "real kernel", "all real", realPattern(options.realTraces.map((t) => t.path))),
  ].filter((s) => s.traces.length > 0);
  // Every model is judged on all traces together; only one preset on each trace by itself, to keep the report readable.
  const detailed = chosenPreset(models);
  return Promise.all(
    models.flatMap((model) =>
      sets
        .filter((data) => model.preset === detailed || data.data.startsWith("all "))
        .map((data) => {
          const job: JudgeJob = { model, ...data };
          const name = `judge-${model.target}-${model.preset}-${data.kind === "real kernel" ? "real" : "sim"}-${data.data}`;
          return steps.run<JudgedResult | LeftOut>(
            {
              name: name.replace(/ /g, "-"),
              job: "judge",
              argument: job,
              reads: [model.file, cardPath(model.file), ...job.traces],
              writes: [],
            },
            options.commands.verdict(job),
          );
        }),
    ),
  );
}

/** The preset that decides in policies and is shown in detail: the last of PRESETS that the run has trained. */
function chosenPreset(models: readonly ModelResult[]): string | undefined {
  return PRESETS.filter((preset) => models.some((m) => m.preset === preset)).at(-1);
}

function realPattern(files: readonly string[]): string {
  const folders = new Set(files.map((f) => f.replace(/[^/]*$/, "")));
  return [...folders].map((f) => `${f}${REAL_PATTERN}`).join(" ");
}

function comparePolicies(
  plan: RunPlan,
  models: readonly ModelResult[],
  commands: RunCommands,
  steps: Steps,
): Promise<PolicyResult[]> {
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
          chip: plan.chip.option,
          durationNs: Math.round(durationNs / plan.comparisonFactor),
          policy,
          label,
        })),
    ),
  );
  return Promise.all(
    jobs.map((job) =>
      steps.run<PolicyResult>(
        {
          name: `policy-${job.workload}-${job.seed}-${job.label}`,
          job: "comparePolicy",
          argument: job,
          reads: [
            ...keptOf(plan, job.chip, job.source),
            ...models.map((m) => m.file).filter((f) => job.policy.endsWith(`:${f}`)),
          ],
          writes: [],
        },
        commands.policy(job),
      ),
    ),
  );
}
