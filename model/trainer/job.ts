/** One training as plain data, so that a worker thread can run it. */
import type { Target } from "../../traces/schema.ts";
import { type FittedBaselines, fitBaselines, fitJudgedTree } from "../baselines/fitted.ts";
import type { OperatingPoints } from "../evaluation/threshold.ts";
import type { Net } from "../net.ts";
import type { Prepared } from "../prepare.ts";
import { type TreeModel, treeModel } from "../tree-model.ts";
import { checkpointer } from "./checkpoint.ts";
import type { TrainerConfig } from "./config.ts";
import { finish } from "./finish.ts";
import { type EpochRecord, Trainer, type TrainerSeeds } from "./trainer.ts";

export interface TrainJob {
  target: Target;
  config: TrainerConfig;
  data: Prepared;
  seeds: TrainerSeeds;
  checkpoint: string | undefined;
  resume: boolean;
}

/**
 * A trained model, and what is known of its training.
 * @typeParam M Net, or of `trainTree` TreeModel.
 */
export interface TrainResult<M = Net> {
  net: M;
  /** Thresholds of the model by other rules. */
  points: OperatingPoints;
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

/** Runs a job to its end. `onProgress` is called after each epoch, in epochs. */
export function runJob(
  { target, config, data, seeds, checkpoint, resume }: TrainJob,
  onProgress?: (done: number, total: number, note: string) => void,
): TrainResult {
  const trainer = new Trainer(data.train, data.validation, config, seeds);
  const keep = checkpoint === undefined ? null : checkpointer(checkpoint, trainer, data, config, seeds);
  const resumedAt = resume ? (keep?.restore() ?? 0) : 0;
  while (!trainer.done) {
    const record = trainer.runEpoch();
    keep?.save();
    onProgress?.(record.epoch, config.epochs, `loss ${record.trainLoss.toFixed(4)}`);
  }
  return {
    ...finish(trainer, data, config, target),
    curve: trainer.curve,
    resumedAt,
    epochs: trainer.epochs,
    bestEpoch: trainer.best.epoch,
    ...whatWasGiven(data, config),
  };
}

/** Fits a tree to the rows of a job instead of training a network. @param depth Questions to a leaf, at most. */
export function runTreeJob({ target, config, data }: TrainJob, depth: number): TrainResult<TreeModel> {
  const tree = fitJudgedTree(data.train, data.validation, config, depth, data.classes);
  return {
    net: treeModel(target, tree.threshold, data.inputs, tree),
    points: tree.points,
    curve: [],
    resumedAt: 0,
    epochs: 0,
    bestEpoch: 0,
    ...whatWasGiven(data, config),
  };
}

function whatWasGiven(data: Prepared, config: TrainerConfig) {
  return {
    rows: data.rows,
    trainRows: data.train.rows,
    validationRows: data.validation?.rows ?? 0,
    testRows: data.testRows,
    notes: data.notes,
    baselines: fitBaselines(data.train, data.validation, config, data.classes),
    config,
  };
}
