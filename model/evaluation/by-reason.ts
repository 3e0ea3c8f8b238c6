/** How a model fares on the rows of each reason: the average hides that most decisions are easy. */
import type { Reason } from "../../traces/schema.ts";
import { REASONS } from "../../traces/schema.ts";

/** How the model fares on the rows of one reason. */
export interface ReasonScore {
  rows: number;
  positives: number;
  /** Share of right decisions. */
  accuracy: number;
  /** Share of the positives found; null without positives. */
  recall: number | null;
}

/** Rows without a reason count as `unknown`; reasons without rows are left out. */
export function scoreByReason(
  reasons: readonly string[],
  scores: ArrayLike<number>,
  labels: Uint8Array,
  threshold: number,
): Partial<Record<Reason | "unknown", ReasonScore>> {
  const sums = new Map<string, { rows: number; positives: number; right: number; found: number }>();
  for (let r = 0; r < labels.length; r++) {
    const key = reasons[r] || "unknown";
    const sum = sums.get(key) ?? { rows: 0, positives: 0, right: 0, found: 0 };
    sums.set(key, sum);
    const positive = scores[r] > threshold ? 1 : 0;
    sum.rows++;
    sum.positives += labels[r];
    if (positive === labels[r]) sum.right++;
    if (positive === 1 && labels[r] === 1) sum.found++;
  }
  const out: Partial<Record<Reason | "unknown", ReasonScore>> = {};
  for (const key of [...REASONS, "unknown"] as const) {
    const sum = sums.get(key);
    if (!sum) continue;
    out[key] = {
      rows: sum.rows,
      positives: sum.positives,
      accuracy: sum.right / sum.rows,
      recall: sum.positives > 0 ? sum.found / sum.positives : null,
    };
  }
  return out;
}
