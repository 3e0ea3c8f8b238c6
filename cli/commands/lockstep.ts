import { statSync } from "node:fs";
import type { Command } from "commander";
import { chipName } from "../../lab/names.ts";
import type { Topology } from "../../sim/chip/topology.ts";
import { DEFAULT_TOPOLOGY, TOPOLOGY_PRESETS } from "../../sim/chip/topology-presets.ts";
import { compareScenario, type Difference } from "../../sim/lockstep/compare.ts";
import { runScenario } from "../../sim/lockstep/run.ts";
import { formatScenario, parseScenario } from "../../sim/lockstep/scenario.ts";
import { InputError } from "../../traces/input-error.ts";
import { findScenarios, type LockstepFile, readDump, readScenario } from "../lockstep-files.ts";
import { generated, kindsHelp, MAX_STEPS } from "../lockstep-generate.ts";
import { differenceText } from "../lockstep-text.ts";
import { countOption } from "../option-values.ts";
import { note, print, printJson } from "../output.ts";
import { progressBar } from "../progress.ts";
import { UsageError } from "../report-failure.ts";

interface Flags {
  generate?: string;
  steps?: number;
  expect?: string;
  chip: string;
  json?: boolean;
}

/** `nicetries lockstep`: runs scenarios on the scheduling core and compares with what the kernel did. */
export function register(command: Command): void {
  command
    .argument("[path]", "scenario FILE.scn, or a directory of them")
    .option("--expect <dump>", "dump to compare with, .txt or .txt.gz (default: the one beside the scenario)")
    .option(
      "--chip <chip>",
      `CPUs of the scenarios: ${Object.keys(TOPOLOGY_PRESETS).join(", ")}, or a file`,
      (text: string) => chipName(text),
      DEFAULT_TOPOLOGY,
    )
    .option("--generate <kind:seed>", "print a scenario made from a seed, such as mixed:7, and end")
    .option(
      "--steps <n>",
      "its number of steps (default: the kind's own)",
      countOption("--steps", 1, MAX_STEPS),
    )
    .option("--json", "print {scenarios, equal, fieldsCompared, firstDifference, withoutDump}")
    .addHelpText(
      "after",
      `
A single scenario without a dump is run and its own dump printed. An empty file, and the one that the output is
redirected to, are not taken for the dump beside it. Exit code 1: something differs, the dump beside a scenario is
empty, or a scenario of a directory has no dump to compare with, which is then named. Dumps of scenarios of your own are made by nicetries kernel
lockstep, on a real kernel's scheduler.

${kindsHelp()}

Examples:
  nicetries lockstep test/conformance/corpus/smt
  nicetries lockstep test/conformance/corpus/mc --chip 8x1 --json
  nicetries lockstep mine.scn > mine.txt
  nicetries lockstep --generate everything:7 > mine.scn
  nicetries lockstep mine.scn --expect kernel.txt.gz`,
    )
    .action(async (path: string | undefined, flags: Flags) => {
      if ((path === undefined) === (flags.generate === undefined))
        throw new UsageError("give either a path or --generate KIND:SEED");
      const { openChip } = await import("../../lab/sources.ts");
      if (path === undefined) printGenerated(flags, openChip(flags.chip));
      else run(path, flags, openChip(flags.chip));
    });
}

function run(path: string, flags: Flags, chip: Topology): void {
  const files = findScenarios(path);
  const isDirectory = statSync(path).isDirectory();
  if (flags.expect !== undefined && isDirectory) {
    throw new UsageError("--expect goes with one scenario; dumps of a directory lie beside its scenarios");
  }
  const dumpOf = (file: LockstepFile) => flags.expect ?? file.dump;
  if (flags.expect === undefined)
    for (const { passedOver } of files) if (passedOver !== null) note(`${passedOver}: not taken for a dump`);
  if (!isDirectory && dumpOf(files[0]) === null) {
    if (flags.json) {
      throw new UsageError(`${path} has no dump to compare with: give one by --expect, or leave out --json`);
    }
    if (files[0].passedOver !== null) note(`${path} is run, and its own dump printed`);
    printDump(files[0].path, chip);
    if (files[0].emptyDump) process.exitCode = 1;
    return;
  }

  const progress = progressBar("lockstep");
  const total = { scenarios: 0, equal: 0, fieldsCompared: 0 };
  let firstDifference: Difference | null = null;
  const missing: string[] = [];
  try {
    files.forEach((file, i) => {
      progress.update(i, files.length, file.name);
      const scenario = parseScenario(readScenario(file.path), file.path, chip.cpus.length);
      const dump = dumpOf(file);
      if (dump === null) {
        missing.push(file.path);
        return;
      }
      const result = compareScenario(file.name, scenario, chip, readDump(dump));
      total.scenarios++;
      total.fieldsCompared += result.fieldsCompared;
      if (result.equal) total.equal++;
      else firstDifference ??= result.difference;
    });
  } finally {
    progress.stop();
  }
  if (total.scenarios === 0) {
    throw new InputError("no scenario here has a dump", { file: path, expected: "NAME.txt.gz or NAME.txt" });
  }
  for (const file of missing)
    note(`${file}: not compared, there is no dump beside it (NAME.txt.gz or NAME.txt)`);
  if (total.equal < total.scenarios || missing.length > 0) process.exitCode = 1;
  if (flags.json) {
    printJson({ ...total, firstDifference, withoutDump: missing.length });
    return;
  }
  if (firstDifference !== null) print(`${differenceText(firstDifference)}\n`);
  const { equal, scenarios, fieldsCompared } = total;
  print(`${equal} of ${scenarios} scenarios equal on ${chip.name}, ${fieldsCompared} fields compared\n`);
}

function printGenerated({ generate, steps }: Flags, chip: Topology): void {
  const [first, ...more] = generated(generate!, chip.cpus.length, steps);
  if (more.length > 0) throw new UsageError("--generate prints one scenario: give one kind and one seed");
  print(formatScenario(first!.scenario));
}

function printDump(path: string, chip: Topology): void {
  const scenario = parseScenario(readScenario(path), path, chip.cpus.length);
  let buffer = "";
  runScenario(scenario, chip, (line) => {
    buffer += `${line}\n`;
    if (buffer.length > 1 << 16) {
      print(buffer);
      buffer = "";
    }
  });
  print(buffer);
}
