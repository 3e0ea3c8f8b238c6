import type { Observation } from "../../fidelity/observation.ts";
import { measuredLoop, rtAppInVirtualTime } from "../../kernel-bridge/benchmarks/rt-app.ts";
import { type Recording, recordInTurn } from "../../kernel-bridge/collect/record.ts";
import { findProgram } from "../../kernel-bridge/find-program.ts";
import { guestClock } from "../../kernel-bridge/guest/clock.ts";
import type { GuestTopology } from "../../kernel-bridge/guest/qemu-arguments.ts";
import { workloadTasks } from "../../lab/fidelity/workload-tasks.ts";
import { VERSION } from "../../lab/version.ts";
import { taskComm } from "../../sim/workload/comm.ts";
import { InputError } from "../../traces/input-error.ts";
import { schedstatBetween } from "../../traces/schedstat.ts";
import { imageOf } from "../kernel/images.ts";
import { note } from "../output.ts";

export interface RecordedFile {
  path: string;
  seconds: number;
}

export interface Boots {
  topology: GuestTopology;
  migrationCostNs: number;
  boots: number;
  /** Of the host's time, for one boot. */
  timeLimit: number;
}

/**
 * Runs the files one after another in each of some boots in virtual time; by file, an observation of each boot. All that they need is in
 * the guest's memory: while a guest waits for the host all its CPUs are idle, and its time then leaps from timer to timer.
 */
export async function recordedObservations(
  files: readonly RecordedFile[],
  { topology, migrationCostNs, boots, timeLimit }: Boots,
): Promise<Observation[][]> {
  const { bzImage } = await imageOf("patched");
  const paths = files.map(({ path }) => path);
  const { setup, parts } = rtAppInVirtualTime(paths.map((path) => ({ path, groups: groupsOf(path) })));
  const observations: Observation[][] = files.map(() => []);
  for (let boot = 1; boot <= boots; boot++) {
    note(`boot ${boot} of ${boots}`);
    let output = "";
    const recordings = await recordInTurn(
      {
        collector: "tracepoint",
        bzImage,
        setup,
        repeatable: [...paths, findProgram("rt-app") ?? "rt-app"],
        topology,
        clock: guestClock({ clock: "virtual", seed: boot }),
        migrationCostNs,
        timeLimit,
        tool: `nicetries ${VERSION}`,
        say: note,
        onOutput: (chunk) => {
          output += chunk;
        },
      },
      parts.map((part, i) => ({ ...part, duration: files[i]!.seconds, workload: part.name })),
    );
    recordings.forEach((recording, i) => {
      if (recording.exitCode !== 0)
        throw new InputError("rt-app does not run this file", {
          file: paths[i],
          found: `exit code ${recording.exitCode}: ${output.trim().split("\n").slice(-2).join(" / ")}`,
          expected: `that it runs for ${files[i]!.seconds} s`,
        });
      recording.table.meta.notes.rtAppLoopNs = String(measuredLoop(output));
      observations[i]!.push(observationOf(recording));
    });
  }
  return observations;
}

/** The control groups of a file's tasks. */
function groupsOf(path: string): Map<string, string> {
  const tasks = workloadTasks(path);
  return new Map(tasks.flatMap(({ name, group }) => (group === undefined ? [] : [[taskComm(name), group]])));
}

/** A recording as the comparison takes it. */
function observationOf({ table, sidecar, seconds }: Recording): Observation {
  const counted = schedstatBetween(sidecar.before.schedstat, sidecar.after.schedstat);
  if (!counted) throw new Error("the patched kernel's /proc/schedstat is not of version 15");
  return {
    seconds,
    decisions: table,
    counted,
    own: { runNs: sidecar.after.own.run, waitNs: sidecar.after.own.wait },
    levels: sidecar.domains.map(({ name }) => name),
  };
}
