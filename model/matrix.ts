/**
 * The numbers a network really sees: x = (T - offset) * scale with the saturation of model/transform.ts (T5), as float32,
 * row by row.
 */
import type { Examples } from "./examples.ts";
import type { InputSpec } from "./net.ts";
import { inputRange } from "./transform.ts";

export interface Matrix {
  rows: number;
  inputs: number;
  /** Row-major [rows][inputs]. */
  values: Float32Array;
  /** [rows], 0 or 1. */
  labels: Uint8Array;
}

/** Rows `rows` of the examples; `columns[j]` is the index in examples.columns of input j. */
export function matrixFrom(
  examples: Pick<Examples, "columns" | "labels">,
  columns: readonly number[],
  specs: readonly InputSpec[],
  rows: Uint32Array,
): Matrix {
  const inputs = specs.length;
  const values = new Float32Array(rows.length * inputs);
  specs.forEach((spec, j) => {
    const column = examples.columns[columns[j]];
    const { low, high } = inputRange(spec);
    const { offset, scale } = spec;
    for (let i = 0; i < rows.length; i++) {
      const t = column[rows[i]];
      values[i * inputs + j] = (Math.max(low, Math.min(t, high)) - offset) * scale;
    }
  });
  const labels = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) labels[i] = examples.labels[rows[i]];
  return { rows: rows.length, inputs, values, labels };
}

/** The rows of one matrix, then those of another. */
export function concatRows(a: Matrix, b: Matrix): Matrix {
  const values = new Float32Array(a.values.length + b.values.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  const labels = new Uint8Array(a.rows + b.rows);
  labels.set(a.labels);
  labels.set(b.labels, a.rows);
  return { rows: a.rows + b.rows, inputs: a.inputs, values, labels };
}
