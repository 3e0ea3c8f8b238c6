/**
 * Training of one network, epoch by epoch.
 *
 * Invariants:
 *  R1. After n epochs the state is a function of data, configuration and seed alone: no clock, no `Math.exp`, no global
 *      random numbers. `state()` after k epochs, restored into a new Trainer with the same data and configuration,
 *      continues to the same bits.
 *  R2. Each epoch visits every row once, in an order shuffled afresh from 0..rows-1.
 *  R3. With early stopping `best` holds the parameters of the smallest validation loss, else those of the last epoch.
 */
import type { Matrix } from "../matrix.ts";
import { type RandomSeed, RandomState } from "../numerics/random-state.ts";
import type { TrainerConfig } from "./config.ts";
import { classWeights, type Loss, lossFunction } from "./loss.ts";
import type { TrainingKernel } from "./mlp-kernel.ts";
import { type Optimiser, type OptimiserState, optimiser } from "./optimiser.ts";
import { predictLogits } from "./predict.ts";
import { layerPlaces, type Shape, shapeOf } from "./shape.ts";
import { mlpKernel } from "./wasm-mlp.ts";

/** One point of the learning curve. Losses are means over rows, class weights included. */
export interface EpochRecord {
  epoch: number;
  learningRate: number;
  trainLoss: number;
  validationLoss: number | null;
}

export interface TrainerState {
  epoch: number;
  parameters: Float64Array;
  optimiser: OptimiserState;
  random: Uint32Array;
  best: { epoch: number; loss: number; parameters: Float64Array };
  curve: EpochRecord[];
}

/** Seeds of the initial weights and of the order of rows. */
export interface TrainerSeeds {
  weights: RandomSeed;
  order: RandomSeed;
}

/** The training loss of the curve is taken over at most this many rows, evenly spaced. */
const LOSS_SAMPLE = 20_000;
/** The linear schedule ends here, as a share of the first rate. */
const LAST_RATE = 0.05;

export class Trainer {
  readonly shape: Shape;
  readonly curve: EpochRecord[] = [];
  best: TrainerState["best"];
  private epoch = 0;
  private readonly data: Matrix;
  private readonly validation: Matrix | null;
  private readonly config: TrainerConfig;
  private readonly kernel: TrainingKernel;
  private readonly optimiser: Optimiser;
  private readonly random: RandomState;
  private readonly loss: Loss;
  private readonly order: Uint32Array;
  private readonly lossRows: Matrix;

  constructor(data: Matrix, validation: Matrix | null, config: TrainerConfig, seeds: TrainerSeeds) {
    this.data = data;
    this.validation = validation;
    this.config = config;
    this.shape = shapeOf(data.inputs, config.hidden, config.activation);
    this.kernel = mlpKernel(this.shape, Math.min(config.batchSize, data.rows), data);
    initialise(this.shape, this.kernel.parameters, new RandomState(seeds.weights).uniform);
    this.optimiser = optimiser(config, this.kernel.parameters.length);
    this.random = new RandomState(seeds.order);
    this.loss = lossFunction(config, classWeights(config.classWeights, data.labels));
    this.order = this.kernel.order;
    this.lossRows = evenly(data, LOSS_SAMPLE);
    this.best = { epoch: 0, loss: Number.POSITIVE_INFINITY, parameters: this.kernel.parameters.slice() };
  }

  get epochs(): number {
    return this.epoch;
  }

  /** All epochs done, early stopping, or weights that are no longer numbers. */
  get done(): boolean {
    const { patience, epochs } = this.config;
    const tired = patience !== null && this.validation !== null && this.epoch - this.best.epoch >= patience;
    return this.epoch >= epochs || tired || this.diverged;
  }

  /** The loss or a weight became NaN or infinite: a smaller learning rate is needed. */
  get diverged(): boolean {
    return this.curve.length > 0 && !Number.isFinite(this.curve.at(-1)!.trainLoss);
  }

  runEpoch(): EpochRecord {
    const learningRate = this.learningRate();
    for (let r = 0; r < this.order.length; r++) this.order[r] = r;
    this.random.shuffle(this.order);
    const batch = Math.min(this.config.batchSize, this.data.rows);
    for (let first = 0; first < this.order.length; first += batch) {
      this.gradients(first, Math.min(batch, this.order.length - first));
      this.optimiser.step(this.kernel.parameters, this.kernel.gradients, learningRate);
    }
    this.epoch++;
    return this.record(learningRate);
  }

