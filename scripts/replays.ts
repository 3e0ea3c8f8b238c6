/**
 * How near replays of the recorded schedules come, kept in docs/replays.json for the table in docs/recordings.md (`npm run generate`):
 *
 *   npx tsx scripts/replays.ts && npm run generate
 */
import { readdirSync, readFileSync } from "node:fs";
import { type Range, verdictCounts } from "../fidelity/compare.ts";
import { judgeRecordings } from "../lab/fidelity/recorded-schedules.ts";
import { recordingAt } from "../lab/recording/read-recording.ts";
import { presetTopology } from "../sim/chip/topology-presets.ts";
import { writeFileAtomic } from "../traces/atomic-file.ts";

const PATH = new URL("../docs/replays.json", import.meta.url);
const FOLDER = "traces/schedules";
const HELD_OUT = `${FOLDER}/held-out`;

/** Of the replays of each recording. */
const SEEDS = 4;

/** What is shown of one workload, recordings of it against the replays of each. */
export interface ShownReplays {
  workload: string;
  /** What was recorded, by the seed of the machine that booted. */
  boots: number[];
  /** Nobody looked at them before the replay was finished. */
  heldOut: boolean;
  seeds: number;
  agrees: number;
  differs: number;
  cannotTell: number;
  /** Metrics in which each control differs. */
  controls: number[];
  differing: { name: string; recorded: Range; simulated: Range }[];
}

export const shownReplays = (): ShownReplays[] => JSON.parse(readFileSync(PATH, "utf8"));

/** The workloads of a folder, by the files of their recordings. */
export function recordedWorkloads(folder = FOLDER): Map<string, string[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith(".ftrace.gz"));
  const byName = new Map<string, string[]>();
  for (const file of files.sort()) {
    const name = file.replace(/-\d+\.ftrace\.gz$/, "");
    byName.set(name, [...(byName.get(name) ?? []), `${folder}/${file}`]);
  }
  return byName;
}

/** All recordings of a workload against replays. */
export async function replaysOf(
  workload: string,
  paths: readonly string[],
  seeds: number,
): Promise<ShownReplays> {
  const recordings = paths.map((path) => recordingAt(path)!);
  const { metrics, control } = await judgeRecordings(recordings, {
    chip: presetTopology("i5-1035g1"),
    seeds,
  });
  const counts = verdictCounts(metrics);
  return {
    workload,
    boots: paths.map((path) => Number(/-(\d+)\.ftrace\.gz$/.exec(path)![1])),
    heldOut: paths.every((path) => path.startsWith(HELD_OUT)),
    seeds,
    agrees: counts.agrees,
    differs: counts.differs,
    cannotTell: counts["cannot tell"],
    controls: control.controls.map(({ differs }) => differs),
    differing: metrics.flatMap(({ name, recorded, simulated, verdict }) =>
      verdict === "differs" ? [{ name, recorded, simulated }] : [],
    ),
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const shown: ShownReplays[] = [];
  for (const [name, paths] of recordedWorkloads()) shown.push(await replaysOf(name, paths, SEEDS));
  for (const [name, paths] of recordedWorkloads(HELD_OUT))
    for (const some of [paths, ...paths.map((path) => [path])])
      shown.push(await replaysOf(name, some, SEEDS));
  writeFileAtomic(PATH.pathname, `${JSON.stringify(shown, null, 1)}\n`);
  console.log("docs/replays.json; npm run generate writes what is made of it");
}
