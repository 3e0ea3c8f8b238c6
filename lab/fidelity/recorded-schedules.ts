import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { BLOCKS, blockOf, withErrors } from "../../fidelity/blocks.ts";
import { compareSides, recordedSideOf, sideOfMetrics, toleranceOf } from "../../fidelity/compare.ts";
import {
  controlOf,
  excused,
  hardlyBalanced,
  hardlyBusy,
  hardlyWaited,
  isFoundOut,
  stands,
} from "../../fidelity/control.ts";
import { type Metric, ofDecisions } from "../../fidelity/metrics.ts";
import { ScheduleMeter, type ScheduleShape } from "../../fidelity/schedule-meter.ts";
import { BALANCE_MOVES, BUSY_MEAN, WAITED } from "../../fidelity/schedule-tally.ts";
import { recordedGuestHardware } from "../../sim/chip/guest-costs.ts";
import { type Hardware, hardware } from "../../sim/chip/hardware.ts";
import type { Topology } from "../../sim/chip/topology.ts";
import type { Tunables } from "../../sim/core.ts";
import { simulateInTurns } from "../../sim/simulator.ts";
import type { Workload } from "../../sim/workload/programme.ts";
import { replayWorkload } from "../../sim/workload/replay/workload.ts";
import { InputError } from "../../traces/input-error.ts";
import type { TraceTable } from "../../traces/schema.ts";
import { fileSha256 } from "../../traces/sha256.ts";
import { TableBuilder, takeRows } from "../../traces/table.ts";
import type { TimelineEvent } from "../../traces/timeline.ts";
import { type Claim, UNKNOWN_PID } from "../../traces/timelines/claim.ts";
import { History } from "../../traces/timelines/history.ts";
import type { Recording } from "../../traces/timelines/recording.ts";
import { shownPath } from "../files/shown-path.ts";
import { callsBeside } from "../recording/calls-beside.ts";
import {
  type ReadRecording,
  readRecording,
  recordingNotes,
  replayNotes,
  tellHistory,
} from "../recording/read-recording.ts";
import type { RecordingVerdict } from "./recording-verdict.ts";

/** How recordings are compared with their replays. */
export interface ScheduleComparison {
  /** Chip that was recorded, and is simulated. */
  chip: Topology;
  migrationCostNs?: number;
  seeds: number;
  say?: (what: string) => void;
  /** Is told what each recording and each replay of one is like. */
  onSchedule?: (side: "recorded" | "simulated", shape: ScheduleShape) => void;
}

/** What is measured of a recording, or of a replay of one. */
interface Told {
  meter: ScheduleMeter;
  /** Its can_migrate_task() calls, where they are known, `ts` counted from its beginning. */
  decisions?: TraceTable;
}

/** A recording that was read and measured. */
interface Measured extends Told {
  read: ReadRecording;
  workload: Workload;
  costs: Hardware;
  /** So much of the time from its beginning is compared, ns. */
  comparedNs: number;
}

/** What is after that part of a recording is not compared: tasks that are ahead there have no recorded work left. */
const COMPARED = 0.9;

/**
 * Replays recordings of one workload (boots of it) on the chip they are of, unchanged, and compares the schedules: each metric over all
 * recordings with the same over all replays. The controls are replays of the first one that are wrong on purpose.
 * @throws InputError
 */
export async function judgeRecordings(
  recordings: readonly Recording[],
  comparison: ScheduleComparison,
): Promise<RecordingVerdict> {
  const { chip, seeds, say = () => {}, onSchedule = () => {} } = comparison;
  const sha256 = hashesOf(recordings);
  const measured: Measured[] = [];
  for (const recording of recordings) measured.push(await measure(recording, chip));
  const [first] = measured;
  if (!first) throw new RangeError("a comparison needs a recording");
  for (const { meter, comparedNs } of measured)
    onSchedule("recorded", meter.shape(comparedNs / 1e9, chip.cpus.length));
  const names = [...new Set(measured.flatMap(({ meter }) => meter.names()))];
  const withDecisions = measured.every(({ decisions }) => decisions !== undefined);
  const metricsOf = (comparedNs: number, { meter, decisions }: Told, cpus: number) => [
    ...meter.metrics(comparedNs / 1e9, cpus, names),
    ...(withDecisions && decisions ? metricsOfCalls(decisions, comparedNs) : []),
  ];
  const real = recordedSideOf(measured.map((each) => metricsOf(each.comparedNs, each, chip.cpus.length)));
  const { migrationCostNs } = comparison;
  const replayed = async (each: Measured, seed: string, on: Topology, wrong: Partial<Tunables> = {}) => {
    const tunables = { ...(migrationCostNs === undefined ? {} : { migrationCostNs }), ...wrong };
    const told = await replay(each, on, seed, tunables);
    return { metrics: metricsOf(each.comparedNs, told, on.cpus.length), told };
  };
  const simulated: Metric[][] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    say(`replay ${seed} of ${seeds}`);
    for (const each of measured) {
      const { metrics, told } = await replayed(each, String(seed), chip);
      simulated.push(metrics);
      onSchedule("simulated", told.meter.shape(each.comparedNs / 1e9, chip.cpus.length));
    }
  }
  const side = sideOfMetrics(simulated);
  say("controls");
  const unspoilt = sideOfMetrics(simulated.slice(0, 1));
  const spoilt = async (on: Topology, wrong: Partial<Tunables> = {}) =>
    sideOfMetrics([(await replayed(first, "1", on, wrong)).metrics]);
  const recorded = (wanted: string) => real.find(({ name }) => name === wanted)!;
  const controls = [
    excused(
      controlOf("balancing moves nothing", await spoilt(chip, { nrMigrate: 0 }), unspoilt, real),
      hardlyBalanced(recorded(BALANCE_MOVES)),
    ),
    chip.cpus.length > 1
      ? excused(
          controlOf("half of the CPUs", await spoilt(halfOf(chip)), unspoilt, real),
          hardlyBusy(recorded(BUSY_MEAN)),
        )
      : excused(
          controlOf("two CPUs", await spoilt(doubled(chip)), unspoilt, real),
          hardlyWaited(recorded(WAITED)),
        ),
  ];
  return {
    recordings: measured.map(({ read }) => read.path),
    sha256,
    chip: chip.name,
    seeds,
    seconds: measured.map(({ read }) => read.summary.seconds),
    virtualTime: measured.every(({ costs }) => costs.oneStream === 1),
    decisions: withDecisions,
    noise: measured.length === 1 ? "blocks" : "recordings",
    metrics: compareSides(side, real).map(({ real: recorded, ...rest }) => ({
      ...rest,
      recorded,
      tolerance: toleranceOf(side.find(({ name }) => name === rest.name)!, recorded),
    })),
    control: {
      failed: stands(controls),
      controls: controls.map((control) => ({ ...control, failed: isFoundOut(control) })),
    },
    notes: notesOf(measured),
  };
}

