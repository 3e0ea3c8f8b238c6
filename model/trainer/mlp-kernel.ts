import type { Shape } from "./shape.ts";

/**
 * The inner loop of training: forward and backward over one batch.
 *
 * Invariants:
 *  K1. Activations are stored unit by unit: value of unit u for the row in lane b stands at [u * lanes + b].
 *  K2. `lanes` is the batch size rounded up to `LANE_STEP` (or to 2 for batches under LANE_STEP). A lane without a row
 *      has error 0 and a finite input, so it adds 0 to every gradient.
 *  K3. A gradient is the sum over the even lanes plus the sum over the odd lanes, each in rising order; a pre-activation
 *      is the bias plus the products in rising order of the inputs. Every implementation keeps this order, so all give
 *      the same bits.
 */
export interface MlpKernel {
  readonly shape: Shape;
  readonly lanes: number;
  /** Flat parameters, laid out by `layerPlaces`; the optimiser changes them in place. */
  readonly parameters: Float64Array;
  /** Written by `backward`, same layout. */
  readonly gradients: Float64Array;
  /** [inputs][lanes], filled by the caller before `forward`. */
  readonly input: Float64Array;
  /** [lanes], written by `forward`. */
  readonly logits: Float64Array;
  /** [lanes], sigmoid(logit), written by `forward`. */
  readonly probabilities: Float64Array;
  /** [lanes], dLoss/dLogit, filled by the caller before `backward`. */
  readonly errors: Float64Array;
  forward(): void;
  /** Needs the activations of the `forward` just done. */
  backward(): void;
}

/** A kernel that holds the rows to train on. */
export interface TrainingKernel extends MlpKernel {
  /** [rows], the order in which `gather` visits them; filled by the caller. */
  readonly order: Uint32Array;
  /** Puts rows order[first .. first+count-1] into lanes 0 .. count-1 of `input`; count >= 1. */
  gather(first: number, count: number): void;
}

/** The rows of a training kernel: row-major [rows][inputs]. */
export interface TrainingRows {
  readonly rows: number;
  readonly values: Float32Array;
}

export const LANE_STEP = 8;

export function lanesFor(batchSize: number): number {
  const step = batchSize < LANE_STEP ? 2 : LANE_STEP;
  return Math.ceil(batchSize / step) * step;
}
