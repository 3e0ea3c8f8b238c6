/**
 * A network turned into a decision tree that gives the same answer for every input there is, where such a tree is small enough.
 *
 * A box holds a range of T for each input. Interval arithmetic over the quantised layers bounds the logit in it from both sides: exactly in
 * integers, as in `sumIntervals`. A box on one side of the threshold is a leaf; any other is cut, if possible so that one part of it
 * is such a leaf (found by bisection, since the bounds of a smaller box lie within those of a larger one), else in halves. Where that
 * makes chains too long, only larger leaves are cut off.
 *
 * What comes out agrees with the network's decision, not with its logit: leaves have the logits 1 and -1.
 */
import { InputError } from "../traces/input-error.ts";
import { type FixedInput, type FixedLayer, type FixedNet, X_MAX, X_MIN } from "./fixed-point-net.ts";
import { fixedSigmoid } from "./fixed-point-sigmoid.ts";
import { LEAF, MAX_DEPTH, MAX_NODES } from "./nt-layout.ts";
import { checkTree, type FixedNode, type FixedTree } from "./tree-model.ts";

/** T of each input, both ends included. */
type Box = readonly { low: bigint; high: bigint }[];

/** Shares of an input's range that are worth cutting off, tried in turn: the higher, the more halves, the less deep. */
const PEELS = [0, 0.3, 0.6];

/** Boxes looked at before a network is given up: some seconds. */
const MAX_BOXES = 20_000;

type Part = { positive: boolean } | { input: number; cut: bigint; low: Part; high: Part };

/** @throws InputError when the tree would have more leaves or questions than a model file has room for. */
export function compileTree(net: FixedNet, file?: string): FixedTree {
  let found = "";
  for (const least of PEELS) {
    const root = growTree(net, least);
    if (root === null) {
      found = `no end after ${MAX_BOXES} boxes`;
      continue;
    }
    const nodes = nodesOf(root);
    if (nodes.length <= MAX_NODES && depthOf(root) <= MAX_DEPTH) {
      const tree = { target: net.target, threshold: 0n, logitFrac: 0, inputs: net.inputs, nodes };
      checkTree(tree, file);
      return tree;
    }
    found = `${(nodes.length + 1) / 2} leaves, ${depthOf(root)} deep`;
  }
  throw new InputError("the network is no small tree", {
    ...(file === undefined ? {} : { file }),
    found,
    expected: `a tree of at most ${(MAX_NODES + 1) / 2} leaves, ${MAX_DEPTH} deep`,
    hint: "Networks of few inputs with few values become trees; a tree can be fitted to the traces instead.",
  });
}

/** @param least Share of a range that is worth cutting off. Null: too many boxes. */
function growTree(net: FixedNet, least: number): Part | null {
  let boxes = 0;
  const signOf = (box: Box): boolean | undefined => {
    boxes++;
    const { low, high } = logitBounds(net, box);
    return low > net.threshold ? true : high <= net.threshold ? false : undefined;
  };
  const grow = (box: Box): Part | null => {
    if (boxes > MAX_BOXES) return null;
    const sign = signOf(box);
    if (sign !== undefined) return { positive: sign };
    const { input, cut } = bestPeel(box, signOf, least) ?? halves(net, box);
    const [below, above] = partsOf(box, input, cut);
    const low = grow(below);
    const high = low && grow(above);
    if (low === null || high === null) return null;
    if ("positive" in low && "positive" in high && low.positive === high.positive) return low;
    return { input, cut, low, high };
  };
  return grow(net.inputs.map(({ low, high }) => ({ low, high })));
}

function nodesOf(root: Part): FixedNode[] {
  const nodes: FixedNode[] = [];
  const add = (part: Part): void => {
    if ("positive" in part) {
      nodes.push({ input: LEAF, value: part.positive ? 1n : -1n, high: 0 });
      return;
    }
    const node = { input: part.input, value: part.cut, high: 0 };
    nodes.push(node);
    add(part.low);
    node.high = nodes.length;
    add(part.high);
  };
  add(root);
  return nodes;
}

