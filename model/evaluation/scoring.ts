/** Rows of traces as a trained model sees them, and what it says of each. */
import type { TraceTable } from "../../traces/schema.ts";
import { transformColumn } from "../examples.ts";
import { featureColumn } from "../feature-values.ts";
import { fixedModel } from "../fixed-model.ts";
import type { FixedNet } from "../fixed-point-net.ts";
import { type Matrix, matrixFrom } from "../matrix.ts";
import type { Net } from "../net.ts";
import { flatten, predictLogits } from "../trainer/predict.ts";
import { type FixedTree, isTree, type TreeModel } from "../tree-model.ts";

export interface ScoredRows {
  /** Indices over all tables in order, of rows in which every input is known. */
  rows: Uint32Array;
  /** Their normalised inputs and labels. */
  matrix: Matrix;
  /** Float logits. */
  logits: Float64Array;
}

const GIVE_IT = {
  code: "unknown-when-judging",
  hint: "Judge on traces that have it, or train a model that does without.",
};

/** @param wanted Rows to judge, all by default. */
export function scoreRows(
  net: Net | TreeModel,
  tables: readonly TraceTable[],
  labels: Uint8Array,
  wanted?: Uint32Array,
): ScoredRows {
  const total = tables.reduce((sum, t) => sum + t.rows, 0);
  const columns = net.inputs.map((spec) => transformColumn(tables, spec, total, GIVE_IT));
  const known = (r: number) => columns.every((c) => !Number.isNaN(c[r]));
  const rows = (wanted ?? Uint32Array.from({ length: total }, (_, r) => r)).filter(known);
  const matrix = matrixFrom(
    { columns, labels },
    net.inputs.map((_, j) => j),
    net.inputs,
    rows,
  );
  if (isTree(net)) return { rows, matrix, logits: treeLogits(net, columns, rows) };
  const { shape, parameters } = flatten(net);
  return { rows, matrix, logits: predictLogits(shape, parameters, matrix) };
}

/** @param columns T of each input. */
function treeLogits({ nodes }: TreeModel, columns: readonly Float64Array[], rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => {
    let node = nodes[0];
    while (node.input >= 0) node = nodes[columns[node.input][row] <= node.cut ? node.low : node.high];
    return node.score;
  });
}

/** Fixed-point logits of the rows, as the kernel computes them, in the units of the float logit. */
export function fixedPointLogits(
  fixed: FixedNet | FixedTree,
  tables: readonly TraceTable[],
  rows: Uint32Array,
): { logits: Float64Array; threshold: number } {
  const model = fixedModel(fixed);
  const names = fixed.inputs.map((i) => i.feature);
  const values = new Float64Array(names.length);
  const logits = new Float64Array(rows.length);
  const columnsOfTable = (table: TraceTable | undefined) =>
    table ? names.map((name) => featureColumn(table, name)) : [];
  let table = 0;
  let first = 0;
  let columns = columnsOfTable(tables[0]);
  for (let i = 0; i < rows.length; i++) {
    while (rows[i] - first >= tables[table].rows) {
      first += tables[table++].rows;
      columns = columnsOfTable(tables[table]);
    }
    for (let j = 0; j < names.length; j++) values[j] = columns[j][rows[i] - first];
    logits[i] = model.logit(values) * model.logitUnit;
  }
  return { logits, threshold: model.threshold * model.logitUnit };
}
