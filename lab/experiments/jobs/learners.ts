/** What predictability is measured with: a network of the preset `best`, or boosted trees, on columns of numbers. */
import { BOOST, boostedScores, fitBoosted } from "../../../model/baselines/boosted.ts";
import type { Matrix } from "../../../model/matrix.ts";
import { seedFrom } from "../../../model/numerics/random-state.ts";
import type { TrainerConfig } from "../../../model/trainer/config.ts";
import { predictLogits } from "../../../model/trainer/predict.ts";
import { preset } from "../../../model/trainer/presets.ts";
import { Trainer } from "../../../model/trainer/trainer.ts";
import { randomStream } from "../../../sim/engine/random.ts";

/** A network of the preset `best`, or boosted trees (model/baselines/boosted.ts). */
export type Learner = "network" | "boosted";

/** How it learns. */
export interface Learning {
  learner: Learner;
  /** Changes to the preset `best`, or fewer trees. */
  config: Partial<TrainerConfig> & { trees?: number };
  seed: string;
}

/** What is known of calls, and what became of them, row by row. */
export interface Known {
  columns: Record<string, Float64Array>;
  labels: Uint8Array;
  /** Number of the run that the row is of. */
  run: Uint32Array;
  forcedNow: Uint8Array;
  forcedBefore: Uint8Array;
}

/** What is known of one run. */
export type KnownRun = Omit<Known, "columns" | "run"> & {
  columns: Readonly<Record<string, ArrayLike<number>>>;
};

export type Scores = (matrix: Matrix) => ArrayLike<number>;

/** What a learner makes of the rows: only boosted trees leave those for validation alone. */
export const scoresOf = (learning: Learning, training: Matrix, validation: Matrix): Scores =>
  learning.learner === "network" ? network(learning, training, validation) : boosted(learning, training);

function network(
  { config: { trees: _, ...config }, seed }: Learning,
  training: Matrix,
  validation: Matrix,
): Scores {
  const own = { ...preset("best", "forced_eventually").config, quantisedBatches: 0, ...config };
  const weights = randomStream(seed, "weights");
  const trainer = new Trainer(training, validation, own, {
    weights: seedFrom(weights),
    order: seedFrom(weights),
  });
  while (!trainer.done) trainer.runEpoch();
  const { shape, best } = trainer;
  return (matrix) => predictLogits(shape, best.parameters, matrix);
}

function boosted({ config: { trees = BOOST.trees }, seed }: Learning, training: Matrix): Scores {
  const model = fitBoosted(training, { ...BOOST, trees, random: randomStream(seed, "boosted") });
  return (matrix) => boostedScores(model, matrix);
}

/** Runs of the same columns, one behind the other. */
export function joinRuns(runs: readonly KnownRun[]): Known {
  const rows = runs.reduce((sum, { labels }) => sum + labels.length, 0);
  const known: Known = {
    columns: {},
    labels: new Uint8Array(rows),
    run: new Uint32Array(rows),
    forcedNow: new Uint8Array(rows),
    forcedBefore: new Uint8Array(rows),
  };
  let at = 0;
  runs.forEach(({ columns, labels, forcedNow, forcedBefore }, run) => {
    known.labels.set(labels, at);
    known.forcedNow.set(forcedNow, at);
    known.forcedBefore.set(forcedBefore, at);
    known.run.fill(run, at, at + labels.length);
    for (const [name, values] of Object.entries(columns)) {
      known.columns[name] ??= new Float64Array(rows);
      known.columns[name].set(values, at);
    }
    at += labels.length;
  });
  return known;
}

/** Mean and spread of each column that varies. */
export type Scales = { name: string; mean: number; scale: number }[];

export function scalesOf(columns: Known["columns"]): Scales {
  return Object.entries(columns).flatMap(([name, values]) => {
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    return variance > 1e-12 ? [{ name, mean, scale: 1 / Math.sqrt(variance) }] : [];
  });
}

export function matrixOf({ columns, labels }: Known, scales: Scales, rows: Uint32Array): Matrix {
  const inputs = scales.length;
  const values = new Float32Array(rows.length * inputs);
  scales.forEach(({ name, mean, scale }, j) => {
    const column = columns[name];
    for (let i = 0; i < rows.length; i++)
      values[i * inputs + j] = Math.max(-8, Math.min(8, (column[rows[i]] - mean) * scale));
  });
  return { rows: rows.length, inputs, values, labels: Uint8Array.from(rows, (r) => labels[r]) };
}
