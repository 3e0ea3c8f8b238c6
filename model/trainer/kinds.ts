import { MAX_NODES } from "../nt-layout.ts";

/** What a model file can hold. */
export const MODEL_KINDS = ["network", "tree"] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** Questions to a leaf of a tree; the deepest has as many leaves as a model file has room for. */
export const TREE_DEPTHS = { low: 1, usual: 4, high: Math.log2((MAX_NODES + 1) / 2) } as const;
