import { decodeNt, type NtModel } from "../model/nt-read.ts";
import { encodeNt } from "../model/nt-write.ts";
import { trainModel } from "../model/pipeline.ts";
import { traceMetadata } from "../traces/metadata.ts";
import type { Target, TraceRow } from "../traces/schema.ts";
import { tableFromRows } from "../traces/table.ts";

/** What a new model is trained on. */
export interface Lesson {
  target: Target;
  /** As they were before the decision. */
  rows: readonly Readonly<TraceRow>[];
  /** 1 = positive, a label for each row. */
  labels: Uint8Array;
  migrationCostNs: number;
  /** Most passes over the rows. */
  epochs: number;
  /** Of initial weights, order and validation rows. */
  random: () => number;
}

/** A new model, and how much work it was. */
export interface Retrained {
  nt: NtModel;
  /** The model file. */
  bytes: Uint8Array;
  /** How many times some row was trained on. */
  rowPasses: number;
}

/** Trains a model of its own kind on a lesson. */
export type Retrain = (lesson: Lesson) => Retrained;

/**
 * Preset `best`, from random weights: what the rows of another time taught is not in the new model, for it would have to be
 * unlearned.
 * @throws UnlearnableError where the rows are all of one class
 */
export const retrain: Retrain = ({ target, rows, labels, migrationCostNs, epochs, random }) => {
  const meta = traceMetadata({ tunables: { migration_cost_ns: migrationCostNs } });
  const result = trainModel({
    tables: [tableFromRows(rows, meta)],
    target,
    preset: "best",
    config: { epochs },
    labels: [labels],
    random: { weights: random, split: random },
  });
  const { quantisedBatches, batchSize } = result.config;
  const bytes = encodeNt(result.net, { name: `${target.slice(0, 7)}-adapt` });
  return {
    nt: decodeNt(bytes),
    bytes,
    rowPasses: result.trainRows * result.epochs + quantisedBatches * Math.min(batchSize, result.trainRows),
  };
};
