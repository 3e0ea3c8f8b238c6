/**
 * Gradient-boosted trees (Friedman, "Greedy Function Approximation", Annals of Statistics 2001) under the logistic loss, with Newton steps in the leaves: what the
 * columns of a table can tell at all, as far as a strong learner of tables finds it. A yardstick: it is too large for a kernel, and no
 * command trains one.
 *
 * Each tree is grown level by level on a quarter of the rows, drawn anew, over the same bins as the small tree (bins.ts).
 *
 * Invariants:
 *  G1. The score of a row is the log odds: `base` plus the score of its leaf in each tree.
 *  G2. A cut is made only where it lowers the loss, and where both sides keep `leastRows` drawn rows.
 */
import type { Matrix } from "../matrix.ts";
import { BINS, binsOf, quantiles } from "./bins.ts";
import { type Tree, type TreeNode, treeScores } from "./tree.ts";

export interface Boosted {
  base: number;
  trees: Tree[];
}

export interface BoostOptions {
  trees: number;
  depth: number;
  /** How much of a tree's step is taken. */
  rate: number;
  leastRows: number;
  /** Added to the curvature of a leaf: shrinks the steps of those with few rows. */
  ridge: number;
  random: () => number;
}

export const BOOST: Omit<BoostOptions, "random"> = {
  trees: 120,
  depth: 5,
  rate: 0.1,
  leastRows: 20,
  ridge: 5,
};

/** A leaf that may yet be cut: its node and the drawn rows in it. */
interface Open {
  node: number;
  rows: Uint32Array;
}

interface Cut {
  input: number;
  bin: number;
  gain: number;
}

/** Fits to the rows of `data`. One class alone gives a constant. */
export function fitBoosted(data: Matrix, options: BoostOptions): Boosted {
  const { rows, labels } = data;
  const positives = labels.reduce((sum, y) => sum + y, 0);
  const base = Math.log((positives + 0.5) / (rows - positives + 0.5));
  const cuts = Array.from({ length: data.inputs }, (_, j) => quantiles(data, j));
  const bins = cuts.map((c, j) => binsOf(data, j, c));
  const scores = new Float64Array(rows).fill(base);
  const slope = new Float64Array(rows);
  const curve = new Float64Array(rows);
  const trees: Tree[] = [];
  for (let t = 0; t < options.trees; t++) {
    for (let r = 0; r < rows; r++) {
      const p = 1 / (1 + Math.exp(-scores[r]));
      slope[r] = labels[r] - p;
      curve[r] = p * (1 - p);
    }
    const tree = grow(drawn(rows, options.random), { cuts, bins, slope, curve }, options);
    const step = treeScores(tree, data);
    for (let r = 0; r < rows; r++) scores[r] += step[r];
    trees.push(tree);
  }
  return { base, trees };
}

/** The log odds of each row (G1). */
export function boostedScores(
  { base, trees }: Boosted,
  data: Pick<Matrix, "rows" | "inputs" | "values">,
): Float64Array {
  const scores = new Float64Array(data.rows).fill(base);
  for (const tree of trees) {
    const step = treeScores(tree, data);
    for (let r = 0; r < scores.length; r++) scores[r] += step[r];
  }
  return scores;
}

/** A quarter of the rows, in their order. */
function drawn(rows: number, random: () => number): Uint32Array {
  const chosen = new Uint32Array(rows);
  let n = 0;
  for (let r = 0; r < rows; r++) if (random() < 0.25) chosen[n++] = r;
  return chosen.subarray(0, n);
}

interface Fit {
  cuts: readonly number[][];
  bins: readonly Uint8Array[];
  slope: Float64Array;
  curve: Float64Array;
}

function grow(rows: Uint32Array, fit: Fit, options: BoostOptions): Tree {
  const nodes: TreeNode[] = [];
  const leaf = (of: Uint32Array): Open => {
    let g = 0;
    let h = 0;
    for (const r of of) {
      g += fit.slope[r];
      h += fit.curve[r];
    }
    nodes.push({ input: -1, cut: 0, low: -1, high: -1, score: (options.rate * g) / (h + options.ridge) });
    return { node: nodes.length - 1, rows: of };
  };
  let level = [leaf(rows)];
  for (let depth = 0; depth < options.depth; depth++)
    level = level.flatMap((open) => {
      const cut = bestCut(open.rows, fit, options);
      if (!cut) return [];
      const bin = fit.bins[cut.input];
      const low = leaf(open.rows.filter((r) => bin[r] <= cut.bin));
      const high = leaf(open.rows.filter((r) => bin[r] > cut.bin));
      const at = fit.cuts[cut.input][cut.bin];
      nodes[open.node] = { input: cut.input, cut: at, low: low.node, high: high.node, score: 0 };
      return [low, high];
    });
  return { nodes };
}

/** The cut that lowers the loss most (G2). */
function bestCut(
  rows: Uint32Array,
  { cuts, bins, slope, curve }: Fit,
  { leastRows, ridge }: BoostOptions,
): Cut | null {
  if (rows.length < 2 * leastRows) return null;
  let best: Cut | null = null;
  const g = new Float64Array(BINS + 1);
  const h = new Float64Array(BINS + 1);
  const n = new Uint32Array(BINS + 1);
  // side by side, as all columns ask for them
  const slopes = Float64Array.from(rows, (r) => slope[r]);
  const curves = Float64Array.from(rows, (r) => curve[r]);
  for (let j = 0; j < cuts.length; j++) {
    if (cuts[j].length === 0) continue;
    g.fill(0);
    h.fill(0);
    n.fill(0);
    const bin = bins[j];
    for (let k = 0; k < rows.length; k++) {
      const b = bin[rows[k]];
      g[b] += slopes[k];
      h[b] += curves[k];
      n[b]++;
    }
    const [allG, allH] = [sum(g), sum(h)];
    const whole = allG ** 2 / (allH + ridge);
    let [lowG, lowH, lowN] = [0, 0, 0];
    for (let b = 0; b < cuts[j].length; b++) {
      lowG += g[b];
      lowH += h[b];
      lowN += n[b];
      if (lowN < leastRows || rows.length - lowN < leastRows) continue;
      const gain = lowG ** 2 / (lowH + ridge) + (allG - lowG) ** 2 / (allH - lowH + ridge) - whole;
      if (gain > (best?.gain ?? 1e-6)) best = { input: j, bin: b, gain };
    }
  }
  return best;
}

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
