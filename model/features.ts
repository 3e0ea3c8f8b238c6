/**
 * The features a model may read: numeric trace columns with the number and the integer type the kernel gives them.
 *
 * Invariants:
 *  F1. An id, once published, keeps its column and its type for ever; new features are appended.
 *  F2. Every numeric column of the schema is either a feature or an outcome of the decision, never both. Derived
 *      features are no columns: they follow from columns and tunables (model/feature-values.ts).
 *  F3. `u64` words are compared without sign, `s64` words with sign; a trace holds the same value as an exact number
 *      (|value| <= 2^53), so a negative number in a `u64` feature is no value at all and is refused.
 *
 * Types follow Linux 6.1, by `signed` of the schema: `delta` is the s64 of task_hot(), `imbalance` the long of struct lb_env, `task_vruntime` the u64 of
 * sched_entity that the kernel only compares through signed differences, `task_nice` the int of task_nice(); the rest is
 * unsigned or never negative.
 */
import { NUMERIC_NAMES, type NumericColumn, specOf } from "../traces/schema.ts";

/** The integer type of an input in the kernel. */
export type FeatureType = "u64" | "s64";

/** Features that are no columns. */
export const DERIVED_FEATURES = ["coldness"] as const;
export type DerivedFeature = (typeof DERIVED_FEATURES)[number];
/** A column of the trace, or what is derived from some. */
export type FeatureName = NumericColumn | DerivedFeature;

export function isDerived(name: FeatureName): name is DerivedFeature {
  return (DERIVED_FEATURES as readonly string[]).includes(name);
}

/** An input that a model may have. */
export interface Feature {
  readonly id: number;
  readonly name: FeatureName;
  readonly type: FeatureType;
}

/** Columns that are the outcome of the decision: known only afterwards, so no model may read them. */
export const OUTCOME_COLUMNS = NUMERIC_NAMES.filter((name) => specOf(name).outcome);

/** The features in the order of their ids: the columns, new ones last, but `coldness` where it was published (F1). */
const ORDER: FeatureName[] = NUMERIC_NAMES.filter((name) => !specOf(name).outcome);
ORDER.splice(33, 0, "coldness");

const typeOf = (name: FeatureName): FeatureType => (isDerived(name) || specOf(name).signed ? "s64" : "u64");

/** All features; `FEATURES[id].id === id`. */
export const FEATURES: readonly Feature[] = ORDER.map((name, id) => ({ id, name, type: typeOf(name) }));

const BY_NAME = new Map<string, Feature>(FEATURES.map((f) => [f.name, f]));

/** The feature of a column; undefined for outcomes and unknown names. */
export function featureByName(name: string): Feature | undefined {
  return BY_NAME.get(name);
}
