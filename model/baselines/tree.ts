/**
 * A small classification tree (CART, Gini impurity, weighted classes): the baseline that finds thresholds the way the
 * rule of `can_migrate_task` has them.
 *
 * Cuts are looked for between at most BINS quantiles of each column. A leaf's score is the log odds ln(p / (1 - p)) of its
 * weighted share p of positives, smoothed by one row of each class, so that trees can be ranked and cut like networks.
 *
 * Invariants:
 *  D1. A node is a leaf iff `input` is -1; children of an inner node stand after it.
 *  D2. Rows with x <= cut go to `low`, others to `high`.
 */
import type { Matrix } from "../matrix.ts";
import { BINS, binsOf, quantiles } from "./bins.ts";

/** A question (is the input at most the cut?), or a leaf with its score. */
export interface TreeNode {
  input: number;
  cut: number;
  low: number;
  high: number;
  /** Of a leaf. */
  score: number;
}

export interface Tree {
  nodes: TreeNode[];
}

export interface TreeOptions {
  depth: number;
  /** Smallest leaf, rows. */
  leastRows: number;
  weights: readonly [number, number];
}

export function fitTree(data: Matrix, { depth, leastRows, weights }: TreeOptions): Tree {
  const cuts = Array.from({ length: data.inputs }, (_, j) => quantiles(data, j));
  const bins = cuts.map((c, j) => binsOf(data, j, c));
  const nodes: TreeNode[] = [];

  function grow(rows: Uint32Array, left: number): number {
    const id = nodes.length;
    const total = weigh(rows);
    nodes.push({ input: -1, cut: 0, low: -1, high: -1, score: scoreOf(total) });
    if (left === 0 || rows.length < 2 * leastRows || total[0] === 0 || total[1] === 0) return id;
    const found = bestCut(rows, total);
    if (!found) return id;
    const bin = bins[found.input];
    const low = grow(
      rows.filter((r) => bin[r] <= found.bin),
      left - 1,
    );
    const high = grow(
      rows.filter((r) => bin[r] > found.bin),
      left - 1,
    );
    nodes[id] = { input: found.input, cut: cuts[found.input][found.bin], low, high, score: 0 };
    return id;
  }

  function weigh(rows: Uint32Array): [number, number] {
    let positives = 0;
    for (const r of rows) positives += data.labels[r];
    return [(rows.length - positives) * weights[0], positives * weights[1]];
  }

  function scoreOf([negative, positive]: [number, number]): number {
    return Math.log((positive + weights[1]) / (negative + weights[0]));
  }

  function bestCut(rows: Uint32Array, total: [number, number]): { input: number; bin: number } | null {
    let best: { input: number; bin: number } | null = null;
    let least = gini(total[0], total[1]) - 1e-9 * (total[0] + total[1]);
    for (let j = 0; j < data.inputs; j++) {
      const histogram = new Float64Array(2 * (BINS + 1));
      const bin = bins[j];
      for (const r of rows) histogram[2 * bin[r] + data.labels[r]]++;
      let [n0, n1] = [0, 0];
      for (let b = 0; b < cuts[j].length; b++) {
        n0 += histogram[2 * b];
        n1 += histogram[2 * b + 1];
        if (n0 + n1 < leastRows || rows.length - n0 - n1 < leastRows) continue;
        const [w0, w1] = [n0 * weights[0], n1 * weights[1]];
        const impurity = gini(w0, w1) + gini(total[0] - w0, total[1] - w1);
        if (impurity < least) {
          least = impurity;
          best = { input: j, bin: b };
        }
      }
    }
    return best;
  }

  grow(
    Uint32Array.from({ length: data.rows }, (_, r) => r),
    depth,
  );
  return { nodes };
}

/** Half the weighted Gini impurity: mass x p (1 - p). */
function gini(w0: number, w1: number): number {
  const sum = w0 + w1;
  return sum <= 0 ? 0 : (w0 * w1) / sum;
}

export function treeScores({ nodes }: Tree, data: Pick<Matrix, "rows" | "inputs" | "values">): Float64Array {
  const scores = new Float64Array(data.rows);
  for (let r = 0; r < data.rows; r++) {
    let node = nodes[0];
    while (node.input >= 0) {
      node = nodes[data.values[r * data.inputs + node.input] <= node.cut ? node.low : node.high];
    }
    scores[r] = node.score;
  }
  return scores;
}
