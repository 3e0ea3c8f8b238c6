import type { Argument, Command, Option } from "commander";
import { BENCHMARKS } from "../../kernel-bridge/benchmarks/benchmarks.ts";
import { POLICY_NAMES } from "../../lab/policy/names.ts";
import { LEVELS, TUNABLES } from "../../lab/tunables.ts";
import { THRESHOLD_METRICS } from "../../model/evaluation/threshold.ts";
import { FEATURE_SETS } from "../../model/feature-sets.ts";
import { HARDWARE_EFFECTS, HARDWARE_PARAMETERS } from "../../sim/chip/hardware.ts";
import { TOPOLOGY_PRESETS } from "../../sim/chip/topology-presets.ts";
import { SCENARIO_KINDS } from "../../sim/lockstep/kinds.ts";
import { MODELS } from "../../sim/workload/models/catalogue.ts";
import { isFileWord, isNameOrFileWord } from "../value-kinds.ts";

/** What can stand for a value on the command line. Words that end in "=" or ":" are gone on with. */
export interface Completions {
  words: readonly string[];
  files: boolean;
}

const ending = (end: string, names: readonly string[]): string[] => names.map((name) => `${name}${end}`);
const keys = (object: object): string[] => Object.keys(object);

/** Words by what stands for the value in the help. */
const BY_WORD: Readonly<Record<string, () => readonly string[]>> = {
  chip: () => keys(TOPOLOGY_PRESETS),
  policy: () => POLICY_NAMES,
  workload: () => MODELS.map((model) => model.name),
  parts: () => keys(HARDWARE_EFFECTS),
  split: () => ["none", "time:", "run:", "random:", "seed:", "workload:"],
  "kind:seed": () => ending(":", keys(SCENARIO_KINDS)),
  "kind:seeds": () => ending(":", ["all", ...keys(SCENARIO_KINDS)]),
};

/** Words of single options. */
const BY_OPTION: Readonly<Record<string, () => readonly string[]>> = {
  "--param": () => ending("=", [...new Set(MODELS.flatMap((model) => keys(model.parameters)))]),
  "--hardware": () => ending("=", keys(HARDWARE_PARAMETERS)),
  "--tunable": () => ending("=", keys(TUNABLES)),
  "--nice-tries": () => ending("=", LEVELS),
  "--benchmark": () => keys(BENCHMARKS),
  "--workloads": () => keys(BENCHMARKS),
  "--features": () => keys(FEATURE_SETS),
  "--threshold": () => ["none", ...THRESHOLD_METRICS, "cost:"],
  "--match": () => ["comm=", "cgroup="],
};

/** What can stand for an option's value; undefined for an option without one. */
export function optionValues(option: Option): Completions | undefined {
  const word = wordOf(option);
  if (word === undefined) return undefined;
  const named = option.argChoices ?? BY_OPTION[option.long ?? ""]?.();
  return valuesOf(word, named);
}

export const argumentValues = (argument: Argument): Completions =>
  valuesOf(argument.name(), argument.argChoices);

function valuesOf(word: string, named: readonly string[] | undefined): Completions {
  const words = named ?? BY_WORD[word]?.() ?? [];
  return { words, files: isFileWord(word) || isNameOrFileWord(word) || word === "command" };
}

/** "file" of "-o, --out <file>". */
export const wordOf = (option: Option): string | undefined => /<([^>]+)>/.exec(option.flags)?.[1];

/** A command of the tree, with the words that lead to it. */
export interface CommandWords {
  path: string;
  command: Command;
}

/** All commands, the program itself first, whose path is empty. */
export function commandTree(command: Command, path = ""): CommandWords[] {
  const below = command.commands.flatMap((each) => commandTree(each, `${path} ${each.name()}`.trim()));
  return [{ path, command }, ...below];
}

/** The options of a command in the help, without those that stand there twice. */
export const visibleOptions = (command: Command): Option[] => [
  ...command.createHelp().visibleOptions(command),
];
