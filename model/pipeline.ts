/**
 * From traces to a trained network: features, split, preprocessing, training, quantisation-aware fine-tuning, threshold.
 * One way for simulated and real traces. `evaluateModel` is the other half; both are what commands and experiments call.
 */

import { InputError } from "../traces/input-error.ts";
import type { Target, TraceTable } from "../traces/schema.ts";
import { type PermutationResult, permutationTest } from "./evaluation/permutation.ts";
import type { FeatureSpec } from "./feature-sets.ts";
import { FEATURE_SETS } from "./feature-sets.ts";
import { columnsOf, featureColumn } from "./feature-values.ts";
import { seedFrom } from "./numerics/random-state.ts";
import { prepare } from "./prepare.ts";
import type { Split } from "./split.ts";
import { checkConfig, type TrainerConfig } from "./trainer/config.ts";
import { runJob, runTreeJob, type TrainJob, type TrainResult } from "./trainer/job.ts";
import { TREE_DEPTHS } from "./trainer/kinds.ts";
import { checkModelSize } from "./trainer/model-size.ts";
import { type PresetName, preset as presetByName } from "./trainer/presets.ts";
import { runJobs } from "./trainer/run-jobs.ts";
import type { TreeModel } from "./tree-model.ts";

export { type EvaluateOptions, type Evaluation, evaluateModel } from "./evaluation/evaluate.ts";
export type { TrainResult } from "./trainer/job.ts";

/** Everything that a network is trained from. */
export interface TrainRequest {
  tables: readonly TraceTable[];
  /** What notes call the tables, such as their files. */
  names?: readonly string[];
  target: Target;
  preset: PresetName;
  /** Changes to the preset. */
  config?: Partial<TrainerConfig>;
  /** Instead of the preset's set. */
  features?: readonly FeatureSpec[];
  preprocessing?: "thesis" | "honest";
  /** Rows held out from training; `none` by default. */
  split?: Split;
  /** Labels per table, where the caller has them already. */
  labels?: readonly Uint8Array[];
  random: {
    /** For initial weights and the order of rows. */
    weights: () => number;
    /** For the rows held out. */
    split: () => number;
  };
  /** After each epoch, in epochs. */
  onProgress?: (done: number, total: number, note: string) => void;
  /** File that keeps the state after each epoch (at most one write a second). */
  checkpoint?: string;
  /** Continue from the checkpoint if it is there. */
  resume?: boolean;
}

/** The configuration of a request, checked: the preset with its changes. */
export function configOf(request: Pick<TrainRequest, "preset" | "target" | "config">): TrainerConfig {
  return checkConfig({ ...presetByName(request.preset, request.target).config, ...request.config });
}

/** The features of a request: its own, or those of its preset. */
export function featuresOf(
  request: Pick<TrainRequest, "preset" | "target" | "features">,
): readonly FeatureSpec[] {
  return request.features ?? FEATURE_SETS[presetByName(request.preset, request.target).features];
}

/**
 * Trains one network. Same request and same random streams, same bits (R1).
 * @throws InputError when the data cannot teach anything (no rows, one class, unknown or constant columns), or when no
 * model file could hold the network.
 */
export function trainModel(request: TrainRequest): TrainResult {
  return runJob(prepareJob(request), request.onProgress);
}

/**
 * Fits a decision tree to what `trainModel` would train a network on: same rows, inputs and rule for the threshold.
 * @param depth Questions to a leaf, at most TREE_DEPTHS.high.
 * @throws InputError as `trainModel`.
 */
export function trainTree(request: TrainRequest, depth: number = TREE_DEPTHS.usual): TrainResult<TreeModel> {
  return runTreeJob(prepareJob(request), depth);
}

/**
 * Trains several networks at once, on worker threads; results in the order of the requests, the same bits as from
 * `trainModel` one after the other. `onProgress` of the requests is not called; `onDone` is, after each network.
 */
export async function trainModels(
  requests: readonly TrainRequest[],
  options: { workers?: number; onDone?: (done: number, total: number) => void } = {},
): Promise<TrainResult[]> {
  return runJobs(
    requests.map((r) => prepareJob(r)),
    options,
  );
}

/**
 * Whether the scores of such a training could be luck: the same with shuffled labels, judged on the rows that the
 * request's split holds out (evaluation/permutation.ts). Statistics of the inputs come from the training rows.
 */
export function testByPermutation(
  request: TrainRequest & { split: Split },
  models: number,
  random: () => number,
): PermutationResult {
  const { data, config } = prepareJob(request, true);
  if (!data.test || data.test.rows === 0) {
    throw new InputError("the permutation test needs held-out rows", {
      option: "split",
      found: request.split.kind,
      expected: "a split that holds rows out, such as time:0.8",
    });
  }
  return permutationTest(data.train, data.test, config, models, random);
}

function prepareJob(request: TrainRequest, needsTest = false): TrainJob {
  const config = configOf(request);
  const { features, notes } = knownFeatures(request);
  const data = prepare({
    tables: request.tables,
    names: request.names,
    target: request.target,
    features,
    preprocessing: request.preprocessing ?? presetByName(request.preset, request.target).preprocessing,
    split: request.split,
    labels: request.labels,
    needsValidation: config.patience !== null || config.threshold !== "none",
    needsTest,
    random: request.random.split,
  });
  data.notes.unshift(...notes);
  checkModelSize(data.inputs.length, config.hidden);
  return {
    target: request.target,
    config,
    data,
    seeds: { weights: seedFrom(request.random.weights), order: seedFrom(request.random.weights) },
    checkpoint: request.checkpoint,
    resume: request.resume ?? false,
  };
}

/**
 * The inputs to train on. What the caller asked for by name has to be there (examples.ts says so where it is not); of a
 * preset's set, columns that no trace knows are left out: recordings differ in what they hold.
 */
function knownFeatures(request: TrainRequest): { features: readonly FeatureSpec[]; notes: string[] } {
  const features = featuresOf(request);
  if (request.features !== undefined) return { features, notes: [] };
  const isKnown = ({ feature }: FeatureSpec) =>
    request.tables.some((table) => !featureColumn(table, feature).every(Number.isNaN));
  const known = features.filter(isKnown);
  const absent = new Set(features.filter((f) => !known.includes(f)).flatMap((f) => columnsOf(f.feature)));
  if (absent.size === 0 || known.length === 0) return { features, notes: [] };
  return { features: known, notes: [`left out, unknown in these traces: ${[...absent].join(", ")}`] };
}
