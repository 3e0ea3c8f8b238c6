import { statSync } from "node:fs";
import { dirname } from "node:path";
import { type Command, Option } from "commander";
import {
  checkpointPath,
  type TrainedFile,
  type TrainFileOptions,
  trainFile,
  trainingOutputs,
} from "../../lab/train-file.ts";
import { parseThreshold, THRESHOLD_WORDS, type ThresholdRule } from "../../model/evaluation/threshold.ts";
import { SPLIT_WORDS } from "../../model/split.ts";
import { CONFIG_RANGES, type TrainerConfig } from "../../model/trainer/config.ts";
import { PRESETS, type PresetName } from "../../model/trainer/presets.ts";
import { realExit } from "../../traces/at-end.ts";
import { removeOwnLeftovers } from "../../traces/atomic-file.ts";
import { TARGETS, type Target } from "../../traces/schema.ts";
import { breakable } from "../breakable.ts";
import { evaluationTable } from "../evaluation-table.ts";
import { whenInterrupted } from "../interrupted.ts";
import { refuseToReplaceStandardOutput } from "../named-files.ts";
import { countOption, numberOption, numbersOption } from "../option-values.ts";
import { note, print, printJson } from "../output.ts";
import { progressBar } from "../progress.ts";
import { recordedCostOption } from "../recorded-cost-option.ts";
import { UsageError } from "../report-failure.ts";

/** The options of `nicetries train`. */
export interface TrainOptions {
  target: Target;
  preset: PresetName;
  out: string;
  seed: string;
  split: string;
  features?: string;
  epochs?: number;
  hidden?: number[];
  lr?: number;
  batch?: number;
  optimiser?: TrainerConfig["optimiser"];
  activation?: TrainerConfig["activation"];
  weightDecay?: number;
  loss?: TrainerConfig["loss"];
  focalGamma?: number;
  momentum?: number;
  schedule?: TrainerConfig["schedule"];
  classWeights?: TrainerConfig["classWeights"];
  threshold?: ThresholdRule;
  patience?: number;
  preprocessing?: "thesis" | "honest";
  permutations?: number;
  resume?: boolean;
  /** ns */
  migrationCost?: number;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  nicetries train runs/first/traces/database.parquet --target forced_now --preset best --out m.nt
  nicetries train *.parquet --target migrate --preset libml --split time:0.7 --json --out m.nt
  nicetries train a.csv b.csv.gz --target forced_eventually --preset best --hidden 16,8 --features wide --out m.nt
  nicetries train t.parquet --target forced_now --epochs 500 --resume --out m.nt     (goes on after Ctrl-C or a kill)

Writes m.nt, m.training.json (curve, baselines, options), m.golden.txt (inputs and the exact answers of the model,
to check another implementation) and, while it runs, m.nt.checkpoint.
--threshold: balanced finds most positives at the price of false alarms; mcc and f1 raise few; cost:20 says that a missed
positive costs as much as 20 false alarms. \`evaluate --threshold\` shows a trained model at any of them.
Targets: migrate: will the task be moved? forced_now: although it is cache-hot, because balancing has failed too often?
forced_eventually: does the call belong to a history that ends so? forced_detached: does the forced task really leave?
(The first three are E1, E3 and E2 of the thesis.) Presets: libml and pytorch repeat the two networks of the thesis; best
has inputs that mean the same on every machine. docs/glossary.md explains all words, docs/learning.md the choices.`;

const choice = <T extends string>(flags: string, about: string, choices: readonly T[]) =>
  new Option(flags, about).choices([...choices]);

/** Each trains a model. */
const MAX_PERMUTATIONS = 10_000;

export function register(root: Command): void {
  root
    .command("train")
    .description("Train a network on traces and write it as a model file")
    .argument("<trace...>", "traces (.parquet, .csv or .csv.gz)")
    .addOption(choice("--target <target>", "what to predict", TARGETS).makeOptionMandatory())
    .addOption(choice("--preset <preset>", "sizes and rates to start from", PRESETS).default("best"))
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
    .action((traces: string[], options: TrainOptions) => train(traces, options));
}

/** Reads `--threshold`. */
export function thresholdRule(text: string): ThresholdRule {
  const rule = parseThreshold(text);
  if (rule === null) throw new UsageError(`--threshold ${text}: expected ${THRESHOLD_WORDS}`);
  return rule;
}

async function train(traces: string[], options: TrainOptions): Promise<void> {
  const bar = progressBar(`train ${options.target}`);
  const started = Date.now();
  const forget = whenInterrupted(() => howToGoOn(options, started));
  let trained: TrainedFile;
  try {
    for (const file of trainingOutputs(options.out)) refuseToReplaceStandardOutput(file);
    trained = await trainFile(traces, {
      ...fileOptions(options),
      onProgress: (done, total, text) => bar.update(done, total, text),
      say: note,
      computing(work) {
        if (breakable(work) === undefined) return;
        bar.stop();
        removeOwnLeftovers(dirname(options.out));
        realExit(130);
      },
    });
  } finally {
    bar.stop();
    forget();
  }
  if (options.json) printJson(trained);
  else printTrained(trained);
}

/** What to say of a training that was interrupted; nothing before its first checkpoint. */
function howToGoOn({ out, resume }: TrainOptions, started: number): string | undefined {
  const checkpoint = checkpointPath(out);
  const written = statSync(checkpoint, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (written < started && !resume) return undefined;
  return `interrupted: the same command${resume ? "" : " with --resume"} goes on from the last epoch (${checkpoint})`;
}

/** What the options mean to the library. */
function fileOptions({ lr, batch, migrationCost, json: _, ...o }: TrainOptions): TrainFileOptions {
  const { target, preset, out, seed, split, features, preprocessing, permutations, resume, ...config } = o;
  const given = Object.entries({ ...config, learningRate: lr, batchSize: batch });
  return {
    ...{ target, preset, out, seed, split, features, preprocessing, permutations, resume },
    config: Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    migrationCostNs: migrationCost,
  };
}

function printTrained(trained: TrainedFile): void {
  for (const text of trained.notes) note(text);
  if (trained.resumedAt > 0) note(`went on from epoch ${trained.resumedAt}`);
  const shape = [trained.inputs.length, ...trained.hidden, 1].join("-");
  print(
    `${trained.model}: ${trained.target}, ${shape}, ${trained.bytes} bytes; ${trained.trainRows} of ${trained.rows} rows, ` +
      `${trained.epochs} epochs, ${trained.wallSeconds.toFixed(1)} s\n`,
  );
  if (trained.permutation) {
    const { real, shuffled, pValue } = trained.permutation;
    const mean = shuffled.reduce((a, b) => a + b, 0) / shuffled.length;
    print(
      `Permutation test: balanced accuracy ${(100 * real).toFixed(2)} %, with shuffled labels ` +
        `${(100 * mean).toFixed(2)} % (mean of ${shuffled.length}), p = ${pValue.toFixed(4)}\n`,
    );
  }
  if (trained.heldOut) print(`\nHeld-out rows (${trained.split}):\n${evaluationTable(trained.heldOut)}\n`);
}
