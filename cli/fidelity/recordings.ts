import { verdictCounts } from "../../fidelity/compare.ts";
import type { ScheduleShape } from "../../fidelity/schedule-meter.ts";
import { judgeRecordings } from "../../lab/fidelity/recorded-schedules.ts";
import { isCredible, type RecordingVerdict } from "../../lab/fidelity/recording-verdict.ts";
import { shownPath } from "../../lab/files/shown-path.ts";
import { openChip } from "../../lab/sources.ts";
import { DEFAULT_TOPOLOGY } from "../../sim/chip/topology-presets.ts";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import type { Recording } from "../../traces/timelines/recording.ts";
import { note, print, printJson, textTable } from "../output.ts";
import { conclusion, controlLines, METRIC_HEADER, metricRow, spreadText, sums } from "./text.ts";

/** The options that recordings have. */
export interface RecordingFlags {
  chip?: string;
  seeds: number;
  /** ns; undefined: the kernel's own. */
  migrationCost?: number;
  json?: boolean;
  /** Where figures and tables go. */
  page?: string;
}

/** Compares recordings of one workload with their replays. */
export async function judge(recordings: readonly Recording[], flags: RecordingFlags): Promise<void> {
  const shapes: Record<"recorded" | "simulated", ScheduleShape[]> = { recorded: [], simulated: [] };
  const verdict = await judgeRecordings(recordings, {
    chip: openChip(flags.chip ?? DEFAULT_TOPOLOGY),
    migrationCostNs: flags.migrationCost,
    seeds: flags.seeds,
    say: note,
    onSchedule: (side, shape) => shapes[side].push(shape),
  });
  const shown = { ...verdict, recordings: verdict.recordings.map(shownPath) };
  if (flags.page !== undefined)
    writeFileAtomic(flags.page, (await import("./page.ts")).fidelityPage(shown, shapes));
  if (flags.json) printJson(shown);
  else print(`${recordingText(shown)}\n`);
  if (!isCredible(verdict)) process.exitCode = 1;
}

/** The verdict for people: a line for each metric that has events on either side, then the sums. */
export function recordingText(verdict: RecordingVerdict): string {
  const { recordings, chip, seeds, seconds, virtualTime, decisions, metrics, control } = verdict;
  const shown = metrics.filter(({ simulated, recorded }) => [...simulated, ...recorded].some((x) => x !== 0));
  return [
    `${recordings.join(", ")}: ${seconds.map((s) => s.toFixed(2)).join(", ")} s on ${chip}${virtualTime ? " in virtual time" : ""}, ${seeds} ${seeds === 1 ? "replay" : "replays"}${recordings.length > 1 ? " of each" : ""}`,
    ...verdict.notes,
    decisions
      ? "the calls recorded beside are compared, too"
      : "no calls (FILE.parquet) are beside: schedules alone are compared",
    spreadText(verdict),
    "",
    textTable(METRIC_HEADER, shown.map(metricRow)),
    "",
    sums(verdictCounts(metrics), metrics.length - shown.length),
    ...controlLines(control.controls),
    conclusion(verdict),
  ].join("\n");
}
