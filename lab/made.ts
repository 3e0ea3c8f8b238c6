/**
 * The one place that says how traces, models and verdicts were made (traces/made.ts).
 *
 *  M1. Whatever changes a result is named: equal records make equal results.
 *  M2. Files are named as shown-path.ts does, with the sha256 of their bytes; with a policy come the files that it imports.
 *  M3. An option that was not given does not stand there, but for those that every simulation has.
 */
import { existsSync, statSync } from "node:fs";
import { cardPath } from "../model/card-path.ts";
import type { ThresholdRule } from "../model/evaluation/threshold.ts";
import type { TrainerConfig } from "../model/trainer/config.ts";
import type { PresetName } from "../model/trainer/presets.ts";
import { HARDWARE_EFFECTS, type Hardware, type HardwareEffect } from "../sim/chip/hardware.ts";
import { DEFAULT_TOPOLOGY, TOPOLOGY_PRESETS } from "../sim/chip/topology-presets.ts";
import type { Tunables } from "../sim/core.ts";
import type { Json, Made } from "../traces/made.ts";
import { formatDuration } from "../traces/quantity.ts";
import type { Target } from "../traces/schema.ts";
import { fileSha256, sha256 } from "../traces/sha256.ts";
import { isFileName } from "./files/file-names.ts";
import { shownPath } from "./files/shown-path.ts";
import { importedFiles } from "./policy/imported-files.ts";
import { modelOfPolicy, policyFile } from "./policy/names.ts";
import type { RecordingChoice } from "./recording/choice.ts";
import { VERSION } from "./version.ts";

export const TOOL = `nicetries ${VERSION}`;

/** A file of a record. */
export type NamedFile = Readonly<Record<"name" | "sha256", string>>;

/** @param contents What was read, where the file cannot be read again, as a pipe. */
function fileOf(path: string, contents = ""): NamedFile {
  const again = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return { name: shownPath(path), sha256: again ? fileSha256(path) : sha256(contents) };
}

/** Without what is undefined or empty, in an order of its own: equal options make equal text. */
function given(values: Readonly<Record<string, unknown>>): Record<string, Json> {
  const isEmpty = (value: unknown) =>
    value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  const there = Object.entries(values).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(there.sort(([a], [b]) => (a < b ? -1 : 1))) as Record<string, Json>;
}

/** Everything that a simulation is asked for. */
export interface SimulationChoice {
  seed?: string;
  /** Preset, or what chip/open-chip.ts opens. */
  chip?: string;
  durationNs?: number;
  /** As --policy takes it. */
  policy?: string;
  /** Parameters of a model. */
  parameters?: Record<string, number>;
  /** What is replayed of a recording. */
  replay?: RecordingChoice;
  tunables?: Partial<Tunables>;
  hardware?: Partial<Hardware>;
  /** File that describes control groups (docs/workloads.md). */
  groups?: string;
  /** Each session has a control group of its own. */
  autogroup?: boolean;
  /** How often the kernel's own threads wake up, as a multiple of what the hardware says (default 0: there are none). */
  background?: number;
  /** Parts of the hardware model to switch off. */
  off?: readonly HardwareEffect[];
  /** File to write the run to as a scenario of docs/lockstep.md: what that cannot say is done otherwise. */
  asScenario?: string;
}

/** What a simulation was read from, beside its options. */
export interface SimulationInputs {
  sources: readonly string[];
  /** Of the workload: its text, and how long it runs by itself, ns. */
  definition: string;
  durationNs?: number;
  /** The chip as JSON. */
  chip: string;
}

/** The record of a simulation: all options but those that only name outputs. */
export function madeBySimulate(inputs: SimulationInputs, options: SimulationChoice): Made {
  const { chip = DEFAULT_TOPOLOGY, policy = "cfs", seed = "1", tunables = {}, off = [] } = options;
  const { cacheNiceTries, ...others } = tunables;
  const learned = modelOfPolicy(policy);
  const own = learned === undefined ? policyFile(policy) : undefined;
  const named = learned ?? own;
  const file = named?.path;
  const isPreset = Object.hasOwn(TOPOLOGY_PRESETS, chip);
  const workloadFiles = inputs.sources.filter((source) => existsSync(source) && isFileName(source));
  return {
    tool: TOOL,
    command: "simulate",
    workload: inputs.sources.map((source) => (workloadFiles.includes(source) ? shownPath(source) : source)),
    chip: isPreset ? chip : shownPath(chip),
    policy:
      file === undefined
        ? policy
        : `${learned ? `${learned.kind}:` : ""}${shownPath(file)}${named?.values ? `?${named.values}` : ""}`,
    seed,
    durationNs: options.durationNs ?? inputs.durationNs ?? null,
    ...given({
      parameters: given(options.parameters ?? {}),
      replay: replayRecord(options.replay ?? {}),
      niceTries: given(cacheNiceTries ?? {}),
      tunables: given(asOptions(others)),
      hardware: given(options.hardware ?? {}),
      groups: options.groups === undefined ? undefined : shownPath(options.groups),
      autogroup: options.autogroup || undefined,
      asScenario: options.asScenario !== undefined || undefined,
      background: options.background || undefined,
      off: Object.keys(HARDWARE_EFFECTS).filter((effect) => (off as readonly string[]).includes(effect)),
      files: [
        ...workloadFiles.map((path) => fileOf(path, inputs.definition)),
        ...(isPreset ? [] : [fileOf(chip, inputs.chip)]),
        ...(options.groups === undefined ? [] : [fileOf(options.groups)]),
        ...chipFiles(options.replay?.recordedOn),
        ...(file === undefined ? [] : [fileOf(file)]),
        ...(own === undefined ? [] : importedFiles(own.path).map((path) => fileOf(path))),
      ],
    }),
  };
}

