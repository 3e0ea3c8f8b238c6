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
 * Types follow Linux 6.1: `delta` is the s64 of task_hot(), `imbalance` the long of struct lb_env, `task_vruntime` the u64 of
 * sched_entity that the kernel only compares through signed differences, `task_nice` the int of task_nice(); the rest is
 * unsigned or never negative.
 */
import type { NumericColumn } from "../traces/schema.ts";

export type FeatureType = "u64" | "s64";

/** Features that are no columns. */
export const DERIVED_FEATURES = ["coldness"] as const;
export type DerivedFeature = (typeof DERIVED_FEATURES)[number];
export type FeatureName = NumericColumn | DerivedFeature;

export function isDerived(name: FeatureName): name is DerivedFeature {
  return (DERIVED_FEATURES as readonly string[]).includes(name);
}

export interface Feature {
  readonly id: number;
  readonly name: FeatureName;
  readonly type: FeatureType;
}

/** Columns that are the outcome of the decision: known only afterwards, so no model may read them. */
export const OUTCOME_COLUMNS = ["migration", "detached"] as const satisfies readonly NumericColumn[];

const ORDER: readonly [FeatureName, FeatureType][] = [
  ["pid", "u64"],
  ["ts", "u64"],
  ["task_load_avg", "u64"],
  ["task_util_avg", "u64"],
  ["task_vruntime", "s64"],
  ["task_nr_migrations", "u64"],
  ["start_runtime", "u64"],
  ["dst_rq_load", "u64"],
  ["dst_rq_load_avg", "u64"],
  ["dst_rq_nr_running", "u64"],
  ["dst_rq_util_avg", "u64"],
  ["src_rq_load", "u64"],
  ["src_rq_load_avg", "u64"],
  ["src_rq_nr_running", "u64"],
  ["src_rq_util_avg", "u64"],
  ["imbalance", "s64"],
  ["sd_cache_nice_tries", "u64"],
  ["cpu_idle", "u64"],
  ["cpu_newly_idle", "u64"],
  ["sd_nr_balance_failed", "u64"],
  ["delta", "s64"],
  ["src_cpu", "u64"],
  ["dst_cpu", "u64"],
  ["task_running", "u64"],
  ["task_affine", "u64"],
  ["task_throttled", "u64"],
  ["task_percpu_kthread", "u64"],
  ["task_buddy", "u64"],
  ["task_policy", "u64"],
  ["task_nice", "s64"],
  ["lb_active", "u64"],
  ["lb_loop", "u64"],
  ["sd_share_capacity", "u64"],
  ["coldness", "s64"],
];

/** All features; `FEATURES[id].id === id`. */
export const FEATURES: readonly Feature[] = ORDER.map(([name, type], id) => ({ id, name, type }));

const BY_NAME = new Map<string, Feature>(FEATURES.map((f) => [f.name, f]));

/** The feature of a column; undefined for outcomes and unknown names. */
export function featureByName(name: string): Feature | undefined {
  return BY_NAME.get(name);
}
