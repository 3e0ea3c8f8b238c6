import { verdictCounts } from "../../fidelity/compare.ts";
import { judgeRecordings } from "../../lab/fidelity/recorded-schedules.ts";
import { isCredible, type RecordingVerdict } from "../../lab/fidelity/recording-verdict.ts";
import { shownPath } from "../../lab/files/shown-path.ts";
import { openChip } from "../../lab/sources.ts";
import { DEFAULT_TOPOLOGY } from "../../sim/chip/topology-presets.ts";
import type { Recording } from "../../traces/timelines/recording.ts";
import { note, print, printJson, textTable } from "../output.ts";
import { controlLines, range, spread, sums } from "./text.ts";

/** The options that recordings have. */
export interface RecordingFlags {
  chip?: string;
  seeds: number;
  /** ns; undefined: the kernel's own. */
  migrationCost?: number;
  json?: boolean;
}

/** Compares recordings of one workload with their replays. */
export async function judge(recordings: readonly Recording[], flags: RecordingFlags): Promise<void> {
  const verdict = await judgeRecordings(recordings, {
    chip: openChip(flags.chip ?? DEFAULT_TOPOLOGY),
    migrationCostNs: flags.migrationCost,
    seeds: flags.seeds,
    say: note,
  });
  const shown = { ...verdict, recordings: verdict.recordings.map(shownPath) };
  if (flags.json) printJson(shown);
  else print(`${recordingText(shown)}\n`);
  if (!isCredible(verdict)) process.exitCode = 1;
}

/** The verdict for people: a line for each metric that has events on either side, then the sums. */
export function recordingText(verdict: RecordingVerdict): string {
  const { recordings, chip, seeds, seconds, virtualTime, decisions, metrics, control } = verdict;
  const shown = metrics.filter(({ simulated, recorded }) => [...simulated, ...recorded].some((x) => x !== 0));
  return [
    `${recordings.join(", ")}: ${seconds.map((s) => s.toFixed(2)).join(", ")} s on ${chip}${virtualTime ? " in virtual time" : ""}, ${seeds} replays of each`,
    ...verdict.notes,
    decisions
      ? "the calls recorded beside them are compared, too"
      : "no calls (FILE.parquet) are beside them: schedules alone are compared",
    textTable(
      ["metric", "recorded", "spread", "simulated", "verdict"],
      shown.map(({ name, simulated, recorded, verdict }) => [
        ...[name, range(recorded), `± ${spread(recorded)}`, range(simulated)],
        verdict,
      ]),
    ),
    sums(verdictCounts(metrics), metrics.length - shown.length),
    ...controlLines(control.controls),
    isCredible(verdict)
      ? "the replay is faithful within the tolerances"
      : "the replay is not faithful everywhere: compare replays with replays",
  ].join("\n");
}
