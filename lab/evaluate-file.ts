import { baselinesAt } from "../model/baselines/fitted.ts";
import { cardPath } from "../model/card-path.ts";
import { type OperatingPoints, type ThresholdRule, thresholdAt } from "../model/evaluation/threshold.ts";
import { examplesRuns } from "../model/examples.ts";
import { readNt } from "../model/nt-read.ts";
import { type Evaluation, evaluateModel } from "../model/pipeline.ts";
import { parseSplit, type Split, splitRows } from "../model/split.ts";
import { readCard, type TrainingCard } from "../model/training-card.ts";
import { trainingColumns } from "../model/training-columns.ts";
import { randomStream } from "../sim/engine/random.ts";
import { InputError, ofOption } from "../traces/input-error.ts";
import type { Made } from "../traces/made.ts";
import type { TraceTable } from "../traces/schema.ts";
import { refuseTwins } from "./files/output-files.ts";
import { madeByEvaluate, type VerdictChoice } from "./made.ts";
import { readTraces, type SayCost } from "./read-traces.ts";

/** What is judged, and who is told of it. */
export interface EvaluateFileOptions extends VerdictChoice {
  /** Takes remarks on the traces. */
  say?: SayCost;
}

/** A verdict on a model file. */
export interface EvaluatedFile extends Evaluation {
  modelFile: string;
  /** How it was made (made.ts). */
  made: Made;
}

/**
 * Judges a model file on trace files, beside baselines.
 * @throws InputError, RequestError
 */
export async function evaluateFile(
  path: string,
  traces: readonly string[],
  options: EvaluateFileOptions = {},
): Promise<EvaluatedFile> {
  const { split: splitText = "none", seed = "1", resamples = 200, threshold: rule } = options;
  refuseTwins(traces);
  const split = ofOption("split", () => parseSplit(splitText));
  const { net, fixed } = readNt(path);
  const card = readCard(path);
  const points = rule === undefined || rule === "none" ? undefined : operatingPointsOf(card, path);
  const target = options.target ?? net.target;
  const columns = trainingColumns(target, net.inputs);
  const tables = await readTraces(traces, columns, options.migrationCostNs, options.say);
  const evaluation = evaluateModel(net, tables, target, {
    rows: split.kind === "none" ? undefined : heldOutRows(tables, split, seed),
    fixed,
    threshold: rule === "none" ? 0 : rule && points && thresholdAt(rule, points),
    baselines: baselinesFor(card, target === net.target, rule),
    baselineRule: rule,
    bootstrap: resamples > 0 ? { resamples, random: randomStream(seed, "bootstrap") } : undefined,
  });
  const made = madeByEvaluate(path, traces, { ...options, split: splitText, seed, resamples });
  return { modelFile: path, made, ...evaluation };
}

/** The baselines fitted when the model was, cut by the rule asked for; none where they learned another target. */
function baselinesFor(card: TrainingCard | null, sameTarget: boolean, rule: ThresholdRule | undefined) {
  if (!card || !sameTarget) return undefined;
  return rule === undefined ? card.baselines : baselinesAt(rule, card.baselines);
}

/** A threshold other than the model's own follows from what was seen in training. */
function operatingPointsOf(card: TrainingCard | null, path: string): OperatingPoints {
  if (card) return card.operatingPoints;
  throw new InputError("the training card of the model is not there", {
    file: cardPath(path),
    code: "no-card",
    found: "no card, or that of another model",
    expected: "the card that was written beside the model when it was trained: it holds the thresholds",
    hint: "Leave the threshold out, or train again.",
  });
}

function heldOutRows(tables: readonly TraceTable[], split: Split, seed: string): Uint32Array {
  return splitRows(examplesRuns(tables), split, randomStream(seed, "split")).test;
}
