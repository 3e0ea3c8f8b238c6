/**
 * Speed of training: 1 million rows x 10 inputs x 9 hidden units, batches of 32, forward and backward with Adam, on one
 * core; beside the same mathematics written with ml-matrix, and beside PyTorch where `python3-torch` is installed.
 * Smaller runs: NICETRIES_BENCH_ROWS=100000.
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

const INPUTS = 10;
const HIDDEN = 9;
const BATCH = 32;
const RATE = 0.01;
const EPOCHS = 4;
/** PyTorch and ml-matrix take minutes for a million rows. */
const TORCH_ROWS = 200_000;

/** Rows that a network of nine units can nearly, but not quite, tell apart. */
function rowsToLearn(rows: number): Matrix {
  const random = new RandomState([1, 2, 3, 4]).uniform;
  const values = Float32Array.from({ length: rows * INPUTS }, () => 4 * random() - 2);
  const labels = new Uint8Array(rows);
  for (let r = 0; r < rows; r++) {
    const x = values.subarray(r * INPUTS, (r + 1) * INPUTS);
    labels[r] = x[0]! + x[1]! * x[2]! + Math.abs(x[3]!) > 1 ? 1 : 0;
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
    const logits = hidden.mmul(w2.transpose()).add(parameters[at.outBias]!);
    const errors = sigmoid(logits).sub(y).div(BATCH);
    const below = Algebra.mul(errors.mmul(w2), Algebra.mul(hidden, hidden.clone().neg().add(1)));
    gradients.set(below.transpose().mmul(x).to1DArray());
    gradients.set(below.sum("column"), at.bias);
    gradients.set(errors.transpose().mmul(hidden).to1DArray(), at.out);
    gradients[at.outBias] = errors.sum();
    adam.step(parameters, gradients, RATE);
  }
}

interface TorchResult {
  seconds: number;
  cpuSeconds: number;
  accuracy: number;
  torch: string;
}

/** null when no Python with PyTorch is there. */
function trainByTorch(data: Matrix): TorchResult | null {
  const python = ["/usr/bin/python3", "python3"].find(
    (p) => spawnSync(p, ["-c", "import torch"], { stdio: "ignore" }).status === 0,
  );
  if (python === undefined) return null;
  const dir = mkdtempSync(join(tmpdir(), "nicetries-bench-"));
  try {
    writeFileSync(join(dir, "rows.f32"), new Uint8Array(data.values.buffer));
    writeFileSync(join(dir, "labels.u8"), data.labels);
    const script = new URL("./torch-mlp.py", import.meta.url).pathname;
    const numbers = [INPUTS, HIDDEN, BATCH, EPOCHS, RATE].map(String);
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

/** Trains for EPOCHS and returns the accuracy on the same rows with the times of all epochs and of the best. */
function trainFast(data: Matrix) {
  const trainer = new Trainer(data, null, CONFIG, { weights: [1, 2, 3, 4], order: [5, 6, 7, 8] });
  const epochs = Array.from({ length: EPOCHS }, () => timed(() => trainer.runEpoch()));
  const logits = predictLogits(trainer.shape, trainer.best.parameters, data);
  return {
    accuracy: accuracy(confusionOf(logits, data.labels, 0)),
    cpu: epochs.reduce((sum, e) => sum + e.cpu, 0),
    wall: epochs.reduce((sum, e) => sum + e.wall, 0),
    bestCpu: Math.min(...epochs.map((e) => e.cpu)),
  };
}

const print = (text: string) => process.stdout.write(`${text}\n`);
const millions = (rows: number, seconds: number) => `${(rows / seconds / 1e6).toFixed(2)} M rows/s`;
const percent = (x: number) => `${(100 * x).toFixed(2)} %`;

/** Prints rates and ratios. Ratios are of processor time, which other work on the machine disturbs least. */
export async function run(): Promise<void> {
  const rows = Number(process.env.NICETRIES_BENCH_ROWS ?? 1_000_000);
  const fast = trainFast(rowsToLearn(rows));
  print(`train ${rows} x ${INPUTS}-${HIDDEN}-1, Adam, batches of ${BATCH}, one core:`);
  print(
    `  nicetries   ${millions(rows, fast.bestCpu)} of processor time (best epoch), ` +
      `${millions(EPOCHS * rows, fast.wall)} by the clock`,
  );
  const few = rowsToLearn(Math.min(rows, TORCH_ROWS));
  const algebraRows = Math.min(few.rows, 64_000);
  const algebra = timed(() => trainByAlgebra(few, algebraRows)).cpu / algebraRows;
  print(
    `  ml-matrix   ${millions(1, algebra)}; nicetries is ${((algebra * rows) / fast.bestCpu).toFixed(1)} times as fast`,
  );
  const torch = trainByTorch(few);
  if (torch === null) {
    print("  PyTorch     skipped: python3-torch is not installed (apt-get install python3-torch)");
    return;
  }
  const same = trainFast(few);
  print(
    `  PyTorch ${torch.torch.split("+")[0]}  ${millions(EPOCHS * few.rows, torch.cpuSeconds)}; nicetries is ` +
      `${(torch.cpuSeconds / same.cpu).toFixed(1)} times as fast (${few.rows} rows, ${EPOCHS} epochs, accuracy ` +
      `${percent(same.accuracy)} against ${percent(torch.accuracy)})`,
  );
}

if (process.argv[1] === new URL(import.meta.url).pathname) await run();
