/**
 * Where the value of a feature comes from: a column of a trace, or (derived features) columns and the tunables in force.
 * One definition for tables, for rows of the simulator and, in kernel-bridge/inference/nt_coldness.h, for the kernel.
 */
import { FORCED_BEFORE_COLUMNS, forcedBeforeOf } from "../traces/forced-before.ts";
import { migrationCost } from "../traces/rule.ts";
import type { NumericColumn, TraceTable } from "../traces/schema.ts";
import { type FeatureName, isDerived } from "./features.ts";
import { LOG2_MAX, log2Fixed } from "./transform.ts";

/** The columns that a feature is computed from. */
export function columnsOf(feature: FeatureName): readonly NumericColumn[] {
  if (feature === "task_forced_before") return [feature, ...FORCED_BEFORE_COLUMNS];
  return isDerived(feature) ? ["delta"] : [feature];
}

/**
 * How cold a task is by the clock of `task_hot`: log2(1 + delta) - log2(1 + migration cost), in units of 1/1024 octave,
 * with the straight-line logarithm of transform.ts (T4). Below 0 the task is hot, above 0 cold, 0 within 0.07 % of the
 * border. So a model means the same whatever `migration_cost_ns` is, and the kernel needs no division. The special costs
 * are the ends of the scale: -1, every task is hot; 0, none is.
 */
export function coldness(delta: number, migrationCostNs: number): number {
  if (migrationCostNs === -1) return -LOG2_MAX;
  if (migrationCostNs === 0) return LOG2_MAX;
  return log2Fixed(delta) - log2Fixed(migrationCostNs);
}

/**
 * The values of a feature in every row of a table; NaN where they cannot be known. Do not write into it. Where `task_forced_before` was not
 * recorded, it follows from the rows, if none are missing (traces/forced-before.ts).
 */
export function featureColumn(table: TraceTable, feature: FeatureName): Float64Array {
  if (feature === "task_forced_before" && table.numeric[feature].every(Number.isNaN))
    return forcedBeforeOf(table) ?? table.numeric[feature];
  if (!isDerived(feature)) return table.numeric[feature];
  const cost = migrationCost(table.meta);
  return table.numeric.delta.map((delta) => (Number.isNaN(delta) ? Number.NaN : coldness(delta, cost)));
}

/** Reads the features of one row after the other into `values`. */
export function rowReader(
  features: readonly FeatureName[],
  migrationCostNs: number,
): (row: Readonly<Record<NumericColumn, number>>, values: Float64Array) => void {
  return (row, values) => {
    for (let i = 0; i < features.length; i++) {
      const feature = features[i];
      values[i] = isDerived(feature) ? coldness(row.delta, migrationCostNs) : row[feature];
    }
  };
}
