/**
 * Whether a predicted probability means what it says: rows in bins of equal width by sigmoid(logit), each with the mean
 * probability and the share of positives. Class weights and a moved threshold bend it on purpose; then this shows how far.
 */
import { sigmoid } from "../numerics/exp.ts";

/** Rows whose probabilities lie near each other. */
export interface CalibrationBin {
  rows: number;
  meanProbability: number;
  positiveShare: number;
}

/** Whether the probabilities of a model mean what they say. */
export interface Calibration {
  /** Empty bins are left out. */
  bins: CalibrationBin[];
  /** Expected calibration error: mean |probability - share|, weighted by rows. */
  expectedError: number;
  /** Mean squared error of the probability. */
  brier: number;
}

export function calibrationOf(logits: ArrayLike<number>, labels: Uint8Array, bins = 10): Calibration {
  const sums = Array.from({ length: bins }, () => ({ rows: 0, probability: 0, positives: 0 }));
  let squares = 0;
  for (let r = 0; r < labels.length; r++) {
    const p = sigmoid(logits[r]);
    const bin = sums[Math.min(bins - 1, Math.floor(p * bins))];
    bin.rows++;
    bin.probability += p;
    bin.positives += labels[r];
    squares += (p - labels[r]) ** 2;
  }
  const filled = sums
    .filter((s) => s.rows > 0)
    .map((s) => ({
      rows: s.rows,
      meanProbability: s.probability / s.rows,
      positiveShare: s.positives / s.rows,
    }));
  const gap = filled.reduce((sum, b) => sum + b.rows * Math.abs(b.meanProbability - b.positiveShare), 0);
  return { bins: filled, expectedError: gap / labels.length, brier: squares / labels.length };
}
