import { mkdirSync } from "node:fs";
import { join } from "node:path";
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
import { note, print, printJson } from "../output.ts";
import { type RecordedFile, recordedObservations } from "./recorded.ts";
import { fidelityText } from "./text.ts";

/** The options of `nicetries fidelity`. */
export interface FidelityFlags {
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

/** Does what `nicetries fidelity` was asked for. */
export async function fidelity(paths: readonly string[], flags: FidelityFlags): Promise<void> {
  const results = wantsStored(flags)
    ? paths.map((path) => stored(path, flags))
    : await measured(paths, flags);
  if (flags.out !== undefined) for (const result of results) save(flags.out, result);
  if (flags.json) printJson(results.length === 1 ? results[0] : results);
  else print(`${results.map(fidelityText).join("\n\n")}\n`);
  if (!results.every(isFaithful)) process.exitCode = 1;
}

const read = (path: string): string => readBoundedText(path, MAX_TEXT, "an rt-app file");

/** Asked for, or nothing else is possible. */
function wantsStored({ stored }: FidelityFlags): boolean {
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

function stored(path: string, { topology }: FidelityFlags): FidelityResult {
  const found = storedResult(read(path), topology);
  if (found) return found;
  throw new InputError("there is no stored comparison of this file", {
    file: path,
    found: `a file that none was made of on ${topology}`,
    expected: "one of those in docs/fidelity.md, unchanged",
    hint: "Without --stored it is compared now, where a kernel in virtual time can run",
  });
}

async function measured(paths: readonly string[], flags: FidelityFlags): Promise<FidelityResult[]> {
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
