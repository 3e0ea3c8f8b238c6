/**
 * From traces to a trained network: features, split, preprocessing, training, quantisation-aware fine-tuning, threshold.
 * One way for simulated and real traces. `evaluateModel` is the other half; both are what commands and experiments call.
 */
import type { Target, TraceTable } from "../traces/schema.ts";
import { type FittedBaselines, fitBaselines } from "./baselines/fitted.ts";
import type { FeatureSpec } from "./feature-sets.ts";
import { FEATURE_SETS } from "./feature-sets.ts";
import type { Net } from "./net.ts";
import { seedFrom } from "./numerics/random-state.ts";
import { prepare } from "./prepare.ts";
import type { Split } from "./split.ts";
import { checkpointer } from "./trainer/checkpoint.ts";
import { checkConfig, type TrainerConfig } from "./trainer/config.ts";
import { finish } from "./trainer/finish.ts";
import { type PresetName, preset as presetByName } from "./trainer/presets.ts";
import { type EpochRecord, Trainer } from "./trainer/trainer.ts";

export { type EvaluateOptions, type Evaluation, evaluateModel } from "./evaluation/evaluate.ts";

export interface TrainRequest {
  tables: readonly TraceTable[];
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
  random: { weights: () => number; split: () => number };
  /** After each epoch, in epochs. */
  onProgress?: (done: number, total: number, note: string) => void;
  /** File that keeps the state after each epoch (at most one write a second). */
  checkpoint?: string;
  /** Continue from the checkpoint if it is there. */
  resume?: boolean;
}

export interface TrainResult {
  net: Net;
  curve: EpochRecord[];
  /** Epoch of the checkpoint that training went on from; 0 when it began from the start. */
  resumedAt: number;
  /** Epochs run, and the one whose weights were kept. */
  epochs: number;
  bestEpoch: number;
  /** All rows given, rows trained on, rows kept for early stopping and threshold. */
  rows: number;
  trainRows: number;
  validationRows: number;
  /** Held-out rows, as indices over the tables in order: for `evaluateModel(..., { rows })`. */
  testRows: Uint32Array;
  /** What preprocessing did, in words. */
  notes: string[];
  /** Fitted to the same rows and inputs. */
  baselines: FittedBaselines;
  config: TrainerConfig;
}

/** The configuration of a request, checked: the preset with its changes. */
export function configOf(request: Pick<TrainRequest, "preset" | "target" | "config">): TrainerConfig {
  return checkConfig({ ...presetByName(request.preset, request.target).config, ...request.config });
}

/** The features of a request: its own, or those of its preset. */
export function featuresOf(
  request: Pick<TrainRequest, "preset" | "target" | "features">,
): readonly FeatureSpec[] {
  return request.features ?? FEATURE_SETS[presetByName(request.preset, request.target).features]!;
}

/**
 * Trains one network. Same request and same random streams, same bits (R1).
 * @throws InputError when the data cannot teach anything: no rows, one class, unknown or constant columns.
 */
export function trainModel(request: TrainRequest): TrainResult {
  const config = configOf(request);
  const data = prepare({
    tables: request.tables,
    target: request.target,
    features: featuresOf(request),
    preprocessing: request.preprocessing ?? presetByName(request.preset, request.target).preprocessing,
    split: request.split,
    labels: request.labels,
    needsValidation: config.patience !== null || config.threshold !== "none",
    random: request.random.split,
  });
  const seeds = { weights: seedFrom(request.random.weights), order: seedFrom(request.random.weights) };
  const trainer = new Trainer(data.train, data.validation, config, seeds);
  const keep = request.checkpoint ? checkpointer(request.checkpoint, trainer, data, config, seeds) : null;
  const resumedAt = request.resume ? (keep?.restore() ?? 0) : 0;
  while (!trainer.done) {
    const record = trainer.runEpoch();
    keep?.save();
    request.onProgress?.(record.epoch, config.epochs, `loss ${record.trainLoss.toFixed(4)}`);
  }
  const net = finish(trainer, data, config, request.target);
  return {
    net,
    curve: trainer.curve,
    resumedAt,
    epochs: trainer.epochs,
    bestEpoch: trainer.best.epoch,
    rows: data.rows,
    trainRows: data.train.rows,
    validationRows: data.validation?.rows ?? 0,
    testRows: data.testRows,
    notes: data.notes,
    baselines: fitBaselines(data.train, data.validation, config),
    config,
  };
}