/** @throws InputError where one is given twice: it differs from itself by nothing, and that is no noise floor */
function hashesOf(recordings: readonly Recording[]): string[] {
  const hashes = recordings.map(({ path }) => fileSha256(path));
  const twice = hashes.findIndex((hash, i) => hashes.indexOf(hash) !== i);
  if (twice < 0) return hashes;
  throw new InputError("the same recording is given twice", {
    file: recordings[twice]!.path,
    found: `the bytes of ${recordings[hashes.indexOf(hashes[twice]!)]!.path}`,
    expected: "recordings of several runs",
    hint: "Record the workload again, or give this one alone.",
  });
}

/** What is to be said of the recordings; what is not true of all of them, with the name of the one. */
function notesOf(measured: readonly Measured[]): string[] {
  const notes = measured.map(({ read }) => [
    ...recordingNotes(read),
    ...replayNotes(read.replay, read.oneStream),
  ]);
  const named = notes.flatMap((each, i) =>
    each.map((note) =>
      notes.every((others) => others.includes(note))
        ? note
        : `${basename(shownPath(measured[i]!.read.path))}: ${note}`,
    ),
  );
  return [...new Set(named)];
}

/** The metrics of calls in the first so many ns of a run, counted from its beginning, with their standard errors. */
function metricsOfCalls(decisions: TraceTable, comparedNs: number): Metric[] {
  const { ts } = decisions.numeric;
  return withErrors((without) => {
    const blocks = BLOCKS - (without === undefined ? 0 : 1);
    const seconds = (comparedNs * blocks) / BLOCKS / 1e9;
    return ofDecisions({ seconds, decisions }, (row) => blockOf(ts[row]!, comparedNs) !== without);
  });
}

async function measure(recording: Recording, chip: Topology): Promise<Measured> {
  const costs = recording.virtualTime ? recordedGuestHardware() : hardware();
  const read = await readRecording(recording, { hardware: costs, recordedOn: chip });
  const comparedNs = Math.floor(COMPARED * read.replay.lengthNs);
  const meter = new ScheduleMeter(comparedNs);
  await tellHistory(recording, meter);
  const about = { name: recording.path, definition: "", notes: [] };
  const calls = await callsBeside(recording.path);
  return {
    read,
    meter,
    costs,
    comparedNs,
    workload: replayWorkload(read.replay, {}, about),
    decisions: calls && meanwhile(calls, recording.startNs, comparedNs),
  };
}

/** The calls from then on, for so long, by the time since then; where the beginning is not known, all from the first of them. */
function meanwhile(calls: TraceTable, startNs: number | undefined, lengthNs: number): TraceTable {
  const { ts } = calls.numeric;
  const begin = startNs ?? ts[0] ?? 0;
  const taken =
    startNs === undefined
      ? calls
      : takeRows(
          calls,
          Array.from(ts.keys()).filter((i) => ts[i]! >= begin && ts[i]! <= begin + lengthNs),
        );
  return { ...taken, numeric: { ...taken.numeric, ts: taken.numeric.ts.map((time) => time - begin) } };
}

async function replay(
  { read, workload, costs, comparedNs }: Measured,
  topology: Topology,
  seed: string,
  tunables: Partial<Tunables>,
): Promise<Told> {
  const meter = new ScheduleMeter(comparedNs);
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
  return { meter, decisions: meanwhile(rows.toTable(), 0, comparedNs) };
}

/** What a simulation tells, as a recording would. */
function claimOf(event: TimelineEvent): Claim | undefined {
  return event.type === "decision" || event.type === "group" ? undefined : { ...event, account: UNKNOWN_PID };
}

/** The first half of a chip's CPUs, as a chip. */
const halfOf = (chip: Topology): Topology => ({
  ...chip,
  name: `half of ${chip.name}`,
  cpus: chip.cpus.slice(0, chip.cpus.length >> 1),
});

/** A chip of one CPU with another core. */
function doubled(chip: Topology): Topology {
  const [cpu] = chip.cpus;
  const other = { ...cpu!, core: cpu!.core + 1, ...(cpu!.id === undefined ? {} : { id: cpu!.id + 1 }) };
  return { ...chip, name: `two of ${chip.name}`, cpus: [cpu!, other] };
}
