import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { compareSides, sideOfMetrics, verdictCounts } from "../../fidelity/compare.ts";
import { type Metric, ofDecisions } from "../../fidelity/metrics.ts";
import { ScheduleMeter } from "../../fidelity/schedule-meter.ts";
import { type Hardware, hardware } from "../../sim/chip/hardware.ts";
import type { Topology } from "../../sim/chip/topology.ts";
import type { Tunables } from "../../sim/core.ts";
import { simulateInTurns } from "../../sim/simulator.ts";
import type { Workload } from "../../sim/workload/programme.ts";
import { replayWorkload } from "../../sim/workload/replay/workload.ts";
import { readParquet } from "../../traces/parquet.ts";
import type { TraceTable } from "../../traces/schema.ts";
import { fileSha256 } from "../../traces/sha256.ts";
import { TableBuilder, takeRows } from "../../traces/table.ts";
import type { TimelineEvent } from "../../traces/timeline.ts";
import { type Claim, UNKNOWN_PID } from "../../traces/timelines/claim.ts";
import { History } from "../../traces/timelines/history.ts";
import type { Recording } from "../../traces/timelines/recording.ts";
import { type ReadRecording, readRecording, recordingNotes } from "../recording/read-recording.ts";
import type { RecordingVerdict } from "./recording-verdict.ts";

/** How recordings are compared with their replays. */
export interface ScheduleComparison {
  /** Chip that was recorded, and is simulated. */
  chip: Topology;
  migrationCostNs?: number;
  seeds: number;
  say?: (what: string) => void;
}

/** A recording that was read and measured. */
interface Measured {
  read: ReadRecording;
  meter: ScheduleMeter;
  workload: Workload;
  /** Its can_migrate_task() calls, where they lie beside it. */
  decisions?: TraceTable;
  costs: Hardware;
}

/**
 * Replays recordings of one workload (boots of it) on the chip they are of, unchanged, and compares the schedules: each metric over all
 * recordings with the same over all replays. The controls are replays that are wrong on purpose.
 * @throws InputError
 */
export async function judgeRecordings(
  recordings: readonly Recording[],
  comparison: ScheduleComparison,
): Promise<RecordingVerdict> {
  const { chip, seeds, say = () => {} } = comparison;
  const measured: Measured[] = [];
  for (const recording of recordings) measured.push(await measure(recording, chip));
  const names = [...new Set(measured.flatMap(({ meter }) => meter.names()))];
  const withDecisions = measured.every(({ decisions }) => decisions !== undefined);
  const metricsOf = (
    each: Measured,
    meter: ScheduleMeter,
    decisions: TraceTable | undefined,
    cpus: number,
  ) => {
    const { seconds } = each.read.summary;
    return [
      ...meter.metrics(seconds, cpus, names),
      ...(withDecisions && decisions ? ofDecisions({ seconds, decisions }) : []),
    ];
  };
  const real = sideOfMetrics(
    measured.map((each) => metricsOf(each, each.meter, each.decisions, chip.cpus.length)),
  );
  const replayed = async (
    runs: readonly Measured[],
    seed: string,
    on: Topology,
    tunables: Partial<Tunables> = {},
  ): Promise<Metric[][]> => {
    const all: Metric[][] = [];
    for (const each of runs) {
      const { meter, decisions } = await replay(each, on, seed, {
        ...(comparison.migrationCostNs === undefined ? {} : { migrationCostNs: comparison.migrationCostNs }),
        ...tunables,
      });
      all.push(metricsOf(each, meter, decisions, on.cpus.length));
    }
    return all;
  };
  const simulated: Metric[][] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    say(`replay ${seed} of ${seeds}`);
    simulated.push(...(await replayed(measured, String(seed), chip)));
  }
  say("controls");
  const differs = (wrong: Metric[][]) => verdictCounts(compareSides(sideOfMetrics(wrong), real)).differs;
  const first = measured.slice(0, 1);
  const controls = [
    {
      name: "balancing moves nothing",
      differs: differs(await replayed(first, "1", chip, { nrMigrate: 0 })),
    },
    { name: "half of the CPUs", differs: differs(await replayed(first, "1", halfOf(chip))) },
  ];
  return {
    recordings: measured.map(({ read }) => read.path),
    sha256: measured.map(({ read }) => fileSha256(read.path)),
    chip: chip.name,
    seeds,
    seconds: measured.map(({ read }) => read.summary.seconds),
    virtualTime: measured.every(({ costs }) => costs.oneStream === 1),
    decisions: withDecisions,
    metrics: compareSides(sideOfMetrics(simulated), real).map(({ real: recorded, ...rest }) => ({
      ...rest,
      recorded,
    })),
    control: { failed: controls.every((control) => control.differs > 0), controls },
    notes: [...new Set(measured.flatMap(({ read }) => recordingNotes(read)))],
  };
}

/** A machine in virtual time has one stream of instructions for all CPUs, no caches, and no costs but instructions. */
const VIRTUAL = hardware({ oneStream: 1 }, ["smt", "cache", "costs", "inference"]);

async function measure(recording: Recording, chip: Topology): Promise<Measured> {
  const costs = recording.virtualTime ? VIRTUAL : hardware();
  const meter = new ScheduleMeter();
  const read = await readRecording(recording, { hardware: costs, recordedOn: chip, also: meter });
  const about = { name: recording.path, definition: "", notes: [] };
  const beside = recording.path.replace(/(\.(ftrace|txt|pftrace|html))?(\.gz)?$/, ".parquet");
  return {
    read,
    meter,
    costs,
    workload: replayWorkload(read.replay, {}, about),
    decisions: existsSync(beside) ? meanwhile(await readParquet(beside), recording, read) : undefined,
  };
}

/** The calls between the first event of the schedule and its last. */
function meanwhile(calls: TraceTable, { startNs }: Recording, { replay }: ReadRecording): TraceTable {
  if (startNs === undefined) return calls;
  const { ts } = calls.numeric;
  const rows = Array.from(ts.keys()).filter((i) => ts[i]! >= startNs && ts[i]! <= startNs + replay.lengthNs);
  return takeRows(calls, rows);
}

async function replay(
  { read, workload, costs }: Measured,
  topology: Topology,
  seed: string,
  tunables: Partial<Tunables>,
): Promise<{ meter: ScheduleMeter; decisions: TraceTable }> {
  const meter = new ScheduleMeter();
  const history = new History(meter);
  const rows = new TableBuilder();
  await simulateInTurns(
    {
      workload,
      topology,
      seed,
      durationNs: read.replay.lengthNs,
      tunables,
      hardware: costs,
      onDecision: (row) => rows.append(row),
      onTimeline: (event) => {
        const claim = claimOf(event);
        if (claim) history.add(claim);
      },
    },
    setImmediate,
  );
  history.end();
  return { meter, decisions: rows.toTable() };
}

/** What a simulation tells, as a recording would. */
function claimOf(event: TimelineEvent): Claim | undefined {
  return event.type === "decision" || event.type === "group" ? undefined : { ...event, account: UNKNOWN_PID };
}

/** The first half of a chip's CPUs, as a chip; one CPU stays one. */
const halfOf = (chip: Topology): Topology => ({
  ...chip,
  name: `half of ${chip.name}`,
  cpus: chip.cpus.slice(0, Math.max(1, chip.cpus.length >> 1)),
});
