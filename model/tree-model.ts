/**
 * A decision tree: the second kind of model that a file can hold. A question costs a comparison and only the inputs on the way
 * to a leaf are read, so that in the kernel a decision costs a fraction of a network's.
 *
 * A node asks whether T of an input (model/transform.ts, an integer) is at most `cut`; the score of the leaf that is reached is the
 * logit. Saturation changes no answer, as every cut lies within the input's range; so T is never scaled.
 *
 * Invariants (checked by the writer and by every reader):
 *  B1. Nodes stand in preorder: a low branch begins at the next node, a high branch at `high`, right behind the low one. Every node but
 *      the first is the branch of exactly one other.
 *  B2. low <= cut < high of the input's range: either branch can be taken. At most MAX_NODES nodes, MAX_DEPTH questions to a leaf.
 *  B3. Scores and threshold lie within +-2^53 of their unit.
 */
import { InputError } from "../traces/input-error.ts";
import type { Target } from "../traces/schema.ts";
import type { Tree } from "./baselines/tree.ts";
import { type FixedInput, SUM_LIMIT } from "./fixed-point-net.ts";
import type { InputSpec } from "./net.ts";
import { LEAF, MAX_DEPTH, MAX_NODES } from "./nt-layout.ts";
import { fixedInput } from "./quantise.ts";
import { inputRange } from "./transform.ts";

/** A trained tree; its nodes are those of a file, with numbers. */
export interface TreeModel {
  target: Target;
  threshold: number;
  inputs: InputSpec[];
  /** `cut` is a T, `score` a logit. */
  nodes: Tree["nodes"];
}

/** A question, or a leaf with its logit, in fixed point. */
export interface FixedNode {
  /** Position among the inputs; LEAF: a leaf. */
  input: number;
  /** Of a question: the largest T that goes low. Of a leaf: the logit. */
  value: bigint;
  /** Node of the high branch; 0 of a leaf. */
  high: number;
}

/** A tree in fixed point: what inference in TypeScript, in C and in the kernel walks through. */
export interface FixedTree {
  target: Target;
  threshold: bigint;
  logitFrac: number;
  inputs: FixedInput[];
  nodes: FixedNode[];
}

/** Scores are kept in units of 2^-16: finer than any estimate of log odds. */
const SCORE_FRAC = 16;

export const isTree = <M extends object>(model: M): model is Extract<M, { nodes: unknown }> =>
  "nodes" in model;

/**
 * A tree that was fitted to normalised inputs, cutting T: the same answer for every row. Inputs that no node asks for stay, for the
 * baselines that were fitted to all of them.
 */
export function treeModel(
  target: Target,
  threshold: number,
  inputs: InputSpec[],
  { nodes }: Tree,
): TreeModel {
  const inT = (node: Tree["nodes"][number]) => largestBelow(inputs[node.input], node.cut);
  return {
    target,
    threshold,
    inputs,
    nodes: nodes.map((node) => (node.input < 0 ? node : { ...node, cut: inT(node) })),
  };
}

/** The largest T whose network input (float32, as matrix.ts has it) is at most `cut`. */
function largestBelow(spec: InputSpec, cut: number): number {
  const { low, high } = inputRange(spec);
  let least = low;
  let above = high;
  while (above - least > 1) {
    const middle = least + Math.floor((above - least) / 2);
    if (Math.fround((middle - spec.offset) * spec.scale) <= cut) least = middle;
    else above = middle;
  }
  return least;
}

/** The tree in integers. @throws InputError when it breaks an invariant. */
export function quantiseTree({ target, threshold, inputs, nodes }: TreeModel): FixedTree {
  const unit = 2 ** SCORE_FRAC;
  const fixed: FixedTree = {
    target,
    threshold: BigInt(Math.floor(threshold * unit)),
    logitFrac: SCORE_FRAC,
    inputs: inputs.map(fixedInput),
    nodes: nodes.map(({ input, cut, high, score }) =>
      input < 0
        ? { input: LEAF, value: BigInt(Math.round(score * unit)), high: 0 }
        : { input, value: BigInt(cut), high },
    ),
  };
  checkTree(fixed);
  return fixed;
}

/** The numbers that a tree in integers stands for. */
export function dequantiseTree(fixed: FixedTree, threshold: number, inputs: InputSpec[]): TreeModel {
  const unit = 2 ** -fixed.logitFrac;
  return {
    target: fixed.target,
    threshold,
    inputs,
    nodes: fixed.nodes.map(({ input, value, high }, i) =>
      input === LEAF
        ? { input: -1, cut: 0, low: -1, high: -1, score: Number(value) * unit }
        : { input, cut: Number(value), low: i + 1, high, score: 0 },
    ),
  };
}

/** Checks B1 to B3. @throws InputError */
export function checkTree({ inputs, nodes }: FixedTree, file?: string): void {
  const refuse = (field: string, found: unknown, expected: string): never => {
    throw new InputError("not a usable tree", {
      ...(file === undefined ? {} : { file }),
      field,
      found,
      expected,
    });
  };
  if (nodes.length < 1 || nodes.length > MAX_NODES) refuse("nodes", nodes.length, `1..${MAX_NODES}`);
  /** Nodes at which a high branch has to begin, innermost last. */
  const open: number[] = [];
  nodes.forEach(({ input, value, high }, i) => {
    const where = `nodes[${i}]`;
    const behind = i + 1;
    if (input === LEAF) {
      if (high !== 0) refuse(`${where}.high`, high, "0, as it is a leaf");
      if (value < -SUM_LIMIT || value > SUM_LIMIT) refuse(`${where}.score`, value, "within +-2^53");
      const next = open.pop();
      const isLast = behind === nodes.length;
      if (next === undefined ? !isLast : isLast || next !== behind)
        refuse(where, next ?? "no branch left", `the high branch that begins at node ${behind}`);
      return;
    }
    const range = inputs[input];
    if (range === undefined) refuse(`${where}.input`, input, `0..${inputs.length - 1} or ${LEAF}`);
    if (value < range.low || value >= range.high)
      refuse(`${where}.cut`, value, `${range.low}..${range.high - 1n}`);
    if (open.length === MAX_DEPTH) refuse(where, "a deeper question", `at most ${MAX_DEPTH} to a leaf`);
    if (behind >= nodes.length) refuse(where, "end of file", "its branches");
    open.push(high);
  });
}

/** Questions on the longest way to a leaf, and leaves. */
export function treeSize(nodes: readonly { input: number; high: number }[]): {
  depth: number;
  leaves: number;
} {
  const isLeaf = ({ input }: { input: number }) => input < 0 || input === LEAF;
  const depth = (i: number): number =>
    isLeaf(nodes[i]) ? 0 : 1 + Math.max(depth(i + 1), depth(nodes[i].high));
  return { depth: depth(0), leaves: nodes.filter(isLeaf).length };
}
