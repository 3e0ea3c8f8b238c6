import { rmSync } from "node:fs";
import { basename } from "node:path";
import { cardPath } from "../model/card-path.ts";
import type { PermutationResult } from "../model/evaluation/permutation.ts";
import { parseFeatures } from "../model/feature-sets.ts";
import type { Net } from "../model/net.ts";
import { goldenPath, goldenVectors } from "../model/nt-golden.ts";
import { encodeNt } from "../model/nt-write.ts";
import {
  type Evaluation,
  evaluateModel,
  featuresOf,
  type TrainRequest,
  type TrainResult,
  testByPermutation,
  trainModel,
  trainTree,
} from "../model/pipeline.ts";
import { quantise } from "../model/quantise.ts";
import { parseSplit, type Split } from "../model/split.ts";
import type { ModelKind } from "../model/trainer/kinds.ts";
import type { PresetName } from "../model/trainer/presets.ts";
import { cardText, inputNames } from "../model/training-card.ts";
import { trainingColumns } from "../model/training-columns.ts";
import { isTree, quantiseTree, type TreeModel, treeSize } from "../model/tree-model.ts";
import { randomStream } from "../sim/engine/random.ts";
import { writeFilesAtomic } from "../traces/atomic-file.ts";
import { ofOption, RequestError } from "../traces/input-error.ts";
import type { Made } from "../traces/made.ts";
import type { Target } from "../traces/schema.ts";
import { expectWritable, refuseReplacingInputs, refuseTwins } from "./files/output-files.ts";
import { madeByTrain, type TrainingChoice } from "./made.ts";
import { nameOf, readRuns, type SayCost } from "./read-traces.ts";

/** A network or a tree, and how it came about. */
type Trained = TrainResult<Net | TreeModel>;

/** What is trained, the file to write, and who is told of it. */
export interface TrainFileOptions extends TrainingChoice {
  /** Model file to write, NAME.nt. */
  out: string;
  /** What to train (default network). */
  kind?: ModelKind;
  /** Of a tree: questions to a leaf, at most TREE_DEPTHS.high. */
  depth?: number;
  /** Models to train on shuffled labels (default 0). */
  permutations?: number;
  /** Go on from the checkpoint, if there is one. */
  resume?: boolean;
  /** After each epoch, in epochs. */
  onProgress?: TrainRequest["onProgress"];
  /** Calls the training itself, which is one synchronous computation. */
  computing?: (work: () => void) => void;
  /** Takes remarks on the traces. */
  say?: SayCost;
}

/** What is known of a model that was trained. */
export interface TrainedFile {
  model: string;
  target: Target;
  preset: PresetName;
  kind: ModelKind;
  seed: string;
  split: string;
  rows: number;
  trainRows: number;
  validationRows: number;
  testRows: number;
  epochs: number;
  bestEpoch: number;
  /** Epoch of the checkpoint it went on from, or 0. */
  resumedAt: number;
  wallSeconds: number;
  bytes: number;
  /** How it was made (made.ts). */
  made: Made;
  inputs: string[];
  hidden: readonly number[];
  /** Of a tree: its size; null of a network. */
  tree: { depth: number; leaves: number } | null;
  threshold: number;
  operatingPoints: TrainResult["points"];
  notes: TrainResult["notes"];
  curve: TrainResult["curve"];
  /** The model judged on the rows held out, where there are any. */
  heldOut: Evaluation | null;
  permutation: PermutationResult | null;
}

/** Where the state after each epoch is kept while a model is trained. */
export const checkpointPath = (out: string): string => `${out}.checkpoint`;

/** The files that a training writes. */
export const trainingOutputs = (out: string): string[] => [
  out,
  cardPath(out),
  goldenPath(out),
  checkpointPath(out),
];

/** The random streams of a seed; `evaluateFile` makes the same, and so finds the same held-out rows. */
const streams = (seed: string) => ({
  weights: randomStream(seed, "weights"),
  split: randomStream(seed, "split"),
});

/**
 * Trains a model on trace files and writes the model file, its card and its golden vectors.
 * @throws InputError, RequestError
 */
