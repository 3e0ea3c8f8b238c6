/** Columns in few bins, for trees that look for cuts between quantiles. */
import type { Matrix } from "../matrix.ts";

export const BINS = 64;

/** Distinct cut points: up to BINS quantiles of the column's values, the largest value left out. */
export function quantiles(data: Matrix, j: number): number[] {
  const step = Math.max(1, Math.floor(data.rows / 20_000));
  const sampled = new Float32Array(Math.ceil(data.rows / step));
  for (let k = 0; k < sampled.length; k++) sampled[k] = data.values[k * step * data.inputs + j];
  sampled.sort();
  const cuts: number[] = [];
  for (let b = 1; b <= BINS; b++) {
    const value = sampled[Math.floor((b * (sampled.length - 1)) / (BINS + 1))];
    if (value < sampled.at(-1)! && value !== cuts.at(-1)) cuts.push(value);
  }
  return cuts;
}

/** Number of cuts below each value. */
export function binsOf(data: Matrix, j: number, cuts: number[]): Uint8Array {
  const bins = new Uint8Array(data.rows);
  for (let r = 0; r < data.rows; r++) {
    const x = data.values[r * data.inputs + j];
    let low = 0;
    let high = cuts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x <= cuts[middle]) high = middle;
      else low = middle + 1;
    }
    bins[r] = low;
  }
  return bins;
}
