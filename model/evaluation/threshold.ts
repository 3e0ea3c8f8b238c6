/** Where to cut the logit: the threshold that makes a metric largest on rows kept back from training. */
import type { ThresholdRule } from "../trainer/config.ts";
import { accuracy, balancedAccuracy, type Confusion, confusionOf, mcc, rankByScore } from "./metrics.ts";

const METRIC: Record<Exclude<ThresholdRule, "none">, (c: Confusion) => number> = {
  accuracy,
  balancedAccuracy,
  mcc,
};

/**
 * Sweeps all cuts between neighbouring distinct scores and returns the middle of the best gap (of equally good cuts the
 * one nearest to 0, so that a perfect separation does not move the threshold further than needed).
 */
export function bestThreshold(rule: ThresholdRule, scores: ArrayLike<number>, labels: Uint8Array): number {
  if (rule === "none" || labels.length === 0) return 0;
  const metric = METRIC[rule];
  const ranked = rankByScore(scores);
  let positives = 0;
  for (const y of labels) positives += y;
  const c: Confusion = { tp: 0, fp: 0, tn: labels.length - positives, fn: positives };
  let best = { value: metric(confusionOf(scores, labels, 0)), cut: 0 };
  for (let k = 0; k < ranked.length; ) {
    const score = scores[ranked[k]!]!;
    for (; k < ranked.length && scores[ranked[k]!] === score; k++) {
      if (labels[ranked[k]!] === 1) {
        c.tp++;
        c.fn--;
      } else {
        c.fp++;
        c.tn--;
      }
    }
    if (k === ranked.length) break;
    const cut = (score + scores[ranked[k]!]!) / 2;
    const value = metric(c);
    const clearlyBetter = value > best.value + 1e-12;
    if (clearlyBetter || (value > best.value - 1e-12 && Math.abs(cut) < Math.abs(best.cut))) {
      best = { value, cut };
    }
  }
  return best.cut;
}
