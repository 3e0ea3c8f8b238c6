import { rmSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type Command, Option } from "commander";
import type { PermutationResult } from "../../model/evaluation/permutation.ts";
import { parseThreshold, THRESHOLD_WORDS, type ThresholdRule } from "../../model/evaluation/threshold.ts";
import { parseFeatures } from "../../model/feature-sets.ts";
import { goldenPath, goldenVectors } from "../../model/nt-golden.ts";
import { encodeNt } from "../../model/nt-write.ts";
import {
  type Evaluation,
  evaluateModel,
  featuresOf,
  type TrainRequest,
  type TrainResult,
  testByPermutation,
  trainModel,
} from "../../model/pipeline.ts";
import { quantise } from "../../model/quantise.ts";
import { parseSplit, SPLIT_WORDS, type Split } from "../../model/split.ts";
import { CONFIG_RANGES, type TrainerConfig } from "../../model/trainer/config.ts";
import { PRESETS, type PresetName } from "../../model/trainer/presets.ts";
import { cardPath, cardText, inputNames } from "../../model/training-card.ts";
import { trainingColumns } from "../../model/training-columns.ts";
import { randomStream } from "../../sim/engine/random.ts";
import { realExit } from "../../traces/at-end.ts";
import { removeOwnLeftovers, writeFilesAtomic } from "../../traces/atomic-file.ts";
import { TARGETS, type Target } from "../../traces/schema.ts";
import { breakable } from "../breakable.ts";
import { evaluationTable } from "../evaluation-table.ts";
import { whenInterrupted } from "../interrupted.ts";
import { madeByTrain } from "../made.ts";
import { countOption, numberOption, numbersOption, usage } from "../option-values.ts";
import { note, print, printJson } from "../output.ts";
import { expectWritable, refuseReplacingInputs, refuseTwins } from "../output-files.ts";
import { progressBar } from "../progress.ts";
import { nameOf, readRuns, recordedCostOption } from "../read-traces.ts";
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
    trained = await trainFile(traces, options, {
      onProgress: (done, total, text) => bar.update(done, total, text),
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

const checkpointPath = (out: string): string => `${out}.checkpoint`;

/** What `nicetries train --json` prints. */
export type TrainedFile = Awaited<ReturnType<typeof trainFile>>;

/** Trains a model on trace files and writes the model file and its card. */
export async function trainFile(
  traces: string[],
  options: TrainOptions,
  {
    onProgress,
    computing = (work) => work(),
  }: { onProgress?: TrainRequest["onProgress"]; computing?: (work: () => void) => void } = {},
) {
  const started = performance.now();
  if (!options.out.endsWith(".nt")) throw new UsageError(`--out must end in .nt, found ${options.out}`);
  refuseTwins(traces);
  const split = usage(() => parseSplit(options.split));
  const { features: named } = options;
  const features = named === undefined ? undefined : usage(() => parseFeatures(named));
  const checkpoint = checkpointPath(options.out);
  const outputs = [options.out, cardPath(options.out), goldenPath(options.out), checkpoint];
  refuseReplacingInputs(outputs, traces);
  expectWritable(outputs);
  const request: TrainRequest = {
    tables: [],
    target: options.target,
    preset: options.preset,
    config: configFrom(options),
    features,
    preprocessing: options.preprocessing,
    split,
    random: streams(options.seed),
    checkpoint,
    resume: options.resume,
    onProgress,
  };
  const columns = trainingColumns(options.target, featuresOf(request));
  const read = await readRuns(traces, columns, options.migrationCost);
  request.tables = read.map(({ table }) => table);
  request.names = read.map(nameOf);
  const { luck, result } = compute(computing, () => ({
    luck: permute({ ...request, split }, options),
    result: trainModel(request),
  }));
  const bytes = encodeNt(result.net, {
    name: `${options.target.slice(0, 11)}-${options.preset.slice(0, 4)}`,
  });
  const card = cardOf(traces, options, result);
  writeFilesAtomic([
    [options.out, bytes],
    [cardPath(options.out), cardText(bytes, card)],
    [goldenPath(options.out), goldenVectors(bytes)],
  ]);
  rmSync(checkpoint, { force: true });
  return {
    model: options.out,
    target: options.target,
    preset: options.preset,
    seed: options.seed,
    split: options.split,
    rows: result.rows,
    trainRows: result.trainRows,
    validationRows: result.validationRows,
    testRows: result.testRows.length,
    epochs: result.epochs,
    bestEpoch: result.bestEpoch,
    resumedAt: result.resumedAt,
    wallSeconds: (performance.now() - started) / 1000,
    bytes: bytes.length,
    made: card.made,
    inputs: inputNames(result.net.inputs),
    hidden: result.config.hidden,
    threshold: result.net.threshold,
    operatingPoints: result.points,
    notes: result.notes,
    curve: result.curve,
    heldOut: judgeHeldOut(request, result),
    permutation: luck,
  };
}

/** What the work gives, called by another. */
function compute<T>(call: (work: () => void) => void, work: () => T): T {
  let result: T | undefined;
  call(() => {
    result = work();
  });
  return result as T;
}

/** The permutation test, when it was asked for. Its streams are its own: the model stays what it is without it. */
function permute(request: TrainRequest & { split: Split }, options: TrainOptions): PermutationResult | null {
  const models = options.permutations ?? 0;
  if (models === 0) return null;
  return testByPermutation(
    { ...request, random: streams(options.seed) },
    models,
    randomStream(options.seed, "permutation"),
  );
}

function configFrom(o: TrainOptions): Partial<TrainerConfig> {
  const given: Partial<TrainerConfig> = {
    epochs: o.epochs,
    hidden: o.hidden,
    learningRate: o.lr,
    batchSize: o.batch,
    optimiser: o.optimiser,
    activation: o.activation,
    weightDecay: o.weightDecay,
    loss: o.loss,
    focalGamma: o.focalGamma,
    momentum: o.momentum,
    schedule: o.schedule,
    classWeights: o.classWeights,
    threshold: o.threshold,
    patience: o.patience,
  };
  return Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
}

/** The random streams of a seed; `evaluate` makes the same, and so finds the same held-out rows. */
export function streams(seed: string) {
  return { weights: randomStream(seed, "weights"), split: randomStream(seed, "split") };
}

function cardOf(traces: string[], options: TrainOptions, result: TrainResult) {
  const made = madeByTrain(traces, options);
  return {
    tool: made.tool,
    made,
    target: options.target,
    preset: options.preset,
    seed: options.seed,
    split: options.split,
    traces: traces.map((t) => basename(t)),
    inputs: inputNames(result.net.inputs),
    rows: result.rows,
    trainRows: result.trainRows,
    validationRows: result.validationRows,
    testRows: result.testRows.length,
    epochs: result.epochs,
    bestEpoch: result.bestEpoch,
    config: result.config,
    notes: result.notes,
    curve: result.curve,
    operatingPoints: result.points,
    baselines: result.baselines,
  };
}

/** The held-out rows are judged at once, so that no training ends without an honest number. */
function judgeHeldOut(request: TrainRequest, result: TrainResult): Evaluation | null {
  if (result.testRows.length === 0) return null;
  return evaluateModel(result.net, request.tables, request.target, {
    rows: result.testRows,
    baselines: result.baselines,
    fixed: quantise(result.net),
  });
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
