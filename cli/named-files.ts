import type { Command } from "commander";
import { isStandardOutput } from "../traces/standard-output.ts";
import { note } from "./output.ts";
import { UsageError } from "./report-failure.ts";
import { isFileWord, isNameOrFileWord, isOutputOption, looksLikeFile } from "./value-kinds.ts";

/** A file that the command line names. */
export interface NamedFile {
  /** The option, such as "--out"; undefined for an argument. */
  option: string | undefined;
  name: string;
  role: "input" | "output";
}

/** The files that a command was given, in arguments and options. */
export function namedFiles(command: Command): NamedFile[] {
  const given: [string | undefined, string, unknown][] = [
    ...command.registeredArguments.map((argument, i): [undefined, string, unknown] => [
      undefined,
      argument.name(),
      command.processedArgs[i],
    ]),
    ...command.options.map((option): [string | undefined, string, unknown] => [
      option.long,
      /[<[]([^>\].]+)/.exec(option.flags)?.[1] ?? "",
      command.getOptionValue(option.attributeName()),
    ]),
  ];
  return given.flatMap(([option, word, value]) =>
    [value]
      .flat()
      .filter((name): name is string => typeof name === "string" && name !== "")
      .filter((name) => isFileWord(word) || (isNameOrFileWord(word) && looksLikeFile(name)))
      .map((name) => ({ option, name, role: isOutputOption(option ?? "") ? "output" : "input" })),
  );
}

/**
 * Refuses files that the shell has made standard output: what is read from one is gone, and what is written to one by its
 * name replaces what is printed. A metadata file, card or dump of that name beside an input is not read, and named.
 * @throws UsageError
 */
export function refuseStandardOutput(command: Command): void {
  for (const { option, name, role } of namedFiles(command)) {
    if (role === "output") {
      refuseToReplaceStandardOutput(name, option);
      continue;
    }
    if (isStandardOutput(name === "-" ? "/dev/stdin" : name))
      throw new UsageError(
        `${name} is to be read${option === undefined ? "" : ` (${option})`}, but standard output goes to it (\`> ${name}\`, which empties it first): expected another file to print to`,
      );
    const beside = besideOf(name).find(([path]) => isStandardOutput(path));
    if (beside) note(`${beside[0]}: not read as the ${beside[1]} of ${name}, for standard output goes to it`);
  }
}

/** @throws UsageError where standard output goes to the file that is to be written, too: one would replace the other. */
export function refuseToReplaceStandardOutput(name: string, option = "--out"): void {
  if (isStandardOutput(name))
    throw new UsageError(
      `${option} ${name}: standard output goes to the same file: expected two. Leave \`> ${name}\` out, or print elsewhere.`,
    );
}

/** Names that commands look for beside an input. */
function besideOf(name: string): [path: string, what: string][] {
  const csv = /^(.*?)(\.csv|\.parquet)(\.gz)?$/.exec(name);
  if (csv) return [[`${csv[1]}.json`, "metadata file"]];
  if (name.endsWith(".nt")) return [[name.replace(/nt$/, "training.json"), "training card"]];
  return [];
}
