/**
 * The jobs of a run, each one the work of a command: what the report shows is what the command prints. Arguments and
 * results are plain data, because jobs run in worker threads; so are the remarks made meanwhile.
 */
import { rmSync } from "node:fs";
import type { Metrics } from "../../model/evaluation/metrics.ts";
import type { PresetName } from "../../model/trainer/presets.ts";
import { UnlearnableError } from "../../model/unlearnable.ts";
import { TraceChecker } from "../../traces/check.ts";
import { InputError } from "../../traces/input-error.ts";
import { openTrace } from "../../traces/read-trace.ts";
import { TARGETS, type Target } from "../../traces/schema.ts";
import { summarizeTrace } from "../../traces/summarize.ts";
import { evaluateFile } from "../evaluate-file.ts";
import { simulateFile } from "../simulate-file.ts";
import { checkpointPath, trainFile } from "../train-file.ts";
import type {
  JudgedResult,
  JudgeScores,
  LeftOut,
  ModelResult,
  PolicyResult,
  TraceResult,
  Uncommanded,
} from "./results.ts";

/** What a job gives, and what it has to say. */
export interface Done<T> {
  result: T;
  said: string[];
}

export interface TraceJob {
  workload: string;
  role: TraceResult["role"];
  /** Workload to simulate into `file`; absent when the file is there already (a real trace). */
  simulate?: { source: string; seed: string; chip: string; durationNs: number };
  file: string;
}

/** Simulates a trace (or takes a real one), then looks at the file as `trace info` and `trace check` do. */
export async function makeTrace(job: TraceJob): Promise<Done<Uncommanded<TraceResult>>> {
  let sha256 = "";
  if (job.simulate) {
    const { source, seed, chip, durationNs } = job.simulate;
    sha256 = (await simulateFile(source, { seed, chip, durationNs, out: job.file })).traceSha256;
  }
  const summary = await summarizeTrace(job.file);
  const checker = new TraceChecker();
  for await (const chunk of openTrace(job.file).chunks()) checker.observe(chunk);
  const result = {
    workload: job.workload,
    role: job.role,
    file: job.file,
    seconds:
      summary.firstTs === null || summary.lastTs === null ? 0 : (summary.lastTs - summary.firstTs) / 1e9,
    rows: summary.rows,
    reasons: summary.reasons,
    positives: Object.fromEntries(TARGETS.map((t) => [t, summary.positives[t] ?? 0])) as Record<
      Target,
      number
    >,
    sha256,
    agree: checker.finish().agree,
  };
  return { result, said: [] };
}

export interface TrainJob {
  target: Target;
  preset: PresetName;
  traces: string[];
  /** The same traces as a person would type them. */
  shown: string;
  seed: string;
  epochs: number | undefined;
  out: string;
  resume: boolean;
}

export async function trainModel(job: TrainJob): Promise<Done<Uncommanded<ModelResult> | LeftOut>> {
  const { target, preset, seed, epochs, out, resume } = job;
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const config = epochs === undefined ? {} : { epochs };
  const options = { target, preset, seed, config, out, resume, split: "none", say };
  const trained = await trainFile(job.traces, options)
    .catch((error) => {
      dropCheckpoint(checkpointPath(out), error, say);
      return trainFile(job.traces, options);
    })
    .catch((error) => leaveOut(`model ${target}, preset ${preset}`, error));
  if ("why" in trained) return { result: trained, said };
  const shape = [trained.inputs.length, ...trained.hidden, 1];
  const result = {
    target,
    preset,
    file: out,
    bytes: trained.bytes,
    inputs: trained.inputs,
    hidden: trained.hidden,
    parameters: shape.slice(1).reduce((sum, n, i) => sum + n * (shape[i] + 1), 0),
    trainRows: trained.trainRows,
    epochs: trained.epochs,
    threshold: Number(trained.threshold.toFixed(4)),
    curve: trained.curve.map((p) => ({ epoch: p.epoch, loss: p.validationLoss ?? p.trainLoss })),
  };
  return { result, said };
}

/** A checkpoint that is damaged, or of another training, goes; any other error is thrown again. */
function dropCheckpoint(checkpoint: string, error: unknown, say: (text: string) => void): void {
  if (!(error instanceof InputError) || "code" in error || error.details.file !== checkpoint) throw error;
  say(`${checkpoint} does not fit: training begins from the start`);
  rmSync(checkpoint);
}

/** What rows cannot teach, and what cannot be judged on them, is said and left out; other errors stay errors. */
function leaveOut(what: string, error: unknown): LeftOut {
  if (error instanceof UnlearnableError) return { what, why: error.message };
  throw error;
}

export interface JudgeJob {
  model: ModelResult;
  data: string;
  kind: JudgedResult["kind"];
  traces: string[];
  shown: string;
}

export async function judge(job: JudgeJob): Promise<Done<Uncommanded<JudgedResult> | LeftOut>> {
  const { target, preset, file } = job.model;
  const resamples = 200;
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const options = { split: "none", seed: "1", resamples, say };
  const e = await evaluateFile(file, job.traces, options).catch((error) =>
    leaveOut(`model ${target}, preset ${preset}, judged on ${job.data}`, error),
  );
  if ("why" in e) return { result: e, said };
  const atBaseRate = await evaluateFile(file, job.traces, { ...options, threshold: "balanced" });
  const judges: Record<string, JudgeScores> = {};
  const oneClass = e.positives === 0 || e.positives === e.rows;
  const balanced = atBaseRate.threshold === e.threshold ? null : atBaseRate.model;
  const all = {
    model: e.model,
    "model at base rate": balanced,
    "fixed point": e.fixedPoint,
    rule: e.rule,
    majority: e.majority,
  };
  for (const [name, metrics] of Object.entries({ ...all, logistic: e.logistic, tree: e.tree }))
    if (metrics) judges[name] = scores(metrics, oneClass);
  const result = {
    target,
    preset,
    data: job.data,
    kind: job.kind,
    rows: e.rows,
    positives: e.positives,
    judges,
  };
  return { result, said };
}

function scores(m: Metrics, oneClass: boolean): JudgeScores {
  return {
    accuracy: m.accuracy,
    balancedAccuracy: oneClass ? null : m.balancedAccuracy,
    balancedInterval: oneClass ? null : (m.intervals?.balancedAccuracy ?? null),
    mcc: oneClass ? null : m.mcc,
    prAuc: oneClass ? null : m.prAuc,
  };
}

export interface PolicyJob {
  workload: string;
  source: string;
  seed: string;
  chip: string;
  durationNs: number;
  /** As a simulation takes it, and how the report calls it. */
  policy: string;
  label: string;
}

export async function comparePolicy(job: PolicyJob): Promise<Done<Uncommanded<PolicyResult>>> {
  const { source, seed, chip, durationNs, policy } = job;
  const { result } = await simulateFile(source, { seed, chip, durationNs, policy });
  const { migrations, detached } = result;
  const compared = {
    workload: job.workload,
    seed,
    policy: job.label,
    workNs: result.totals.runNs - result.totals.lostNs,
    unitsPerSecond: result.work.units / (result.simulatedNs / 1e9),
    forced: detached.forced,
    migrations: Object.values(migrations).reduce((sum, n) => sum + n, 0),
    refillNs: result.totals.refillNs,
    wakeupP99Ns: result.latency.p99Ns,
  };
  return { result: compared, said: [] };
}
