/**
 * The one place that says how traces, models and verdicts were made (traces/made.ts).
 *
 *  M1. Whatever changes a result is named: equal records make equal results.
 *  M2. Files are named as shown-path.ts does, with the sha256 of their bytes; what they load themselves is not looked into.
 *  M3. An option that was not given does not stand there, but for those that every simulation has.
 */
import { existsSync, statSync } from "node:fs";
import { shellWords } from "../kernel-bridge/guest/shell-words.ts";
import { cardPath } from "../model/training-card.ts";
import { HARDWARE_EFFECTS, type Hardware, type HardwareEffect } from "../sim/chip/hardware.ts";
import { DEFAULT_TOPOLOGY, TOPOLOGY_PRESETS } from "../sim/chip/topology-presets.ts";
import type { Tunables } from "../sim/core.ts";
import type { Json, Made } from "../traces/made.ts";
import { formatDuration } from "../traces/quantity.ts";
import { fileSha256, sha256 } from "../traces/sha256.ts";
import { shownPath } from "./shown-path.ts";
import { isFileName } from "./simulate/file-names.ts";
import { policyFile } from "./simulate/policies.ts";
import { VERSION } from "./version.ts";

const TOOL = `nicetries ${VERSION}`;

type NamedFile = Readonly<Record<"name" | "sha256", string>>;

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
  /** Preset, or what cli/chip/open-chip.ts opens. */
  chip?: string;
  durationNs?: number;
  /** As --policy takes it. */
  policy?: string;
  /** Parameters of a model. */
  parameters?: Record<string, number>;
  tunables?: Partial<Tunables>;
  hardware?: Partial<Hardware>;
  /** Parts of the hardware model to switch off. */
  off?: readonly HardwareEffect[];
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
  const [, kind = "", learned] = /^(model:|premigrate:)(.+)$/.exec(policy) ?? [];
  const own = learned === undefined ? policyFile(policy) : undefined;
  const file = learned ?? own?.path;
  const isPreset = Object.hasOwn(TOPOLOGY_PRESETS, chip);
  const workloadFiles = inputs.sources.filter((source) => existsSync(source) && isFileName(source));
  return {
    tool: TOOL,
    command: "simulate",
    workload: inputs.sources.map((source) => (workloadFiles.includes(source) ? shownPath(source) : source)),
    chip: isPreset ? chip : shownPath(chip),
    policy: file === undefined ? policy : `${kind}${shownPath(file)}${own?.values ? `?${own.values}` : ""}`,
    seed,
    durationNs: options.durationNs ?? inputs.durationNs ?? null,
    ...given({
      parameters: given(options.parameters ?? {}),
      niceTries: given(cacheNiceTries ?? {}),
      tunables: given(asOptions(others)),
      hardware: given(options.hardware ?? {}),
      off: Object.keys(HARDWARE_EFFECTS).filter((effect) => (off as readonly string[]).includes(effect)),
      files: [
        ...workloadFiles.map((path) => fileOf(path, inputs.definition)),
        ...(isPreset ? [] : [fileOf(chip, inputs.chip)]),
        ...(file === undefined ? [] : [fileOf(file)]),
      ],
    }),
  };
}

/** Tunables by what --tunable takes: flags are true or false. */
function asOptions(tunables: Partial<Tunables>): Record<string, Json> {
  const { newidleRandom, newidleCost: _, ...values } = tunables;
  return { ...values, ...(newidleRandom === null ? { newidleRandom: false } : {}) } as Record<string, Json>;
}

/** Options of `train` that leave the model as it is. */
const NOT_OF_THE_MODEL: readonly string[] = ["out", "json", "resume", "permutations"];

/** The record of a model. */
export function madeByTrain(traces: readonly string[], options: object): Made {
  const rest = Object.entries(options).filter(([name]) => !NOT_OF_THE_MODEL.includes(name));
  return {
    tool: TOOL,
    command: "train",
    traces: traces.map((path) => fileOf(path)),
    ...given(Object.fromEntries(rest)),
  };
}

/** Options of `evaluate` that only say what to show. */
const NOT_OF_THE_VERDICT: readonly string[] = ["json", "reasons"];

/** The record of a verdict. The training card beside the model has part in it: baselines and thresholds are its. */
export function madeByEvaluate(model: string, traces: readonly string[], options: object): Made {
  const rest = Object.fromEntries(
    Object.entries(options).filter(([name]) => !NOT_OF_THE_VERDICT.includes(name)),
  );
  const card = cardPath(model);
  return {
    tool: TOOL,
    command: "evaluate",
    model: fileOf(model),
    ...given({ card: existsSync(card) ? fileOf(card) : undefined }),
    traces: traces.map((path) => fileOf(path)),
    ...given(rest),
  };
}

/**
 * The words that make a simulation again, in a folder where its files have the names of the record; undefined for what is
 * no simulation, or of a version whose records say other things.
 */
export function simulateWords(made: Made): string[] | undefined {
  const { command, workload, chip, policy, seed, durationNs, ...more } = made;
  if (command !== "simulate" || !isList(workload)) return undefined;
  if (typeof chip !== "string" || typeof policy !== "string" || typeof seed !== "string") return undefined;
  const pairs = (field: Json | undefined): [string, Json][] =>
    typeof field === "object" && field !== null && !Array.isArray(field) ? Object.entries(field) : [];
  const each = (option: string, field: Json | undefined) =>
    pairs(field).flatMap(([name, value]) => [
      option,
      `${name}=${typeof value === "boolean" ? Number(value) : value}`,
    ]);
  const { migrationCostNs, ...tunables } = Object.fromEntries(pairs(more.tunables));
  const tries = pairs(more.niceTries).map(([level, n]) => `${level}=${n}`);
  return [
    "simulate",
    ...workload.map((name) => (fileNames(more.files).includes(name) ? asFile(name) : name)),
    ...option("--chip", chip === DEFAULT_TOPOLOGY ? undefined : asFile(chip)),
    ...option("--policy", policy === "cfs" ? undefined : policy),
    ...option("--seed", seed === "1" ? undefined : seed),
    ...option("--duration", typeof durationNs === "number" ? formatDuration(durationNs) : undefined),
    ...each("--param", more.parameters),
    ...option("--nice-tries", tries.length > 0 ? tries.join(",") : undefined),
    ...option("--migration-cost", migrationCostNs === undefined ? undefined : String(migrationCostNs)),
    ...each("--tunable", tunables),
    ...each("--hardware", more.hardware),
    ...option("--off", isList(more.off) ? more.off.join(",") : undefined),
  ];
}

/** The line of shell that makes a simulation again. */
export function againBy(made: Made | undefined): string | undefined {
  const words = made && simulateWords(made);
  return words && shellWords(["nicetries", ...words]);
}

const isList = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === "string");

/** A value that begins as an option does is written behind `=`. */
const option = (name: string, value: string | undefined): string[] =>
  value === undefined ? [] : value.startsWith("-") ? [`${name}=${value}`] : [name, value];

const fileNames = (files: Json | undefined): unknown[] =>
  Array.isArray(files) ? files.map((file: unknown) => (file as NamedFile | null)?.name) : [];

/** A file without a folder and without an ending would be taken for a preset. */
const asFile = (chip: string): string =>
  Object.hasOwn(TOPOLOGY_PRESETS, chip) || isFileName(chip) ? chip : `./${chip}`;
