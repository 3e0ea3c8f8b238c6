import { RequestError, wrongValue } from "../../traces/input-error.ts";
import { METRIC_NAMES } from "../sweep/metrics.ts";
import type { MetricComparison } from "./verdict.ts";

/** How far a metric may move: "p99 +2%", "throughput -1%". */
export interface Gate {
  text: string;
  metric: string;
  /** As a part of A's mean; its sign is the way that is guarded. */
  limit: number;
}

/** Reads a gate. @throws RequestError */
export function parseGate(text: string): Gate {
  const match = /^\s*(\w+)\s*([+-]\d{1,6}(?:\.\d{1,6})?)\s*%\s*$/.exec(text);
  if (!match) throw wrongValue("gate", 'a metric and how far it may move, such as "p99 +2%"', text);
  const [, metric, percent] = match;
  if (!METRIC_NAMES.includes(metric))
    throw wrongValue("gate", `a metric out of ${METRIC_NAMES.join(", ")}`, text, METRIC_NAMES);
  return { text: text.trim(), metric, limit: Number(percent) / 100 };
}

/**
 * Whether the metric has moved farther than it may, beyond noise: its mean is past the limit, and the verdict is that the sides differ.
 * @throws RequestError where the metric has not been compared
 */
export function isPast({ metric, limit, text }: Gate, metrics: readonly MetricComparison[]): boolean {
  const found = metrics.find(({ name }) => name === metric);
  if (!found) throw new RequestError("gate", "asks for a metric that is not compared", { found: text });
  const { ratio, difference, verdict } = found;
  if (verdict === "no difference seen" || verdict === "too few seeds") return false;
  const moved = ratio === null ? Math.sign(difference) * Number.POSITIVE_INFINITY : ratio - 1;
  return limit >= 0 ? moved > limit : moved < limit;
}
