/**
 * Preprocessing as a list of named steps over examples.
 *
 * A state says which rows and inputs are still in and how inputs will be scaled; a step returns a new state. Statistics
 * are taken from `fit`, the rows a step may look at: all rows for the thesis's order (which lets the test rows shape the
 * scale), training rows alone for the honest one.
 *
 * Invariants:
 *  P1. `train` and `test` are disjoint and rising; no step adds a row or an input.
 *  P2. Nothing computed from the labels or the values of `test` enters a state of the honest pipeline, except which
 *      test rows hold unknown values.
 */
import type { Examples } from "../examples.ts";
import { featureName } from "../feature-sets.ts";
import { UnlearnableError } from "../unlearnable.ts";

export interface PreprocessState {
  readonly examples: Examples;
  /** Indices into examples.columns. */
  readonly inputs: readonly number[];
  readonly train: Uint32Array;
  readonly test: Uint32Array;
  /** One per input once `normalise` has run: x = (T - offset) * scale. */
  readonly affine: readonly { offset: number; scale: number }[] | null;
  /** What the steps did, in words, for the person who trains. */
  readonly notes: readonly string[];
}

export interface PreprocessContext {
  /** Which rows statistics come from. */
  fit: "all" | "train";
  random: () => number;
  /** What notes call the traces; by default their places and workloads. */
  names?: readonly string[];
}

export type Step = (state: PreprocessState, context: PreprocessContext) => PreprocessState;

export function runSteps(
  steps: readonly Step[],
  examples: Examples,
  rows: { train: Uint32Array; test: Uint32Array },
  context: PreprocessContext,
): PreprocessState {
  const start: PreprocessState = {
    examples,
    inputs: examples.specs.map((_, j) => j),
    train: rows.train,
    test: rows.test,
    affine: null,
    notes: [],
  };
  return steps.reduce((state, step) => step(state, context), start);
}

/** Thesis, step 1. The trace reader has done it: columns are doubles and hold every integer exactly (X1). */
export const toFloat: Step = (state) => state;

/** Thesis, step 2: rows of the larger class are dropped at random until both classes are equal. */
export const balanceClasses: Step = (state, context) => {
  const train = balanced(state.examples.labels, state.train, context.random);
  const test =
    context.fit === "all" ? balanced(state.examples.labels, state.test, context.random) : state.test;
  const dropped = state.train.length - train.length;
  return { ...state, train, test, notes: [...state.notes, `balanced the classes: ${dropped} rows dropped`] };
};

function balanced(labels: Uint8Array, rows: Uint32Array, random: () => number): Uint32Array {
  const sides = [rows.filter((r) => labels[r] === 0), rows.filter((r) => labels[r] === 1)] as const;
  const size = Math.min(sides[0].length, sides[1].length);
  const kept = new Uint32Array(2 * size);
  kept.set(sample(sides[0], size, random), 0);
  kept.set(sample(sides[1], size, random), size);
  return kept.sort();
}

/** `size` of the rows without replacement: a Fisher-Yates shuffle stopped early. */
function sample(rows: Uint32Array, size: number, random: () => number): Uint32Array {
  if (size === rows.length) return rows;
  const pool = rows.slice();
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(random() * (pool.length - i));
    const taken = pool[j];
    pool[j] = pool[i];
    pool[i] = taken;
  }
  return pool.slice(0, size);
}

function fitRows(state: PreprocessState, context: PreprocessContext): Uint32Array {
  if (context.fit === "train" || state.test.length === 0) return state.train;
  const all = new Uint32Array(state.train.length + state.test.length);
  all.set(state.train);
  all.set(state.test, state.train.length);
  return all;
}

/** Thesis, step 3: a column with one value tells nothing and cannot be scaled. */
export const dropConstantColumns: Step = (state, context) => {
  const rows = fitRows(state, context);
  const inputs = state.inputs.filter((j) => varies(state.examples.columns[j], rows));
  const gone = state.inputs.filter((j) => !inputs.includes(j));
  if (inputs.length === 0) {
    throw new UnlearnableError("no column varies", {
      found: `${state.inputs.length} constant columns in ${rows.length} rows`,
      expected: "at least one column with two different values",
      option: "features",
      hint: "Choose others, or traces with more varied decisions.",
    });
  }
  const names = gone.map((j) => featureName(state.examples.specs[j])).join(", ");
  const notes = gone.length > 0 ? [...state.notes, `dropped constant columns: ${names}`] : state.notes;
  return { ...state, inputs, notes };
};