/** The file of a recording's chip, where it is neither a preset nor none. */
const chipFiles = (chip = "none"): NamedFile[] =>
  chip === "none" || Object.hasOwn(TOPOLOGY_PRESETS, chip) ? [] : [fileOf(chip)];

/** What was chosen of a recording, as it is written at the command line. */
function replayRecord({ tasks, window, loop, recordedOn }: RecordingChoice): Record<string, Json> {
  const to = window && Number.isFinite(window.toNs) ? formatDuration(window.toNs) : "";
  const [file] = chipFiles(recordedOn);
  return given({
    tasks,
    window: window && `${formatDuration(window.fromNs)}..${to}`,
    loop: loop === Number.POSITIVE_INFINITY ? "forever" : loop,
    recordedOn: file?.name ?? recordedOn,
  });
}

/** Tunables as records hold them: flags are true or false. */
function asOptions(tunables: Partial<Tunables>): Record<string, Json> {
  const { newidleRandom, newidleCost: _, ...values } = tunables;
  return { ...values, ...(newidleRandom === null ? { newidleRandom: false } : {}) } as Record<string, Json>;
}

/** Everything that a model follows from, beside the traces. */
export interface TrainingChoice {
  target: Target;
  /** Default: best. */
  preset?: PresetName;
  /** Of initial weights, order and split (default "1"). */
  seed?: string;
  /** Which rows are held out, as model/split.ts reads it (default "time:0.8"). */
  split?: string;
  /** A set or columns, as model/feature-sets.ts reads them (default: the preset's). */
  features?: string;
  /** Changes to the preset. */
  config?: Partial<TrainerConfig>;
  preprocessing?: "thesis" | "honest";
  /** That of traces that do not say theirs, ns. */
  migrationCostNs?: number;
}

/** The record of a model: all options but those that leave the model as it is. */
export function madeByTrain(traces: readonly string[], options: TrainingChoice): Made {
  const { target, preset, seed, split, features, preprocessing, migrationCostNs } = options;
  const { learningRate: lr, batchSize: batch, ...config } = options.config ?? {};
  return {
    tool: TOOL,
    command: "train",
    traces: traces.map((path) => fileOf(path)),
    ...given({
      ...{ target, preset, seed, split, features, ...config, lr, batch },
      ...{ preprocessing, migrationCost: migrationCostNs },
    }),
  };
}

/** Everything that a verdict follows from, beside model and traces. */
export interface VerdictChoice {
  /** Judge by another target than the model's. */
  target?: Target;
  /** Judge only the rows that this split holds out, as model/split.ts reads it (default "none"). */
  split?: string;
  /** Cut elsewhere than the model does. */
  threshold?: ThresholdRule;
  /** Of split and resamples (default "1"). */
  seed?: string;
  /** Bootstrap resamples for the intervals (default 200; 0 for none). */
  resamples?: number;
  /** That of traces that do not say theirs, ns. */
  migrationCostNs?: number;
}

/** The record of a verdict. The training card beside the model has part in it: baselines and thresholds are its. */
export function madeByEvaluate(
  model: string,
  traces: readonly string[],
  { target, split, threshold, seed, resamples, migrationCostNs }: VerdictChoice,
): Made {
  const card = cardPath(model);
  return {
    tool: TOOL,
    command: "evaluate",
    model: fileOf(model),
    ...given({ card: existsSync(card) ? fileOf(card) : undefined }),
    traces: traces.map((path) => fileOf(path)),
    ...given({ target, split, threshold, seed, resamples, migrationCost: migrationCostNs }),
  };
}
