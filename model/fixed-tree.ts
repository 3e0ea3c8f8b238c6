/** A tree in fixed point at work: the same logits as kernel-bridge/inference/nt_tree.h. */
import { featureByName } from "./features.ts";
import { LEAF } from "./nt-layout.ts";
import { applyTransform, refuseValue } from "./transform.ts";
import type { FixedTree } from "./tree-model.ts";

export class FixedTreeModel {
  readonly net: FixedTree;
  /** Threshold in the units of the logit. */
  readonly threshold: number;
  /** Value of one unit of the logit. */
  readonly logitUnit: number;
  private readonly unsigned: boolean[];
  /** Cuts and scores; beyond 2^53 rounding changes no comparison with a number up to there. */
  private readonly value: Float64Array;

  constructor(net: FixedTree) {
    this.net = net;
    this.threshold = Number(net.threshold);
    this.logitUnit = 2 ** -net.logitFrac;
    this.unsigned = net.inputs.map((i) => featureByName(i.feature)!.type === "u64");
    this.value = Float64Array.from(net.nodes, (node) => Number(node.value));
  }

  /**
   * The logit of one record, an exact integer in units of `logitUnit`. `values`: raw features in the order of `net.inputs`; only
   * those on the way to the leaf are looked at. Throws InputError for a NaN there and for a number that the feature's type cannot hold.
   */
  logit(values: Float64Array): number {
    return this.value[
      this.leaf((input, node) => {
        const { feature, transform } = this.net.inputs[input];
        if (this.unsigned[input] && values[input] < 0) refuseValue(values[input], feature);
        // Clipping changes no answer: cuts lie within the range.
        const t = applyTransform(transform === "clipped" ? "identity" : transform, 0, 0, values[input]);
        return t <= this.value[node];
      })
    ];
  }

  /** The decision for one record. */
  positive(values: Float64Array): boolean {
    return this.logit(values) > this.threshold;
  }

  /** The logit for exact T, before saturation; used where the words are not numbers. */
  logitOfTransformed(t: readonly bigint[]): number {
    return this.value[this.leaf((input, node) => t[input] <= this.net.nodes[node].value)];
  }

  private leaf(goesLow: (input: number, node: number) => boolean): number {
    const { nodes } = this.net;
    let at = 0;
    while (nodes[at].input !== LEAF) at = goesLow(nodes[at].input, at) ? at + 1 : nodes[at].high;
    return at;
  }
}
