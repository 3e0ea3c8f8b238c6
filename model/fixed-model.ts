/** What a model file computes with, whichever kind of model it holds. */
import { FixedPointModel } from "./fixed-point.ts";
import type { FixedNet } from "./fixed-point-net.ts";
import { FixedTreeModel } from "./fixed-tree.ts";
import { type FixedTree, isTree } from "./tree-model.ts";

export type FixedModel = FixedPointModel | FixedTreeModel;

/** A model ready to infer, on numbers of a trace. */
export const fixedModel = (fixed: FixedNet | FixedTree): FixedModel =>
  isTree(fixed) ? new FixedTreeModel(fixed) : new FixedPointModel(fixed);