const depthOf = (part: Part): number =>
  "positive" in part ? 0 : 1 + Math.max(depthOf(part.low), depthOf(part.high));

/** The part of a box in which T of one input is at most `cut`, and the rest. */
function partsOf(box: Box, input: number, cut: bigint): [Box, Box] {
  return [
    box.with(input, { low: box[input].low, high: cut }),
    box.with(input, { low: cut + 1n, high: box[input].high }),
  ];
}

/** The cut that leaves the largest share of an input's range decided on one side; null where it is not above `atLeast`. */
function bestPeel(
  box: Box,
  signOf: (box: Box) => boolean | undefined,
  atLeast: number,
): { input: number; cut: bigint } | null {
  let best: { input: number; cut: bigint; share: number } | null = null;
  for (const [input, { low, high }] of box.entries()) {
    if (low === high) continue;
    for (const side of [0, 1] as const) {
      // The cut furthest in with its outer part decided: `least` is none, `most` would be the whole range.
      const cutAt = (steps: bigint) => (side === 0 ? low - 1n + steps : high - steps);
      let least = 0n;
      let most = high - low + 1n;
      while (most - least > 1n) {
        const middle = (least + most) >> 1n;
        if (signOf(partsOf(box, input, cutAt(middle))[side]) === undefined) most = middle;
        else least = middle;
      }
      const share = Number(least) / Number(high - low + 1n);
      if (least > 0n && share > (best?.share ?? atLeast)) best = { input, cut: cutAt(least), share };
    }
  }
  return best;
}

/** The middle of the input whose halving narrows the bounds most. */
function halves(net: FixedNet, box: Box): { input: number; cut: bigint } {
  let best = { input: -1, cut: 0n, width: Number.POSITIVE_INFINITY };
  for (const [input, { low, high }] of box.entries()) {
    if (low === high) continue;
    const cut = (low + high) >> 1n;
    const width = partsOf(box, input, cut).reduce((sum, part) => {
      const bounds = logitBounds(net, part);
      return sum + Number(bounds.high - bounds.low);
    }, 0);
    if (width < best.width) best = { input, cut, width };
  }
  return best;
}

/** Smallest and largest logit in a box, or values beyond them; for a single point its logit. */
function logitBounds(net: FixedNet, box: Box): { low: bigint; high: bigint } {
  let low = box.map(({ low }, j) => scaled(net.inputs[j], low));
  let high = box.map(({ high }, j) => scaled(net.inputs[j], high));
  for (const [l, layer] of net.layers.entries()) {
    const lows: number[] = [];
    const highs: number[] = [];
    for (let i = 0; i < layer.outputs; i++) {
      let least = Number(layer.bias[i]);
      let most = least;
      for (let j = 0; j < layer.inputs; j++) {
        const w = layer.weights[i * layer.inputs + j];
        least += w * (w < 0 ? high[j] : low[j]);
        most += w * (w < 0 ? low[j] : high[j]);
      }
      const isLast = l === net.layers.length - 1;
      lows.push(isLast ? least : activated(layer, least));
      highs.push(isLast ? most : activated(layer, most));
    }
    low = lows;
    high = highs;
  }
  return { low: BigInt(low[0]), high: BigInt(high[0]) };
}

/** x of a T within the input's range. */
const scaled = ({ low, multiplier }: FixedInput, t: bigint): number =>
  Number(((t - low) * multiplier) >> 48n) + X_MIN;

/** What a hidden unit hands on: never falls as the sum grows. */
function activated({ activation, shift }: FixedLayer, sum: number): number {
  const z = Math.min(Math.max(Math.floor(sum * 2 ** -shift), X_MIN), X_MAX);
  return activation === "sigmoid" ? fixedSigmoid(z) : activation === "relu" ? Math.max(z, 0) : z;
}
