import { columnsFor } from "../traces/label.ts";
import type { ColumnName, NumericColumn, Target } from "../traces/schema.ts";
import { columnsOf } from "./feature-values.ts";
import type { FeatureName } from "./features.ts";

/** What traces/rule.ts reads of a row. */
const RULE_COLUMNS: readonly NumericColumn[] = [
  "task_throttled",
  "task_percpu_kthread",
  "task_affine",
  "task_running",
  "lb_active",
  "sd_nr_balance_failed",
  "sd_cache_nice_tries",
  "task_policy",
  "sd_share_capacity",
  "task_buddy",
  "dst_rq_nr_running",
  "delta",
];

/** The columns that training or judging a model touches: labels, inputs, the rule, the clock and the reason. */
export function trainingColumns(target: Target, inputs: readonly { feature: FeatureName }[]): ColumnName[] {
  const names: ColumnName[] = [
    ...columnsFor([target]),
    ...inputs.flatMap((i) => columnsOf(i.feature)),
    ...RULE_COLUMNS,
  ];
  return [...new Set<ColumnName>([...names, "ts", "reason"])];
}
