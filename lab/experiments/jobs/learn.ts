import { baselinesAt } from "../../../model/baselines/fitted.ts";
import type { ReasonScore } from "../../../model/evaluation/by-reason.ts";
import type { Metrics } from "../../../model/evaluation/metrics.ts";
import { parseFeatures } from "../../../model/feature-sets.ts";
import { type Evaluation, evaluateModel, type TrainResult, trainModel } from "../../../model/pipeline.ts";
import { quantise } from "../../../model/quantise.ts";
import { parseSplit } from "../../../model/split.ts";
import type { TrainerConfig } from "../../../model/trainer/config.ts";
import type { PresetName } from "../../../model/trainer/presets.ts";
import { UnlearnableError } from "../../../model/unlearnable.ts";
import { randomStream } from "../../../sim/engine/random.ts";
import type { Target, TraceTable } from "../../../traces/schema.ts";
import { takeRows } from "../../../traces/table.ts";
import { readTraces } from "../../read-traces.ts";

/** A network to train, and rows to judge it on. */
export interface LearnJob {
  target: Target;
  preset: PresetName;
  /** Instead of the preset's, as `train --features` takes them. */
  features?: string;
  config?: Partial<TrainerConfig>;
  /** Only calls that get past the hard refusals (throttled, per-CPU kthread, affinity, running): the others need no prediction. */
  askedOnly?: boolean;
  train: readonly string[];
  /** As `train --split` takes it. */
  split: string;
  /** Sets of files by name; an empty one stands for the rows that the split holds out. */
  tests: Readonly<Record<string, readonly string[]>>;
  seed: string;
  resamples: number;
}

/** Judges by name: at their own thresholds and cut at the base rate. */
export interface Verdict {
  rows: number;
  positives: number;
  own: Record<Judge, Metrics | null>;
  atBaseRate: Record<Judge, Metrics | null>;
  byReason: Partial<Record<string, ReasonScore>>;
}

export type Judge = "model" | "fixed point" | "logistic" | "tree" | "rule" | "majority";

/** A verdict, or why there is none, by the name of its test set. */
export type Learnt = Record<string, Verdict | { why: string }>;

/** Trains and judges. What the rows cannot teach, and what cannot be judged on them, is told instead of a verdict. */
export async function learn(job: LearnJob): Promise<Learnt> {
  const read = async (files: readonly string[]) => {
    const tables = await readTraces(files);
    return job.askedOnly ? tables.map(asked) : tables;
  };
  const tables = await read(job.train);
  let trained: TrainResult;
  try {
    trained = trainModel({
      tables,
      target: job.target,
      preset: job.preset,
      config: job.config,
      features: job.features === undefined ? undefined : parseFeatures(job.features),
      split: parseSplit(job.split),
      random: { weights: randomStream(job.seed, "weights"), split: randomStream(job.seed, "split") },
    });
  } catch (error) {
    return Object.fromEntries(Object.keys(job.tests).map((name) => [name, whyNot(error)]));
  }
  const learnt: Learnt = {};
  for (const [name, files] of Object.entries(job.tests)) {
    try {
      const judged = files.length > 0 ? await read(files) : tables;
      const rows = files.length > 0 ? undefined : trained.testRows;
      learnt[name] = verdict(job, trained, (options) =>
        evaluateModel(trained.net, judged, job.target, { rows, ...options }),
      );
    } catch (error) {
      learnt[name] = whyNot(error);
    }
  }
  return learnt;
}

const HARD: readonly string[] = ["throttled", "percpu_kthread", "affinity", "running"];

/** For targets that each row decides by itself. */
const asked = (table: TraceTable): TraceTable =>
  takeRows(
    table,
    table.text.reason.flatMap((reason, i) => (HARD.includes(reason) ? [] : [i])),
  );

function whyNot(error: unknown): { why: string } {
  if (error instanceof UnlearnableError) return { why: error.message };
  throw error;
}

function verdict(
  { seed, resamples }: LearnJob,
  { net, points, baselines }: TrainResult,
  evaluate: (options: Parameters<typeof evaluateModel>[3]) => Evaluation,
): Verdict {
  const common = () => ({
    fixed: quantise(net),
    bootstrap: { resamples, random: randomStream(seed, "bootstrap") },
  });
  const own = evaluate({ ...common(), baselines });
  const base = evaluate({
    ...common(),
    threshold: points.balanced,
    baselines: baselinesAt("balanced", baselines),
  });
  const { rows, positives, byReason } = own;
  return { rows, positives, own: judges(own), atBaseRate: judges(base), byReason };
}

const judges = (e: Evaluation): Record<Judge, Metrics | null> => ({
  model: e.model,
  "fixed point": e.fixedPoint,
  logistic: e.logistic,
  tree: e.tree,
  rule: e.rule,
  majority: e.majority,
});
