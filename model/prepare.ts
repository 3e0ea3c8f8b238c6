/** From traces to matrices: labels, features, split and preprocessing of one training. */
import type { Target, TraceTable } from "../traces/schema.ts";
import { examplesFrom } from "./examples.ts";
import type { FeatureSpec } from "./feature-sets.ts";
import { type Matrix, matrixFrom } from "./matrix.ts";
import type { InputSpec } from "./net.ts";
import { PREPROCESSING, runSteps } from "./preprocess/steps.ts";
import { type Split, splitRows, validationBlocks } from "./split.ts";
import { UnlearnableError } from "./unlearnable.ts";

export interface PrepareRequest {
  tables: readonly TraceTable[];
  /** What notes call the tables. */
  names?: readonly string[];
  target: Target;
  features: readonly FeatureSpec[];
  preprocessing: keyof typeof PREPROCESSING;
  split?: Split;
  labels?: readonly Uint8Array[];
  /** Keep rows back from training for early stopping or the threshold. */
  needsValidation: boolean;
  needsTest?: boolean;
  random: () => number;
}

export interface Prepared {
  inputs: InputSpec[];
  train: Matrix;
  validation: Matrix | null;
  /** Held-out rows, as indices over the tables in order; rows with unknown values included. */
  testRows: Uint32Array;
  /** Those of them without unknown values, as inputs; only when asked for. */
  test: Matrix | null;
  rows: number;
  /** Training and validation rows of each class before any were left out to balance them. */
  classes: [number, number];
  notes: string[];
}

/** @throws InputError when the rows cannot teach anything. */
export function prepare(request: PrepareRequest): Prepared {
  const { target, random } = request;
  const examples = examplesFrom(request.tables, target, request.features, request.labels);
  const split = splitRows(examples, request.split ?? { kind: "none" }, random);
  needBothClasses(examples.labels, split.train, target);
  const { steps, fit } = PREPROCESSING[request.preprocessing];
  const state = runSteps(steps, examples, split, { fit, random, names: request.names });
  needBothClasses(examples.labels, state.train, target);
  const inputs = state.inputs.map((j, k): InputSpec => ({ ...examples.specs[j], ...state.affine![k] }));
  const matrix = (rows: Uint32Array) => matrixFrom(examples, state.inputs, inputs, rows);
  const parts = request.needsValidation ? validationRows(examples.labels, state.train, examples.run) : null;
  return {
    inputs,
    train: matrix(parts?.train ?? state.train),
    validation: parts && matrix(parts.test),
    testRows: split.test,
    test: request.needsTest ? matrix(state.test) : null,
    rows: examples.rows,
    classes: countClasses(examples.labels, split.train),
    notes: [...state.notes],
  };
}

function countClasses(labels: Uint8Array, rows: Uint32Array): [number, number] {
  let positives = 0;
  for (const r of rows) positives += labels[r];
  return [rows.length - positives, positives];
}

function needBothClasses(labels: Uint8Array, rows: Uint32Array, target: Target): void {
  const [negatives, positives] = countClasses(labels, rows);
  if (positives > 0 && negatives > 0) return;
  throw new UnlearnableError("the training rows hold a single class", {
    field: target,
    found: `${positives} positive of ${rows.length} rows`,
    expected: "both positive and negative rows",
    code: "one-class",
    hint: "Give more traces, another split or another target.",
  });
}

/** Blocks of consecutive rows; no validation at all when too few rows of a class would remain on either side. */
function validationRows(labels: Uint8Array, rows: Uint32Array, run: Uint32Array) {
  const parts = validationBlocks(rows, run);
  const enough = [parts.train, parts.test].every((part) => {
    let positives = 0;
    for (const r of part) positives += labels[r];
    return positives > 0 && positives < part.length;
  });
  return enough ? parts : null;
}