export async function trainFile(traces: readonly string[], options: TrainFileOptions): Promise<TrainedFile> {
  const started = performance.now();
  const { out, target, preset = "best", kind = "network", seed = "1" } = options;
  const { split: splitText = "time:0.8" } = options;
  checkKind(kind, options);
  if (!out.endsWith(".nt")) throw new RequestError("out", "must end in .nt", { found: out });
  refuseTwins(traces);
  const split = ofOption("split", () => parseSplit(splitText));
  const { features: named } = options;
  const features = named === undefined ? undefined : ofOption("features", () => parseFeatures(named));
  refuseReplacingInputs(trainingOutputs(out), traces);
  expectWritable(trainingOutputs(out));
  const request: TrainRequest = {
    tables: [],
    target,
    preset,
    config: options.config,
    features,
    preprocessing: options.preprocessing,
    split,
    random: streams(seed),
    checkpoint: checkpointPath(out),
    resume: options.resume,
    onProgress: options.onProgress,
  };
  const columns = trainingColumns(target, featuresOf(request));
  const read = await readRuns(traces, columns, options.migrationCostNs, options.say);
  request.tables = read.map(({ table }) => table);
  request.names = read.map(nameOf);
  const { luck, result } = compute(options.computing ?? ((work) => work()), () => ({
    luck: permute({ ...request, split }, options.permutations ?? 0, seed),
    result: (kind === "tree" ? trainTree(request, options.depth) : trainModel(request)) as Trained,
  }));
  const bytes = encodeNt(result.net, { name: `${target.slice(0, 11)}-${preset.slice(0, 4)}` });
  const made = madeByTrain(traces, { ...options, preset, seed, split: splitText });
  const about = {
    target,
    preset,
    kind,
    seed,
    split: splitText,
    inputs: inputNames(result.net.inputs),
    rows: result.rows,
    trainRows: result.trainRows,
    validationRows: result.validationRows,
    testRows: result.testRows.length,
    epochs: result.epochs,
    bestEpoch: result.bestEpoch,
    notes: result.notes,
    curve: result.curve,
    operatingPoints: result.points,
  };
  const { config, baselines } = result;
  const names = traces.map((path) => basename(path));
  const card = cardText(bytes, { tool: made.tool, made, ...about, traces: names, config, baselines });
  writeFilesAtomic([
    [out, bytes],
    [cardPath(out), card],
    [goldenPath(out), goldenVectors(bytes)],
  ]);
  rmSync(checkpointPath(out), { force: true });
  return {
    model: out,
    ...about,
    resumedAt: result.resumedAt,
    wallSeconds: (performance.now() - started) / 1000,
    bytes: bytes.length,
    made,
    hidden: isTree(result.net) ? [] : config.hidden,
    tree: isTree(result.net) ? treeSize(result.net.nodes) : null,
    threshold: result.net.threshold,
    heldOut: judgeHeldOut(request, result),
    permutation: luck,
  };
}

/** Options that are for one kind of model alone. @throws RequestError */
function checkKind(kind: ModelKind, { depth, permutations, resume, config = {} }: TrainFileOptions): void {
  if (kind === "network") {
    if (depth !== undefined) throw new RequestError("depth", "is for trees (kind tree)");
    return;
  }
  const { classWeights: _, threshold: __, ...network } = config;
  const given = Object.entries({
    ...network,
    permutations: permutations || undefined,
    resume: resume || undefined,
  });
  const [option] = given.find(([, value]) => value !== undefined) ?? [];
  const names: Record<string, string> = { learningRate: "lr", batchSize: "batch" };
  if (option !== undefined)
    throw new RequestError(names[option] ?? option, "is for networks, not for kind tree");
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
function permute(
  request: TrainRequest & { split: Split },
  models: number,
  seed: string,
): PermutationResult | null {
  if (models === 0) return null;
  return testByPermutation({ ...request, random: streams(seed) }, models, randomStream(seed, "permutation"));
}

/** The held-out rows are judged at once, so that no training ends without an honest number. */
function judgeHeldOut(request: TrainRequest, result: Trained): Evaluation | null {
  if (result.testRows.length === 0) return null;
  return evaluateModel(result.net, request.tables, request.target, {
    rows: result.testRows,
    baselines: result.baselines,
    fixed: isTree(result.net) ? quantiseTree(result.net) : quantise(result.net),
  });
}