  /**
   * Quantisation-aware fine-tuning: each batch's gradients are taken at `rounded(parameters)` and applied to the exact
   * ones (straight-through estimator, Jacob et al., CVPR 2018). Starts from `best` and replaces it.
   */
  fineTune(batches: number, learningRate: number, rounded: (parameters: Float64Array) => Float64Array): void {
    const exact = this.best.parameters.slice();
    const batch = Math.min(this.config.batchSize, this.data.rows);
    let first = this.order.length;
    for (let n = 0; n < batches; n++) {
      if (first + batch > this.order.length) {
        for (let r = 0; r < this.order.length; r++) this.order[r] = r;
        this.random.shuffle(this.order);
        first = 0;
      }
      this.kernel.parameters.set(rounded(exact));
      this.gradients(first, batch);
      this.optimiser.step(exact, this.kernel.gradients, learningRate * (1 - n / batches));
      first += batch;
    }
    this.best = { ...this.best, parameters: exact };
  }

  state(): TrainerState {
    return {
      epoch: this.epoch,
      parameters: this.kernel.parameters.slice(),
      optimiser: this.optimiser.state(),
      random: this.random.words.slice(),
      best: { ...this.best, parameters: this.best.parameters.slice() },
      curve: this.curve.slice(),
    };
  }

  restore(state: TrainerState): void {
    this.epoch = state.epoch;
    this.kernel.parameters.set(state.parameters);
    this.optimiser.restore(state.optimiser);
    this.random.words.set(state.random);
    this.best = { ...state.best, parameters: state.best.parameters.slice() };
    this.curve.splice(0, this.curve.length, ...state.curve);
  }

  private learningRate(): number {
    const { schedule, learningRate, epochs } = this.config;
    if (schedule === "constant" || epochs === 1) return learningRate;
    return learningRate * (1 - ((1 - LAST_RATE) * this.epoch) / (epochs - 1));
  }

  /** Mean gradient over rows order[first .. first+count-1] into kernel.gradients. */
  private gradients(first: number, count: number): void {
    const { kernel, order, loss } = this;
    const { labels } = this.data;
    const { lanes, errors, logits, probabilities } = kernel;
    kernel.gather(first, count);
    kernel.forward();
    for (let b = 0; b < count; b++) {
      errors[b] = loss.derivative(logits[b], labels[order[first + b]], probabilities[b]) / count;
    }
    for (let b = count; b < lanes; b++) errors[b] = 0; // K2
    kernel.backward();
  }

  private record(learningRate: number): EpochRecord {
    const parameters = this.kernel.parameters;
    const trainLoss = this.meanLoss(this.lossRows);
    const validationLoss = this.validation ? this.meanLoss(this.validation) : null;
    const stops = this.config.patience !== null && validationLoss !== null;
    if (!stops || validationLoss < this.best.loss) {
      this.best = { epoch: this.epoch, loss: validationLoss ?? trainLoss, parameters: parameters.slice() };
    }
    const record = { epoch: this.epoch, learningRate, trainLoss, validationLoss };
    this.curve.push(record);
    return record;
  }

  private meanLoss(rows: Matrix): number {
    const logits = predictLogits(this.shape, this.kernel.parameters, rows);
    let sum = 0;
    for (let r = 0; r < rows.rows; r++) sum += this.loss.value(logits[r], rows.labels[r]);
    return sum / rows.rows;
  }
}

/** Glorot's uniform initialisation (AISTATS 2010): weights in +-sqrt(6 / (in + out)), biases 0. */
export function initialise(shape: Shape, parameters: Float64Array, random: () => number): void {
  for (const { inputs, outputs, weights, bias } of layerPlaces(shape)) {
    const limit = Math.sqrt(6 / (inputs + outputs));
    for (let i = weights; i < bias; i++) parameters[i] = (2 * random() - 1) * limit;
    for (let i = bias; i < bias + outputs; i++) parameters[i] = 0;
  }
}

/** At most `most` rows, evenly spaced. */
function evenly(data: Matrix, most: number): Matrix {
  if (data.rows <= most) return data;
  const { inputs } = data;
  const values = new Float32Array(most * inputs);
  const labels = new Uint8Array(most);
  for (let k = 0; k < most; k++) {
    const r = Math.floor((k * data.rows) / most);
    values.set(data.values.subarray(r * inputs, (r + 1) * inputs), k * inputs);
    labels[k] = data.labels[r];
  }
  return { rows: most, inputs, values, labels };
}
