import { type Command, Option } from "commander";
import { THRESHOLD_WORDS, type ThresholdRule } from "../../model/evaluation/threshold.ts";
import { SPLIT_WORDS } from "../../model/split.ts";
import { TARGETS, type Target } from "../../traces/schema.ts";
import { calibrationTable, evaluationTable, reasonTable } from "../evaluation-table.ts";
import { countOption } from "../option-values.ts";
import { print, printJson } from "../output.ts";
import { noteCost, recordedCostOption } from "../recorded-cost-option.ts";
import { thresholdRule } from "./train.ts";

/** The options of `nicetries evaluate`. */
interface EvaluateCommandOptions {
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

export function register(command: Command): void {
  command
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
  const { target, split, threshold, seed, resamples, migrationCost: migrationCostNs } = options;
  const { evaluateFile } = await import("../../lab/evaluate-file.ts");
  const evaluation = await evaluateFile(path, traces, {
    ...{ target, split, threshold, seed, resamples, migrationCostNs },
    say: noteCost,
  });
  if (options.json) printJson(evaluation);
  else {
    const more = options.reasons ? `\n${reasonTable(evaluation)}\n\n${calibrationTable(evaluation)}\n` : "";
    print(`${evaluationTable(evaluation)}\n${more}`);
  }
}
