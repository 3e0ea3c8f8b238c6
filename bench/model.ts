/**
 * Speed of training: 1 million rows x 10 inputs x 9 hidden units, batches of 32, forward and backward with Adam, on one
 * core; beside the same mathematics written with ml-matrix, and beside PyTorch where `python3-torch` is installed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Matrix as Algebra } from "ml-matrix";
import { accuracy, confusionOf } from "../model/evaluation/metrics.ts";
import type { Matrix } from "../model/matrix.ts";
import { RandomState } from "../model/numerics/random-state.ts";
import { DEFAULT_CONFIG, type TrainerConfig } from "../model/trainer/config.ts";
import { optimiser } from "../model/trainer/optimiser.ts";
import { predictLogits } from "../model/trainer/predict.ts";
import { Trainer } from "../model/trainer/trainer.ts";
import { share } from "./share.ts";

const INPUTS = 10;
const HIDDEN = 9;
const BATCH = 32;
const RATE = 0.01;
const EPOCHS = 4;
/** PyTorch and ml-matrix take minutes for a million rows. */
const TORCH_ROWS = 200_000;
/** Epochs of the race with PyTorch, and the accuracy that both have to reach. */
const RACE_EPOCHS = 10;
const ACCURACY = 0.97;

/** Rows that a network of nine units can nearly, but not quite, tell apart. */
function rowsToLearn(rows: number): Matrix {
  const random = new RandomState([1, 2, 3, 4]).uniform;
  const values = Float32Array.from({ length: rows * INPUTS }, () => 4 * random() - 2);
  const labels = new Uint8Array(rows);
  for (let r = 0; r < rows; r++) {
    const x = values.subarray(r * INPUTS, (r + 1) * INPUTS);
    labels[r] = x[0] + x[1] * x[2] + Math.abs(x[3]) > 1 ? 1 : 0;
  }
  return { rows, inputs: INPUTS, values, labels };
}

/** Processor seconds (user and system) and wall seconds of some work in this process. */
function timed(work: () => void): { cpu: number; wall: number } {
  const before = process.cpuUsage();
  const started = performance.now();
  work();
  const wall = (performance.now() - started) / 1000;
  const used = process.cpuUsage(before);
  return { cpu: (used.user + used.system) / 1e6, wall };
}

const CONFIG: TrainerConfig = {
  ...DEFAULT_CONFIG,
  hidden: [HIDDEN],
  optimiser: "adam",
  learningRate: RATE,
  batchSize: BATCH,
  epochs: EPOCHS,
};

/** The same training in matrix algebra, a matrix per step: what the fast path is tested against. */
function trainByAlgebra(data: Matrix, rows: number): void {
  const random = new RandomState([1, 2, 3, 4]).uniform;
  const parameters = Float64Array.from({ length: (INPUTS + 2) * HIDDEN + 1 }, () => random() - 0.5);
  const gradients = new Float64Array(parameters.length);
  const adam = optimiser(CONFIG, parameters.length);
  const at = { bias: INPUTS * HIDDEN, out: (INPUTS + 1) * HIDDEN, outBias: (INPUTS + 2) * HIDDEN };
  const sigmoid = (m: Algebra) => m.neg().exp().add(1).pow(-1);
  for (let first = 0; first + BATCH <= rows; first += BATCH) {
    const x = Algebra.from1DArray(BATCH, INPUTS, [
      ...data.values.subarray(first * INPUTS, (first + BATCH) * INPUTS),
    ]);
    const y = Algebra.columnVector([...data.labels.subarray(first, first + BATCH)]);
    const w1 = Algebra.from1DArray(HIDDEN, INPUTS, [...parameters.subarray(0, at.bias)]);
    const w2 = Algebra.from1DArray(1, HIDDEN, [...parameters.subarray(at.out, at.outBias)]);
    const hidden = sigmoid(x.mmul(w1.transpose()).addRowVector([...parameters.subarray(at.bias, at.out)]));
    const logits = hidden.mmul(w2.transpose()).add(parameters[at.outBias]);
    const errors = sigmoid(logits).sub(y).div(BATCH);
    const below = Algebra.mul(errors.mmul(w2), Algebra.mul(hidden, hidden.clone().neg().add(1)));
    gradients.set(below.transpose().mmul(x).to1DArray());
    gradients.set(below.sum("column"), at.bias);
    gradients.set(errors.transpose().mmul(hidden).to1DArray(), at.out);
    gradients[at.outBias] = errors.sum();
    adam.step(parameters, gradients, RATE);
  }
}

/** Processor time used up to the end of an epoch, and the accuracy on the rows trained on then. */
interface Reached {
  cpuSeconds: number;
  accuracy: number;
}

interface TorchResult {
  torch: string;
  epochs: Reached[];
}

/** null when no Python with PyTorch is there. */
function pythonWithTorch(): string | null {
  const has = (p: string) => spawnSync(p, ["-c", "import torch"], { stdio: "ignore" }).status === 0;
  return ["/usr/bin/python3", "python3"].find(has) ?? null;
}

