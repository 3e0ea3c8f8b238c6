import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { realSide } from "../../fidelity/compare.ts";
import type { Observation } from "../../fidelity/observation.ts";
import { type FidelityResult, isFaithful } from "../../fidelity/result.ts";
import { findProgram } from "../../kernel-bridge/find-program.ts";
import { virtualTimeQemu } from "../../kernel-bridge/guest/qemu.ts";
import { type Comparison, type GuestChipName, judge, recordedSide } from "../../lab/fidelity/judge.ts";
import { storedResult, workloadHash } from "../../lab/fidelity/stored.ts";
import { readBoundedText } from "../../lab/files/bounded-read.ts";
import { expectWritable, refuseReplacingInputs } from "../../lab/files/output-files.ts";
import { shownPath } from "../../lab/files/shown-path.ts";
import { withStandardInput } from "../../lab/files/standard-input.ts";
import { pathOfCalls } from "../../lab/recording/calls-beside.ts";
import { recordingAt } from "../../lab/recording/read-recording.ts";
import { openWorkload } from "../../lab/sources.ts";
import { VERSION } from "../../lab/version.ts";
import { MAX_TEXT } from "../../sim/workload/rtapp/parse.ts";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { InputError } from "../../traces/input-error.ts";
import { flagOf } from "../input-error-text.ts";
import { note, print, printJson } from "../output.ts";
import { UsageError } from "../report-failure.ts";
import { type RecordedFile, recordedObservations } from "./recorded.ts";
import { judge as judgeRecordings } from "./recordings.ts";
import { fidelityText } from "./text.ts";

/** The options of `nicetries fidelity`. */
export interface FidelityFlags {
  topology: GuestChipName;
  /** Of recordings. */
  chip?: string;
  boots: number;
  seeds: number;
  duration: number;
  migrationCost: number;
  timeLimit: number;
  stored?: boolean;
  resimulate?: boolean;
  out?: string;
  /** Of recordings. */
  page?: string;
  json?: boolean;
}

/** What a recording has no use for: nothing is recorded or stored, and it is as long as it is. */
const OF_RT_APP_FILES = [
  "topology",
  "boots",
  "duration",
  "timeLimit",
  "stored",
  "resimulate",
  "out",
] as const;

/** Does what `nicetries fidelity` was asked for. */
export const fidelity = (
  paths: readonly string[],
  flags: FidelityFlags,
  isGiven: (option: keyof FidelityFlags) => boolean,
): Promise<void> => withStandardInput(paths, (files) => fidelityOf(files, flags, isGiven));

async function fidelityOf(
  paths: readonly string[],
  flags: FidelityFlags,
  isGiven: (option: keyof FidelityFlags) => boolean,
): Promise<void> {
  const recordings = paths.flatMap((path) => recordingAt(path) ?? []);
  if (recordings.length > 0) {
    if (recordings.length < paths.length)
      throw new UsageError("give recordings of one workload or rt-app files, not both");
    const other = OF_RT_APP_FILES.find(isGiven);
    if (other !== undefined)
      throw new UsageError(
        `${flagOf(other)} is for rt-app files; of recordings --chip, --seeds, --migration-cost, --page and --json say how they are replayed`,
      );
    if (flags.page !== undefined) {
      const calls = recordings.flatMap(({ path }) => pathOfCalls(path) ?? []);
      const chip = flags.chip === undefined ? [] : [flags.chip];
      refuseReplacingInputs([flags.page], [...paths, ...calls, ...chip], "page");
      expectWritable([flags.page]);
    }
    const migrationCost = isGiven("migrationCost") ? flags.migrationCost : undefined;
    await judgeRecordings(recordings, { ...flags, migrationCost });
    return;
  }
  if (flags.chip !== undefined)
    throw new UsageError("--chip is for recordings; rt-app files run on --topology");
  if (flags.page !== undefined) throw new UsageError("--page is for recordings");
  const results = wantsStored(flags) ? await allStored(paths, flags) : await measured(paths, flags);
  if (flags.out !== undefined) for (const result of results) save(flags.out, result);
  if (flags.json) printJson(results.length === 1 ? results[0] : results);
  else print(`${results.map(fidelityText).join("\n\n")}\n`);
  if (!results.every(isFaithful)) process.exitCode = 1;
}

const read = (path: string): string => readBoundedText(path, MAX_TEXT, "an rt-app file");

/** Asked for, or nothing else is possible. */
function wantsStored({ stored, resimulate }: FidelityFlags): boolean {
  if (stored || resimulate) return true;
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

async function allStored(paths: readonly string[], flags: FidelityFlags): Promise<FidelityResult[]> {
  const results: FidelityResult[] = [];
  for (const path of paths) {
    const found = stored(path, flags);
    results.push(flags.resimulate ? await simulatedAnew(path, found, flags.seeds) : found);
  }
  return results;
}

/** The simulator as it is now, against the real side that was recorded then. */
async function simulatedAnew(path: string, found: FidelityResult, seeds: number): Promise<FidelityResult> {
  note(`simulating ${shownPath(path)}`);
  const { chip, migrationCostNs, seconds, metrics } = found;
  const conditions = { chip: chip as GuestChipName, migrationCostNs, seconds, seeds };
  const judged = await judge(path, conditions, realSide(metrics));
  return { ...found, seeds, ...judged, tool: `nicetries ${VERSION}` };
}

async function measured(paths: readonly string[], flags: FidelityFlags): Promise<FidelityResult[]> {
  const { topology, migrationCost, boots, seeds, timeLimit } = flags;
  const files = paths.map((path): RecordedFile => {
    const { durationNs = Number.POSITIVE_INFINITY } = openWorkload([path]);
    const seconds = Math.min(flags.duration, durationNs / 1e9);
    return { path, seconds };
  });
  const observed = await recordedObservations(files, {
    topology,
    migrationCostNs: migrationCost,
    boots,
    timeLimit,
  });
  const results: FidelityResult[] = [];
  for (const [i, { path, seconds }] of files.entries()) {
    note(`simulating ${shownPath(path)}`);
    results.push(
      await comparison(path, observed[i]!, {
        chip: topology,
        migrationCostNs: migrationCost,
        seconds,
        seeds,
      }),
    );
  }
  return results;
}

/** What was observed of a file in some boots, compared with the simulator. @throws InputError */
export async function comparison(
  path: string,
  observed: readonly Observation[],
  conditions: Comparison,
): Promise<FidelityResult> {
  const judged = await judge(path, conditions, recordedSide(path, observed));
  const metas = observed.map(({ decisions }) => decisions.meta);
  const { kernel, notes } = metas[0]!;
  return {
    workload: shownPath(path).replace(/^.*\//, ""),
    workloadHash: workloadHash(read(path)),
    ...conditions,
    boots: observed.length,
    ...judged,
    real: {
      kernel,
      clock: notes.clock!,
      instructionsPerSecond: notes.instructionsPerSecond ?? "",
      qemu: notes.qemu ?? "",
      rtAppLoopNs: metas.map((meta) => meta.notes.rtAppLoopNs).join(", "),
    },
    tool: `nicetries ${VERSION}`,
  };
}

export function save(folder: string, result: FidelityResult): void {
  mkdirSync(folder, { recursive: true });
  const name = `${result.workload.replace(/\.(json|ya?ml)$/, "")}-${result.chip}.json`;
  writeFileAtomic(join(folder, name), `${JSON.stringify(result, null, 1)}\n`);
}
