import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { type FidelityResult, isFaithful } from "../../fidelity/result.ts";
import { findProgram } from "../../kernel-bridge/find-program.ts";
import { virtualTimeQemu } from "../../kernel-bridge/guest/qemu.ts";
import { type GuestChipName, judge } from "../../lab/fidelity/judge.ts";
import { storedResult, workloadHash } from "../../lab/fidelity/stored.ts";
import { readBoundedText } from "../../lab/files/bounded-read.ts";
import { shownPath } from "../../lab/files/shown-path.ts";
import { openWorkload } from "../../lab/sources.ts";
import { VERSION } from "../../lab/version.ts";
import { MAX_TEXT } from "../../sim/workload/rtapp/parse.ts";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { InputError } from "../../traces/input-error.ts";
import { type RecordedFile, recordedObservations } from "../fidelity/recorded.ts";
import { fidelityText } from "../fidelity/text.ts";
import * as option from "../kernel/options.ts";
import { countOption, secondsOption, timeHelp } from "../option-values.ts";
import { note, print, printJson } from "../output.ts";
import { MIGRATION_COST_HELP, parseMigrationCost } from "../simulate/options.ts";

interface Flags {
  topology: GuestChipName;
  boots: number;
  seeds: number;
  duration: number;
  migrationCost: number;
  timeLimit: number;
  stored?: boolean;
  out?: string;
  json?: boolean;
}

/** Of each side, of its own time. */
const SECONDS = 10;
/** A task is seldom cold by itself, so that hot and forced calls are there to be compared. */
const MIGRATION_COST_NS = 4_000_000;

/** `nicetries fidelity`: one workload on the simulator and on a real kernel in virtual time, metric by metric. */
export function register(command: Command): void {
  command
    .argument("<workload...>", "rt-app files; each is compared for itself")
    .addOption(option.topologyOption())
    .option("--boots <n>", "runs of the real kernel", countOption("--boots", 1, 20), 2)
    .option("--seeds <n>", "runs of the simulator", countOption("--seeds", 1, 100), 4)
    .addOption(
      new Option(
        "--duration <time>",
        `how long each run is, ${timeHelp("20s", "s")}; a file's own end comes first`,
      )
        .argParser(secondsOption("--duration"))
        .default(SECONDS, `${SECONDS}s`),
    )
    .addOption(
      new Option("--migration-cost <time>", `how long a task counts as hot, ${MIGRATION_COST_HELP}`)
        .argParser(parseMigrationCost)
        .default(MIGRATION_COST_NS, "4ms"),
    )
    .addOption(option.timeLimitOption("kill a guest that runs longer", 3600))
    .option("--stored", "show the comparison that comes with the tool; no kernel is needed")
    .option("-o, --out <folder>", "write each comparison there, as those that come with the tool are")
    .option(
      "--json",
      "print {workload, chip, boots, seeds, metrics, controls, ...}; of several files, a list",
    )
    .addHelpText(
      "after",
      `
The real side is Linux 6.1, patched and switched off, in QEMU (nicetries kernel doctor says what that needs); the files run one
after another in each boot. Chip, tunables, length and work are equal on both sides. The tolerances behind the verdicts stand in
docs/fidelity.md. Two simulations that are wrong on purpose must differ, or the comparison tells nothing.

Where no kernel can run, the stored comparison of the file is shown, if there is one. Exit code 1: a metric differs, or a
wrong simulation does not.

Examples:
  nicetries fidelity my-app.json
  nicetries fidelity my-app.json --topology 8x1 --boots 3 --json
  nicetries fidelity examples/fidelity/sleepers.json --stored`,
    )
    .action(async (paths: string[], flags: Flags) => {
      const results = wantsStored(flags)
        ? paths.map((path) => stored(path, flags))
        : await measured(paths, flags);
      if (flags.out !== undefined) for (const result of results) save(flags.out, result);
      if (flags.json) printJson(results.length === 1 ? results[0] : results);
      else print(`${results.map(fidelityText).join("\n\n")}\n`);
      if (!results.every(isFaithful)) process.exitCode = 1;
    });
}

const read = (path: string): string => readBoundedText(path, MAX_TEXT, "an rt-app file");

/** Asked for, or nothing else is possible. */
function wantsStored({ stored }: Flags): boolean {
  if (stored) return true;
  const missing = [
    ...(virtualTimeQemu() ? [] : ["a QEMU that has virtual time"]),
    ...(findProgram("rt-app") ? [] : ["rt-app"]),
  ];
  if (missing.length === 0) return false;
  note(
    `no real kernel can run here: ${missing.join(" and ")} is missing (nicetries kernel doctor); stored results are shown`,
  );
  return true;
}

function stored(path: string, { topology }: Flags): FidelityResult {
  const found = storedResult(read(path), topology);
  if (found) return found;
  throw new InputError("there is no stored comparison of this file", {
    file: path,
    found: `a file that none was made of on ${topology}`,
    expected: "one of those in docs/fidelity.md, unchanged",
    hint: "Without --stored it is compared now, where a kernel in virtual time can run",
  });
}

async function measured(paths: readonly string[], flags: Flags): Promise<FidelityResult[]> {
  const { topology, migrationCost, boots, seeds, timeLimit } = flags;
  const files = paths.map((path): RecordedFile & { text: string } => {
    const { durationNs = Number.POSITIVE_INFINITY } = openWorkload([path]);
    const seconds = Math.min(flags.duration, durationNs / 1e9);
    return { path, text: read(path), seconds };
  });
  const observed = await recordedObservations(files, {
    topology,
    migrationCostNs: migrationCost,
    boots,
    timeLimit,
  });
  const results: FidelityResult[] = [];
  for (const [i, { path, text, seconds }] of files.entries()) {
    note(`simulating ${shownPath(path)}`);
    const conditions = { chip: topology, migrationCostNs: migrationCost, seconds, seeds };
    const judged = await judge(path, conditions, observed[i]!);
    const { kernel, notes } = observed[i]![0]!.decisions.meta;
    results.push({
      workload: shownPath(path).replace(/^.*\//, ""),
      workloadHash: workloadHash(text),
      chip: topology,
      migrationCostNs: migrationCost,
      seconds,
      boots,
      seeds,
      ...judged,
      real: {
        kernel,
        clock: notes.clock!,
        instructionsPerSecond: notes.instructionsPerSecond ?? "",
        qemu: notes.qemu ?? "",
      },
      tool: `nicetries ${VERSION}`,
    });
  }
  return results;
}

function save(folder: string, result: FidelityResult): void {
  mkdirSync(folder, { recursive: true });
  const name = `${result.workload.replace(/\.(json|ya?ml)$/, "")}-${result.chip}.json`;
  writeFileAtomic(join(folder, name), `${JSON.stringify(result, null, 1)}\n`);
}