function trainByTorch(python: string, data: Matrix, epochs: number, seed: number): TorchResult {
  const dir = mkdtempSync(join(tmpdir(), "nicetries-bench-"));
  try {
    writeFileSync(join(dir, "rows.f32"), new Uint8Array(data.values.buffer));
    writeFileSync(join(dir, "labels.u8"), data.labels);
    const script = new URL("./torch-mlp.py", import.meta.url).pathname;
    const numbers = [INPUTS, HIDDEN, BATCH, epochs, RATE, seed].map(String);
    const { status, stdout, stderr } = spawnSync(
      python,
      [script, join(dir, "rows.f32"), join(dir, "labels.u8"), ...numbers],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`torch-mlp.py failed: ${stderr}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Trains epoch by epoch; judging in between is not timed. */
function trainFast(data: Matrix, epochs: number, seed: number): Reached[] {
  const seeds = { weights: [seed, 2, 3, 4], order: [seed, 6, 7, 8] } as const;
  const trainer = new Trainer(data, null, CONFIG, seeds);
  let cpuSeconds = 0;
  return Array.from({ length: epochs }, () => {
    cpuSeconds += timed(() => trainer.runEpoch()).cpu;
    const logits = predictLogits(trainer.shape, trainer.best.parameters, data);
    return { cpuSeconds, accuracy: accuracy(confusionOf(logits, data.labels, 0)) };
  });
}

const print = (text: string) => process.stdout.write(`${text}\n`);
const millions = (rows: number, seconds: number) => `${(rows / seconds / 1e6).toFixed(2)} M rows/s`;
const percent = (x: number) => `${(100 * x).toFixed(2)} %`;

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Processor seconds until the accuracy was reached; infinite when it never was. */
function secondsTo(target: number, epochs: readonly Reached[]): number {
  return epochs.find((e) => e.accuracy >= target)?.cpuSeconds ?? Number.POSITIVE_INFINITY;
}

/** Prints rates and ratios. Ratios are of processor time, which other work on the machine disturbs least. */
export async function run(): Promise<void> {
  const rows = share(1_000_000);
  const all = rowsToLearn(rows);
  const trainer = new Trainer(all, null, CONFIG, { weights: [1, 2, 3, 4], order: [5, 6, 7, 8] });
  const epochs = Array.from({ length: EPOCHS }, () => timed(() => trainer.runEpoch()));
  const best = Math.min(...epochs.map((e) => e.cpu));
  const wall = epochs.reduce((sum, e) => sum + e.wall, 0);
  print(`train ${rows} x ${INPUTS}-${HIDDEN}-1, Adam, batches of ${BATCH}, one core:`);
  print(
    `  nicetries   ${millions(rows, best)} of processor time (best of ${EPOCHS} epochs, ` +
      `median ${millions(rows, median(epochs.map((e) => e.cpu)))}), ${millions(EPOCHS * rows, wall)} by the clock`,
  );
  const few = rowsToLearn(Math.min(rows, TORCH_ROWS));
  const algebraRows = Math.min(few.rows, 64_000);
  const algebra = timed(() => trainByAlgebra(few, algebraRows)).cpu / algebraRows;
  print(
    `  ml-matrix   ${millions(1, algebra)}; nicetries is ${((algebra * rows) / best).toFixed(1)} times as fast`,
  );
  const python = pythonWithTorch();
  if (python === null) {
    print("  PyTorch     skipped: python3-torch is not installed (apt-get install python3-torch)");
    return;
  }
  compareWithTorch(python, few);
}

/** Both train from several seeds; what counts is the processor time to the same accuracy. */
function compareWithTorch(python: string, data: Matrix): void {
  const seeds = [1, 2, 3];
  const ours = seeds.map((seed) => trainFast(data, RACE_EPOCHS, seed));
  const theirs = seeds.map((seed) => trainByTorch(python, data, RACE_EPOCHS, seed));
  const total = (runs: readonly Reached[][]) => median(runs.map((r) => r.at(-1)!.cpuSeconds));
  const reached = (runs: readonly Reached[][]) => median(runs.map((r) => secondsTo(ACCURACY, r)));
  const last = (runs: readonly Reached[][]) => percent(median(runs.map((r) => r.at(-1)!.accuracy)));
  const torchRuns = theirs.map((t) => t.epochs);
  const version = theirs[0].torch.split("+")[0];
  print(
    `  PyTorch ${version}  ${millions(RACE_EPOCHS * data.rows, total(torchRuns))}; nicetries is ` +
      `${(total(torchRuns) / total(ours)).toFixed(1)} times as fast per row (${data.rows} rows, ${RACE_EPOCHS} epochs, ` +
      `medians of ${seeds.length} seeds)`,
  );
  print(
    `  to ${percent(ACCURACY)} accuracy: nicetries ${reached(ours).toFixed(2)} s, PyTorch ${reached(torchRuns).toFixed(2)} s of ` +
      `processor time, ${(reached(torchRuns) / reached(ours)).toFixed(1)} times as fast; after ${RACE_EPOCHS} epochs ` +
      `${last(ours)} and ${last(torchRuns)}`,
  );
}

if (process.argv[1] === new URL(import.meta.url).pathname) await run();
