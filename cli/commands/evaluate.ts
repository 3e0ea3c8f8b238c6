import { type Command, Option } from "commander";
import { baselinesAt } from "../../model/baselines/fitted.ts";
import {
  type OperatingPoints,
  THRESHOLD_WORDS,
  type ThresholdRule,
  thresholdAt,
} from "../../model/evaluation/threshold.ts";
import { examplesRuns } from "../../model/examples.ts";
import { readNt } from "../../model/nt-read.ts";
import { evaluateModel } from "../../model/pipeline.ts";
import { parseSplit, SPLIT_WORDS, type Split, splitRows } from "../../model/split.ts";
import { cardPath, readCard, type TrainingCard } from "../../model/training-card.ts";
import { trainingColumns } from "../../model/training-columns.ts";
import { randomStream } from "../../sim/engine/random.ts";
import { InputError } from "../../traces/input-error.ts";
import { TARGETS, type Target, type TraceTable } from "../../traces/schema.ts";
import { calibrationTable, evaluationTable, reasonTable } from "../evaluation-table.ts";
import { madeByEvaluate } from "../made.ts";
import { countOption, usage } from "../option-values.ts";
import { print, printJson } from "../output.ts";
import { refuseTwins } from "../output-files.ts";
import { readTraces, recordedCostOption } from "../read-traces.ts";
import { thresholdRule } from "./train.ts";

/** The options of `nicetries evaluate`. */
export interface EvaluateCommandOptions {
  target?: Target;
  split: string;
  threshold?: ThresholdRule;
  seed: string;
  resamples: number;
  reasons?: boolean;
  /** ns */
  migrationCost?: number;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  nicetries evaluate m.nt traces/real/*.parquet
  nicetries evaluate m.nt t.parquet --split time:0.8       (only the rows that train held out)
  nicetries evaluate m.nt t.parquet --threshold balanced   (or mcc, f1, cost:20, 0.1 ...: the baselines are cut likewise)
  nicetries evaluate m.nt t.parquet --json --resamples 0   (no intervals)

Beside the model stand the rule by which the stock kernel decides, the majority class (always the more frequent answer),
logistic regression and a small tree. balanced: mean of the hit rates on positives and negatives, 50 % is a coin. MCC:
Matthews' correlation, 0 is chance, 1 is perfect. PR-AUC: area under precision over recall, chance gives the share of
positives. TP, FP, TN, FN: right alarms, false alarms, right and wrong all-clears. Intervals are 95 %, by drawing blocks
of consecutive rows. More words: docs/glossary.md.`;

/** More tell nothing that fewer do not. */
const MAX_RESAMPLES = 100_000;

export function register(root: Command): void {
  root
    .command("evaluate")
    .description("Judge a model on traces, beside baselines")
    .argument("<model>", "model file (.nt)")
    .argument("<trace...>", "traces (.parquet, .csv or .csv.gz)")
    .addOption(new Option("--target <target>", "judge by another target").choices([...TARGETS]))
    .option("--split <split>", `judge only the rows this split holds out: ${SPLIT_WORDS}`, "none")
    .option("--threshold <rule>", `cut elsewhere than the model does: ${THRESHOLD_WORDS}`, thresholdRule)
    .option(
      "--resamples <n>",
      "bootstrap resamples for the intervals; 0 for none",
      countOption("--resamples", 0, MAX_RESAMPLES),
      200,
    )
    .option("--seed <seed>", "seed of split and resamples", "1")
    .addOption(recordedCostOption())
    .option("--reasons", "also show recall by reason and calibration")
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES)
    .action((model: string, traces: string[], options: EvaluateCommandOptions) =>
      evaluate(model, traces, options),
    );
}

async function evaluate(path: string, traces: string[], options: EvaluateCommandOptions): Promise<void> {
  const evaluation = await evaluateFile(path, traces, options);
  if (options.json) printJson(evaluation);
  else {
    const more = options.reasons ? `\n${reasonTable(evaluation)}\n\n${calibrationTable(evaluation)}\n` : "";
    print(`${evaluationTable(evaluation)}\n${more}`);
  }
}

/** Judges a model file on trace files: what `nicetries evaluate --json` prints. */
export async function evaluateFile(path: string, traces: string[], options: EvaluateCommandOptions) {
  const { resamples } = options;
  refuseTwins(traces);
  const split = usage(() => parseSplit(options.split));
  const { net, fixed } = readNt(path);
  const card = readCard(path);
  const rule = options.threshold;
  const points = rule === undefined || rule === "none" ? undefined : operatingPointsOf(card, path);
  const target = options.target ?? net.target;
  const tables = await readTraces(traces, trainingColumns(target, net.inputs), options.migrationCost);
  const evaluation = evaluateModel(net, tables, target, {
    rows: split.kind === "none" ? undefined : heldOutRows(tables, split, options.seed),
    fixed,
    threshold: rule === "none" ? 0 : rule && points && thresholdAt(rule, points),
    baselines: baselinesFor(card, target === net.target, rule),
    baselineRule: rule,
    bootstrap: resamples > 0 ? { resamples, random: randomStream(options.seed, "bootstrap") } : undefined,
  });
  return { modelFile: path, made: madeByEvaluate(path, traces, options), ...evaluation };
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
    found: "no card, or that of another model",
    expected: "the card that `nicetries train` wrote beside the model: it holds the thresholds",
    hint: "Leave --threshold out, or train again.",
  });
}

function heldOutRows(tables: readonly TraceTable[], split: Split, seed: string): Uint32Array {
  return splitRows(examplesRuns(tables), split, randomStream(seed, "split")).test;
}
