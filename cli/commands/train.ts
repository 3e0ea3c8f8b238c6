import { type Command, Option } from "commander";
import { parseThreshold, THRESHOLD_WORDS, type ThresholdRule } from "../../model/evaluation/threshold.ts";
import { SPLIT_WORDS } from "../../model/split.ts";
import { CONFIG_RANGES } from "../../model/trainer/config.ts";
import { MODEL_KINDS, TREE_DEPTHS } from "../../model/trainer/kinds.ts";
import { PRESETS } from "../../model/trainer/presets.ts";
import { TARGETS } from "../../traces/schema.ts";
import { countOption, numberOption, numbersOption } from "../option-values.ts";
import { recordedCostOption } from "../recorded-cost-option.ts";
import { UsageError } from "../report-failure.ts";
import type { TrainOptions } from "../train/action.ts";

const EXAMPLES = `
Examples:
  nicetries train runs/first/traces/database.parquet --target forced_now --preset best --out m.nt
  nicetries train *.parquet --target migrate --preset libml --split time:0.7 --json --out m.nt
  nicetries train a.csv b.csv.gz --target forced_eventually --preset best --hidden 16,8 --features wide --out m.nt
  nicetries train t.parquet --target migrate --kind tree --depth 3 --out tree.nt
  nicetries train t.parquet --target forced_now --epochs 500 --resume --out m.nt     (goes on after Ctrl-C or a kill)

Writes m.nt, m.training.json (curve, baselines, options), m.golden.txt (inputs and the exact answers of the model,
to check another implementation) and, while it runs, m.nt.checkpoint.
--threshold: balanced finds most positives at the price of false alarms; mcc and f1 raise few; cost:20 says that a missed
positive costs as much as 20 false alarms. \`evaluate --threshold\` shows a trained model at any of them.
--kind tree fits a decision tree to the preset's inputs: at most 64 leaves; in the kernel it costs a fraction of a network.
Targets: migrate: will the task be moved? forced_now: although it is cache-hot, because balancing has failed too often?
forced_eventually: does the call belong to a history that ends so? forced_detached: does the forced task really leave?
(The first three are E1, E3 and E2 of the thesis.) Presets: libml and pytorch repeat the two networks of the thesis; best
has inputs that mean the same on every machine. docs/glossary.md explains all words, docs/learning.md the choices.`;

const choice = <T extends string>(flags: string, about: string, choices: readonly T[]) =>
  new Option(flags, about).choices([...choices]);

/** Each trains a model. */
const MAX_PERMUTATIONS = 10_000;

export function register(command: Command): void {
  command
    .argument("<trace...>", "traces (.parquet, .csv or .csv.gz)")
    .addOption(choice("--target <target>", "what to predict", TARGETS).makeOptionMandatory())
    .addOption(choice("--preset <preset>", "sizes and rates to start from", PRESETS).default("best"))
    .addOption(choice("--kind <kind>", "what to train (default: network)", MODEL_KINDS))
    .option(
      "--depth <n>",
      `of a tree: questions to a leaf, at most ${TREE_DEPTHS.high} (default: ${TREE_DEPTHS.usual})`,
      countOption("--depth", TREE_DEPTHS.low, TREE_DEPTHS.high),
    )
    .requiredOption("--out <file>", "model file to write (.nt)")
    .option("--features <list>", "a set (e1, e2, e3, e1-honest ..., wide) or columns: delta:log2,cpu_idle")
    .option("--split <split>", SPLIT_WORDS, "time:0.8")
    .option("--epochs <n>", "passes over the rows", numberOption("--epochs", CONFIG_RANGES.epochs))
    .option(
      "--hidden <sizes>",
      "units of the hidden layers: 9 or 16,8; or none",
      numbersOption("--hidden", CONFIG_RANGES.hidden, "9 or 16,8"),
    )
    .option("--lr <rate>", "learning rate", numberOption("--lr", CONFIG_RANGES.learningRate))
    .option("--batch <n>", "rows per step, at most 4096", numberOption("--batch", CONFIG_RANGES.batchSize))
    .addOption(choice("--optimiser <name>", "optimiser", ["sgd", "momentum", "adam", "adamw"]))
    .addOption(choice("--activation <name>", "of the hidden layers", ["sigmoid", "relu"]))
    .option(
      "--momentum <share>",
      "of the optimiser momentum",
      numberOption("--momentum", CONFIG_RANGES.momentum),
    )
    .addOption(choice("--schedule <name>", "learning rate over the epochs", ["constant", "linear"]))
    .option(
      "--weight-decay <rate>",
      "weight decay",
      numberOption("--weight-decay", CONFIG_RANGES.weightDecay),
    )
    .addOption(choice("--loss <name>", "loss", ["cross-entropy", "focal"]))
    .option(
      "--focal-gamma <n>",
      "how far the focal loss turns from easy rows, at most 10; 0 is cross-entropy",
      numberOption("--focal-gamma", CONFIG_RANGES.focalGamma),
    )
    .addOption(choice("--class-weights <rule>", "weight of the rarer class", ["none", "sqrt", "balanced"]))
    .option("--threshold <rule>", `where to cut: ${THRESHOLD_WORDS}`, thresholdRule)
    .addOption(recordedCostOption())
    .option(
      "--patience <n>",
      "stop after this many epochs without a better validation loss",
      numberOption("--patience", CONFIG_RANGES.patience),
    )
    .addOption(
      choice("--preprocessing <name>", "the thesis's five steps or the honest ones", ["thesis", "honest"]),
    )
    .option("--seed <seed>", "seed of initial weights, order and split", "1")
    .option(
      "--permutations <n>",
      "also train n models on shuffled labels: could the score be luck?",
      countOption("--permutations", 0, MAX_PERMUTATIONS),
    )
    .option("--resume", "go on from the checkpoint, if there is one")
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (traces: string[], options: TrainOptions) =>
      (await import("../train/action.ts")).train(traces, options),
    );
}

/** Reads `--threshold`. */
export function thresholdRule(text: string): ThresholdRule {
  const rule = parseThreshold(text);
  if (rule === null) throw new UsageError(`--threshold ${text}: expected ${THRESHOLD_WORDS}`);
  return rule;
}
