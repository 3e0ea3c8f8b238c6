import { isCopy, STANDARD_INPUT } from "../../lab/files/copy-of-standard-input.ts";
import { withStandardInput } from "../../lab/files/standard-input.ts";
import {
  type ChosenRecording,
  hardwareOf,
  openChosenRecording,
} from "../../lab/recording/recorded-workload.ts";
import { openChip } from "../../lab/sources.ts";
import { ms } from "../../sim/output/ms.ts";
import { rtAppText } from "../../sim/workload/replay/to-rtapp.ts";
import { openAtomic } from "../../traces/atomic-file.ts";
import { refuseNoRecording } from "../../traces/timelines/other-kinds.ts";
import { note, print, printJson, textTable } from "../output.ts";
import { expectExtension, refuseMixedOutput, refuseReplacingInputs } from "../output-files.ts";
import { UsageError } from "../report-failure.ts";

/** The options of `nicetries workload`. */
export interface WorkloadOptions {
  chip: string;
  recordedOn?: string;
  tasks?: string;
  window?: { fromNs: number; toNs: number };
  to?: "rt-app";
  out?: string;
  json?: boolean;
}

/** Does what `nicetries workload` was asked for. */
export const workload = (path: string, options: WorkloadOptions): Promise<void> =>
  withStandardInput([path], ([file]) => workloadOf(file!, options));

async function workloadOf(path: string, options: WorkloadOptions): Promise<void> {
  const { chip, out, to, json, ...choice } = options;
  if ((to === undefined) !== (out === undefined))
    throw new UsageError("--to rt-app and --out FILE go together: what to make, and where");
  if (out !== undefined) {
    expectExtension(out, ".json");
    refuseReplacingInputs([out], [path]);
    refuseMixedOutput(json, out);
  }
  const recording = await openChosenRecording([path], choice, openChip(chip), hardwareOf());
  if (!recording) refuseNoRecording(path);
  for (const text of recording.notes) note(text);
  if (out !== undefined) {
    const bytes = writeRtApp(out, recording);
    if (bytes > MOST_RT_APP)
      note(
        `${out} has ${(bytes / 2 ** 20).toFixed(0)} MiB; nicetries simulate reads rt-app files up to 16 MiB: choose a --window`,
      );
  }
  if (json) printJson(jsonOf(recording));
  else if (out === undefined) print(`${text(recording)}\n`);
}

/** What the reader of rt-app files takes, bytes. */
const MOST_RT_APP = 16 * 2 ** 20;

/** Returns the bytes written. */
function writeRtApp(path: string, { chosen, summary, replay, notes }: ChosenRecording): number {
  const file = openAtomic(path);
  const forked =
    replay.causes.fork > 0
      ? ["Forked tasks are threads from the start that wait for their parent: rt-app 1.0 cannot fork."]
      : [];
  let bytes = 0;
  try {
    const comments = [
      `Made by nicetries workload of a recording (${summary.format}, ${summary.seconds.toFixed(3)} s).`,
      ...notes,
      ...forked,
    ];
    for (const piece of rtAppText(chosen, comments)) {
      file.write(piece);
      bytes += Buffer.byteLength(piece);
    }
    file.commit();
  } catch (error) {
    file.abort();
    throw error;
  }
  return bytes;
}

/** Tasks as the recording counts them. */
function rows(recording: ChosenRecording) {
  const { lives, counts, chosen } = recording;
  return lives
    .filter((life) => chosen[life.index])
    .map((life) => ({
      pid: life.pid,
      comm: life.comm,
      prio: life.prio < 0 ? null : life.prio,
      runNs: life.runNs,
      waitNs: life.waitNs,
      switches: life.switches,
      wakeups: counts.wakings ? life.wakings + life.wakeups : life.wakeups,
      migrations: counts.moves ? life.moves : life.migrateEvents,
    }))
    .sort((a, b) => b.runNs - a.runNs || a.pid - b.pid);
}

function jsonOf(recording: ChosenRecording): unknown {
  const { summary, replay, notes } = recording;
  const { corrections, causes } = replay;
  return { recording: summary, corrections, causes, tasks: rows(recording), notes };
}

const SHOWN = 40;

function text(recording: ChosenRecording): string {
  const { summary: s, path, flaws } = recording;
  const lost = `${s.lost} events ${flaws.uncounted > 0 ? "known to be " : ""}lost${s.cut ? ", cut off at its end" : ""}`;
  const all = rows(recording);
  const more = all.length > SHOWN ? [`and ${all.length - SHOWN} more tasks (--json has all)`] : [];
  return [
    `${isCopy(path) ? STANDARD_INPUT : path}: ${s.format}, ${s.seconds.toFixed(3)} s on ${s.cpus} ${s.cpus === 1 ? "CPU" : "CPUs"}`,
    `${s.switches} switches, ${s.wakeups} wake-ups, ${s.migrations} migrations, ${lost}`,
    "",
    textTable(
      ["task", "pid", "prio", "run ms", "wait ms", "switches", "wake-ups", "migrations"],
      all
        .slice(0, SHOWN)
        .map((t) =>
          [t.comm, t.pid, t.prio ?? "?", ms(t.runNs), ms(t.waitNs), t.switches, t.wakeups, t.migrations].map(
            String,
          ),
        ),
    ),
    ...more,
  ].join("\n");
}
