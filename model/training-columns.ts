import { columnsFor } from "../traces/label.ts";
import { RULE_COLUMNS } from "../traces/rule.ts";
import type { ColumnName, Target } from "../traces/schema.ts";
import { columnsOf } from "./feature-values.ts";
import type { FeatureName } from "./features.ts";

/** The columns that training or judging a model touches: labels, inputs, the rule, the clock and the reason. */
export function trainingColumns(target: Target, inputs: readonly { feature: FeatureName }[]): ColumnName[] {
  const names: ColumnName[] = [
    ...columnsFor([target]),
    ...inputs.flatMap((i) => columnsOf(i.feature)),
    ...RULE_COLUMNS,
  ];
  return [...new Set<ColumnName>([...names, "ts", "reason"])];
}
