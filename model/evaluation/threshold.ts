/**
 * Where to cut the logit. What is best depends on what an error costs, so there are several rules:
 *
 *  none             0: one half, as the network itself weighs the classes
 *  accuracy         fewest errors on the rows as they are
 *  balanced         highest mean of the two recalls, as on a 50/50 test set
 *  mcc, f1          highest Matthews correlation, highest F1
 *  { cost: R }      least cost, when a missed positive costs as much as R false alarms
 *  { probability }  positive from this probability on
 *
 * `balanced`, `cost` and `probability` follow from Bayes' rule when the network was trained by cross-entropy, for then
 * its logit estimates the log odds of a positive under the weights that the classes had in training. They need no search
 * over the few positives that there are, and hold better on rows from elsewhere: docs/learning.md has the comparison.
 * The others depend on the whole distribution of scores and are searched for.
 */
import { accuracy, balancedAccuracy, type Confusion, confusionOf, f1, mcc, rankByScore } from "./metrics.ts";

export const THRESHOLD_METRICS = ["accuracy", "balanced", "mcc", "f1"] as const;
/** A score by which a threshold can be chosen. */
export type ThresholdMetric = (typeof THRESHOLD_METRICS)[number];
/** Where the logit is cut: by a score to be best at, by a cost, by a probability, or at 0. */
export type ThresholdRule = "none" | ThresholdMetric | { cost: number } | { probability: number };

/** Thresholds on the logit of one judge, and what others follow from. Plain data: kept beside a model. */
export interface OperatingPoints extends Record<ThresholdMetric, number> {
  /** ln(positives / negatives) of the rows trained on, times their class weights. */
  trainedLogOdds: number;
  /** The same of the rows as they came, before any were weighed or left out to balance the classes. */
  naturalLogOdds: number;
}

/** Scored rows to choose thresholds on. */
export interface ScoredLabels {
  logits: ArrayLike<number>;
  labels: Uint8Array;
}

/** @param calibrated Whether the logits estimate log odds (cross-entropy) or only rank (focal loss). */
export function operatingPoints(
  { logits, labels }: ScoredLabels,
  odds: { trainedLogOdds: number; naturalLogOdds: number },
  calibrated: boolean,
): OperatingPoints {
  const searched = (metric: ThresholdMetric) => bestThreshold(metric, logits, labels);
  return {
    ...odds,
    accuracy: searched("accuracy"),
    balanced: calibrated ? odds.trainedLogOdds : searched("balanced"),
    mcc: searched("mcc"),
    f1: searched("f1"),
  };
}

/** The threshold on the logit that a rule asks for. */
export function thresholdAt(rule: ThresholdRule, points: OperatingPoints): number {
  if (rule === "none") return 0;
  if (typeof rule === "string") return points[rule];
  const natural = "cost" in rule ? -Math.log(rule.cost) : Math.log(rule.probability / (1 - rule.probability));
  return natural + points.trainedLogOdds - points.naturalLogOdds;
}

/** Reads `balanced`, `cost:20`, `0.1` ...; null for anything else. */
export function parseThreshold(text: string): ThresholdRule | null {
  if (text === "none" || (THRESHOLD_METRICS as readonly string[]).includes(text)) {
    return text as "none" | ThresholdMetric;
  }
  const [, kind, digits] = /^(cost:)?(\d+(?:\.\d*)?|\.\d+)$/.exec(text) ?? [];
  const value = Number(digits);
  if (kind !== undefined) return value > 0 ? { cost: value } : null;
  return value > 0 && value < 1 ? { probability: value } : null;
}

/** What `parseThreshold` takes, in words. */
export const THRESHOLD_WORDS = "none, accuracy, balanced, mcc, f1, cost:R or a probability such as 0.1";

const METRIC: Record<ThresholdMetric, (c: Confusion) => number> = {
  accuracy,
  balanced: balancedAccuracy,
  mcc,
  f1,
};

/**
 * The threshold that makes a metric largest: sweeps all cuts between neighbouring distinct scores and returns the middle
 * of the best gap (of equally good cuts the one nearest to 0, so that a perfect separation does not move the threshold
 * further than needed).
 */
export function bestThreshold(rule: ThresholdMetric, scores: ArrayLike<number>, labels: Uint8Array): number {
  const metric = METRIC[rule];
  const ranked = rankByScore(scores);
  let positives = 0;
  for (const y of labels) positives += y;
  const c: Confusion = { tp: 0, fp: 0, tn: labels.length - positives, fn: positives };
  let best = { value: metric(confusionOf(scores, labels, 0)), cut: 0 };
  for (let k = 0; k < ranked.length; ) {
    const score = scores[ranked[k]];
    for (; k < ranked.length && scores[ranked[k]] === score; k++) {
      if (labels[ranked[k]] === 1) {
        c.tp++;
        c.fn--;
      } else {
        c.fp++;
        c.tn--;
      }
    }
    if (k === ranked.length) break;
    const cut = (score + scores[ranked[k]]) / 2;
    const value = metric(c);
    const clearlyBetter = value > best.value + 1e-12;
    if (clearlyBetter || (value > best.value - 1e-12 && Math.abs(cut) < Math.abs(best.cut))) {
      best = { value, cut };
    }
  }
  return best.cut;
}