function varies(column: Float64Array, rows: Uint32Array): boolean {
  let first = Number.NaN;
  for (const r of rows) {
    const value = column[r];
    if (Number.isNaN(value)) continue;
    if (Number.isNaN(first)) first = value;
    else if (value !== first) return true;
  }
  return false;
}

/** Thesis, step 4: rows with an unknown value in any input go. Traces that go as a whole are named, and why. */
export const dropInvalid: Step = (state, context) => {
  const columns = state.inputs.map((j) => state.examples.columns[j]);
  const valid = (r: number) => columns.every((c) => !Number.isNaN(c[r]));
  const train = state.train.filter(valid);
  const test = state.test.filter(valid);
  const dropped = state.train.length + state.test.length - train.length - test.length;
  if (train.length === 0) {
    throw new UnlearnableError("no row has a value in every input", {
      found: `${state.train.length} rows, all with unknown values`,
      expected: "complete rows",
      option: "features",
      hint: `Leave out sparse columns; inputs: ${state.inputs.map((j) => featureName(state.examples.specs[j])).join(", ")}.`,
    });
  }
  if (dropped === 0) return state;
  const after = { ...state, train, test };
  const notes = [...state.notes, `dropped rows with unknown values: ${dropped}`];
  return { ...after, notes: [...notes, ...lostTraces(state, after, context.names)] };
};

/** A note for each trace that had rows before and has none after: no score of the rest tells that it is missing. */
function lostTraces(before: PreprocessState, after: PreprocessState, names?: readonly string[]): string[] {
  const { run, metas, columns, specs } = before.examples;
  const left = new Uint32Array(metas.length);
  for (const part of [after.train, after.test]) for (const r of part) left[run[r]]++;
  return metas.flatMap(({ workload }, i) => {
    const rows = [before.train, before.test].flatMap((part) => [...part.filter((r) => run[r] === i)]);
    if (rows.length === 0 || left[i] > 0) return [];
    const unknown = (j: number) => (r: number) => Number.isNaN(columns[j][r]);
    const never = before.inputs.filter((j) => rows.every(unknown(j)));
    const sparse = before.inputs.filter((j) => rows.some(unknown(j)));
    const list = (inputs: number[]) => inputs.map((j) => featureName(specs[j])).join(", ");
    const why = never.length > 0 ? `it does not know ${list(never)}` : `each lacks one of ${list(sparse)}`;
    const name = names?.[i] ?? `trace ${i + 1} of ${metas.length} (${workload || "of no named workload"})`;
    return [`no row of ${name} is left: ${why}. Choose other features to use it`];
  });
}

/**
 * Inputs with the identity transform saturate at 8 deviations (model/transform.ts, T5). A column that hardly varies would
 * be left with a single integer in that range; counting its deviation as 1/4 at least leaves it two integers to each side.
 */
const LEAST_DEVIATION = 0.25;

/**
 * Thesis, step 5: each column to mean 0 and standard deviation 1 (the thesis does not say which normalisation; this one
 * keeps a heavy tail from squeezing everything else into a corner). A column constant in the fit rows gets scale 1.
 */
export const normalise: Step = (state, context) => {
  const rows = fitRows(state, context);
  const affine = state.inputs.map((j) => {
    const { mean, deviation } = moments(state.examples.columns[j], rows);
    const least = state.examples.specs[j].transform === "identity" ? LEAST_DEVIATION : 0;
    return { offset: mean, scale: deviation > 0 ? 1 / Math.max(deviation, least) : 1 };
  });
  return { ...state, affine };
};

/** Mean and population standard deviation in two passes, unknown values left out. */
export function moments(column: Float64Array, rows: Uint32Array): { mean: number; deviation: number } {
  let sum = 0;
  let count = 0;
  for (const r of rows) {
    const value = column[r];
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  const mean = sum / count;
  let squares = 0;
  for (const r of rows) {
    const d = column[r] - mean;
    if (!Number.isNaN(d)) squares += d * d;
  }
  return { mean, deviation: Math.sqrt(squares / count) };
}

export interface Preprocessing {
  steps: readonly Step[];
  fit: PreprocessContext["fit"];
}

export const PREPROCESSING = {
  /** The five steps in the thesis's order, over training and test rows together. */
  thesis: { steps: [toFloat, balanceClasses, dropConstantColumns, dropInvalid, normalise], fit: "all" },
  /**
   * No discarded rows (weigh the classes instead), statistics from training rows alone. Columns constant where they are
   * known go before they cost rows that do not know them; those that the remaining rows leave constant go afterwards.
   */
  honest: {
    steps: [toFloat, dropConstantColumns, dropInvalid, dropConstantColumns, normalise],
    fit: "train",
  },
} as const satisfies Record<string, Preprocessing>;
