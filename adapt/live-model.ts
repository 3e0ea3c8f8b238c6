import { rowReader } from "../model/feature-values.ts";
import { fixedModel } from "../model/fixed-model.ts";
import type { NtModel } from "../model/nt-read.ts";
import { InputError } from "../traces/input-error.ts";
import type { Target, TraceRow } from "../traces/schema.ts";

/** The answer of the stock rule: 0 stay, 1 migrate a cold task, 2 migrate a hot one by force. */
export type StockAnswer = 0 | 1 | 2;

/** A model in force, asked about one row after the other in the kernel's integers. */
export interface LiveModel {
  readonly nt: NtModel;
  positive(row: Readonly<TraceRow>): boolean;
}

/** @param migrationCostNs That in force, for inputs that are relative to it. */
export function liveModel(nt: NtModel, migrationCostNs: number): LiveModel {
  const fixed = fixedModel(nt.fixed);
  const features = nt.fixed.inputs.map((input) => input.feature);
  const values = new Float64Array(features.length);
  const read = rowReader(features, migrationCostNs);
  return {
    nt,
    positive(row) {
      read(row, values);
      return fixed.positive(values);
    },
  };
}

/** Targets whose truth is known at each call, from the stock rule's own answer. */
export const KNOWN_AT_ONCE = ["migrate", "forced_now"] as const satisfies readonly Target[];

/**
 * What the target says of a call, by the stock rule's answer.
 * @throws InputError for targets whose truth only the future tells
 */
export function truthOf(target: Target): (stock: StockAnswer) => boolean {
  if (target === "migrate") return (stock) => stock > 0;
  if (target === "forced_now") return (stock) => stock === 2;
  throw new InputError("a model of this target cannot adapt", {
    field: "target",
    found: target,
    expected: KNOWN_AT_ONCE.join(" or "),
    hint: "What it predicts is known only later than the call, so nobody can say at once whether it was right.",
  });
}
