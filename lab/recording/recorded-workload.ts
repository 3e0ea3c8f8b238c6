import { type Hardware, type HardwareEffect, hardware as resolveHardware } from "../../sim/chip/hardware.ts";
import type { Topology } from "../../sim/chip/topology.ts";
import type { Workload } from "../../sim/workload/programme.ts";
import type { ReplayTask } from "../../sim/workload/replay/replay.ts";
import { chosenTasks, type ReplayChoice, replayWorkload } from "../../sim/workload/replay/workload.ts";
import { ofOption, RequestError } from "../../traces/input-error.ts";
import { fileSha256 } from "../../traces/sha256.ts";
import { openChip } from "../sources.ts";
import { pathOfCalls } from "./calls-beside.ts";
import { type RecordingChoice, refuseChoice } from "./choice.ts";
import { taskChooser } from "./choose-tasks.ts";
import {
  type ReadRecording,
  readRecording,
  recordingAt,
  recordingNotes,
  replayNotes,
} from "./read-recording.ts";

/** A recording that was read, and those of its tasks that take part. */
export interface ChosenRecording extends ReadRecording {
  chosen: readonly (ReplayTask | undefined)[];
  notes: string[];
}

/**
 * Reads the recording among the sources of a workload; undefined where there is none.
 * @throws InputError; RequestError for a recording among other files, and for choices where there is none
 */
export async function openChosenRecording(
  sources: readonly string[],
  choice: RecordingChoice,
  simulated: Topology,
  hardware: Readonly<Hardware>,
): Promise<ChosenRecording | undefined> {
  const recordings = sources.flatMap((source) => recordingAt(source) ?? []);
  if (recordings.length === 0) {
    refuseChoice(choice);
    return undefined;
  }
  if (sources.length > 1)
    throw new RequestError("workload", "needs one recording: only rt-app files can be merged");
  const { recordedOn, window } = choice;
  const chosen = choice.tasks === undefined ? undefined : taskChooser(choice.tasks);
  const machine =
    recordedOn === undefined
      ? simulated
      : recordedOn === "none"
        ? undefined
        : ofOption("recordedOn", () => openChip(recordedOn, "recordedOn"));
  const read = await readRecording(recordings[0], { hardware, recordedOn: machine, window });
  const tasks = chosenTasks(read.replay, { chosen }, read.path);
  const notes = [...recordingNotes(read), ...replayNotes({ ...read.replay, tasks }, read.oneStream)];
  if (chosen !== undefined)
    notes.push("wake-ups and CPU time of these notes are those of all tasks, not only of the chosen ones");
  if (read.summary.cpus > simulated.cpus.length)
    notes.push(
      `the recording has ${read.summary.cpus} CPUs, ${simulated.name} has ${simulated.cpus.length}: threads bound to the others run anywhere`,
    );
  return { ...read, chosen: tasks, notes };
}

/** The workload of a recording. */
export function recordedWorkload(recording: ChosenRecording, { loop, ...choice }: RecordingChoice): Workload {
  const { replay, path, chosen, notes } = recording;
  const replayed: ReplayChoice = { chosen: (task) => chosen[task.index] !== undefined, loops: loop };
  const beside = pathOfCalls(path);
  const calls = beside === undefined ? {} : { calls: fileSha256(beside) };
  const definition = JSON.stringify({
    recording: fileSha256(path),
    ...calls,
    ...choice,
    loop: String(loop ?? 1),
  });
  return replayWorkload(replay, replayed, { name: path, definition, notes });
}

export const hardwareOf = (values?: Partial<Hardware>, off?: readonly HardwareEffect[]): Hardware =>
  ofOption("hardware", () => resolveHardware(values, off));
