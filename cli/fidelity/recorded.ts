import type { Observation } from "../../fidelity/observation.ts";
import { rtAppInVirtualTime } from "../../kernel-bridge/benchmarks/rt-app.ts";
import { type Recording, recordInTurn } from "../../kernel-bridge/collect/record.ts";
import { guestClock } from "../../kernel-bridge/guest/clock.ts";
import type { GuestTopology } from "../../kernel-bridge/guest/qemu-arguments.ts";
import { VERSION } from "../../lab/version.ts";
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

/** Runs the files one after another in each of some boots in virtual time; by file, an observation of each boot. */
export async function recordedObservations(
  files: readonly RecordedFile[],
  { topology, migrationCostNs, boots, timeLimit }: Boots,
): Promise<Observation[][]> {
  const { bzImage } = await imageOf("patched");
  const { setup, parts } = rtAppInVirtualTime(files.map(({ path }) => path));
  const observations: Observation[][] = files.map(() => []);
  for (let boot = 1; boot <= boots; boot++) {
    note(`boot ${boot} of ${boots}`);
    const recordings = await recordInTurn(
      {
        collector: "tracepoint",
        bzImage,
        setup,
        topology,
        clock: guestClock({ clock: "virtual", seed: boot }),
        migrationCostNs,
        timeLimit,
        tool: `nicetries ${VERSION}`,
        say: note,
      },
      parts.map((part, i) => ({ ...part, duration: files[i]!.seconds, workload: part.name })),
    );
    recordings.forEach((recording, i) => {
      observations[i]!.push(observationOf(recording));
    });
  }
  return observations;
}

/** A recording as the comparison takes it. */
function observationOf({ table, sidecar, seconds }: Recording): Observation {
  const counted = schedstatBetween(sidecar.before.schedstat, sidecar.after.schedstat);
  if (!counted) throw new Error("the patched kernel's /proc/schedstat is not of version 15");
  return {
    seconds,
    decisions: table,
    counted,
    levels: sidecar.domains.map(({ name }) => name),
  };
}
