import { featureColumn } from "../../model/feature-values.ts";
import { type FeatureName, featureByName } from "../../model/features.ts";
import type { FixedModel } from "../../model/fixed-model.ts";
import type { Target } from "../../traces/schema.ts";
import type { EventRecording, KernelDecision } from "../collect/decode-events.ts";
import { MODES } from "./control.ts";

/** What came of recomputing every decision of a recording. */
export interface Comparison {
  /** Decisions in which the kernel made a prediction in fixed point; all of them were recomputed. */
  decisions: number;
  /** Predictions made in floating point: not part of the comparison. */
  inFloat: number;
  /** Calls past the hard refusals without a prediction. */
  unpredicted: number;
  positive: number;
  /** The logit differs from TypeScript's. */
  wrongLogits: number;
  /** The sign of the prediction does not follow from the logit and the threshold. */
  wrongSigns: number;
  /** The returned answer does not follow from mode, target, prediction and CFS's own answer. */
  wrongAnswers: number;
  /** The first few of all kinds, in words. */
  examples: string[];
}

const EXAMPLES = 5;

export const emptyComparison = (): Comparison => ({
  decisions: 0,
  inFloat: 0,
  unpredicted: 0,
  positive: 0,
  wrongLogits: 0,
  wrongSigns: 0,
  wrongAnswers: 0,
  examples: [],
});

/**
 * The answer of the patched kernel (ml_fair_verdict in kernel/sched/ml_fair.h), from its parts. CFS's answer tells
 * whether the task was hot: 1 cold, 0 or 2 hot.
 */
export function expectedAnswer(mode: number, target: Target, positive: boolean, cfs: 0 | 1 | 2): 0 | 1 | 2 {
  const move = cfs === 1 ? 1 : 2;
  const name = MODES[mode];
  if (name === "off" || name === "shadow") return cfs;
  if (name === "premigrate") return positive && cfs === 0 ? move : cfs;
  if (target === "migrate") return positive ? move : 0;
  if (positive) return move;
  if (target === "forced_eventually") return cfs;
  return cfs === 2 ? 0 : cfs;
}

/**
 * Recomputes every prediction from the trace row alone, with the model that was installed then: `modelOf` gets the
 * installation number the kernel recorded. No tolerance.
 */
export function compareDecisions(
  recording: EventRecording,
  modelOf: (serial: number) => FixedModel | undefined,
  into: Comparison = emptyComparison(),
): Comparison {
  const { table, decisions } = recording;
  const note = (row: number, text: string) => {
    if (into.examples.length < EXAMPLES) into.examples.push(`row ${row + 1}: ${text}`);
  };
  const columns = new Map<FeatureName, Float64Array>();
  const column = (feature: FeatureName) => {
    const known = columns.get(feature) ?? featureColumn(table, feature);
    columns.set(feature, known);
    return known;
  };
  decisions.forEach((decision, row) => {
    if (decision.positive < 0) {
      if (decision.cfs >= 0) into.unpredicted++;
      return;
    }
    if (decision.usedFloat) {
      into.inFloat++;
      return;
    }
    const model = modelOf(decision.serial);
    into.decisions++;
    into.positive += decision.positive;
    if (!model) {
      into.wrongLogits++;
      note(row, `a model that was never installed (number ${decision.serial})`);
      return;
    }
    const values = Float64Array.from(model.net.inputs, (input) => column(input.feature)[row]);
    const logit = model.logit(values);
    if (BigInt(logit) !== decision.logit) {
      into.wrongLogits++;
      note(row, `logit ${decision.logit}, TypeScript has ${logit}; ${wordsText(model, decision)}`);
    }
    const positive = logit > model.threshold;
    if (positive !== (decision.positive === 1)) {
      into.wrongSigns++;
      note(row, `logit ${logit}, threshold ${model.threshold}, but positive is ${decision.positive}`);
    }
    const cfs = decision.cfs as 0 | 1 | 2;
    const answer = expectedAnswer(decision.mode, model.net.target, positive, cfs);
    if (decision.migration !== answer) {
      into.wrongAnswers++;
      note(
        row,
        `answer ${decision.migration}, expected ${answer} (${MODES[decision.mode]}, CFS says ${cfs})`,
      );
    }
  });
  return into;
}

/** True when there was something to compare and nothing differed. */
export function agrees(comparison: Comparison): boolean {
  return (
    comparison.decisions > 0 &&
    comparison.wrongLogits + comparison.wrongSigns + comparison.wrongAnswers + comparison.unpredicted === 0
  );
}

function wordsText(model: FixedModel, decision: KernelDecision): string {
  return model.net.inputs
    .map(({ feature }) => `${feature}=${BigInt.asIntN(64, decision.words[featureByName(feature)!.id])}`)
    .join(" ");
}
