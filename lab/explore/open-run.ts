import { cpusOfCalls } from "../../explorer/data/cpus-of-calls.ts";
import { RECORDING_GAPS, RecordingReader } from "../../explorer/data/from-recording.ts";
import { SimulationReader } from "../../explorer/data/from-simulation.ts";
import { runOfTrace } from "../../explorer/data/from-trace.ts";
import type { ExplorerCpu, ExplorerRun } from "../../explorer/data/run.ts";
import { hardware } from "../../sim/chip/hardware.ts";
import { cpuNumbers, type Topology } from "../../sim/chip/topology.ts";
import { DEFAULT_TOPOLOGY, presetTopology } from "../../sim/chip/topology-presets.ts";
import { defaultTunables } from "../../sim/core.ts";
import { InputError, RequestError } from "../../traces/input-error.ts";
import type { Made } from "../../traces/made.ts";
import { beginsAsParquet, readTrace } from "../../traces/read-trace.ts";
import type { TimelineEvent } from "../../traces/timeline.ts";
import { isFileName } from "../files/file-names.ts";
import { shownPath } from "../files/shown-path.ts";
import type { SimulationChoice } from "../made.ts";
import type { Supervise } from "../policy/supervisor.ts";
import { callsBeside } from "../recording/calls-beside.ts";
import type { RecordingChoice, Window } from "../recording/choice.ts";
import { readRecording, recordingAt, recordingNotes } from "../recording/read-recording.ts";
import { simulateFile } from "../simulate-file.ts";
import type { NamedRun } from "./named-run.ts";

/** How a run is opened. */
export interface OpenRunOptions extends Pick<SimulationChoice, "seed" | "durationNs" | "policy"> {
  /** Of simulations, for those that do not say themselves; of what is only shown, how lanes lie together. */
  chip?: string;
  /** Part of a recording or of a trace. */
  window?: Window;
  /** What is replayed of recordings that do not say themselves. */
  replay?: Omit<RecordingChoice, "window">;
  supervise?: Supervise;
  onProgress?: (done: number, end: number, what: string) => void;
  /** Takes what a person should know. */
  say?: (remark: string) => void;
  /** The command that makes a simulation again. */
  commandOf?: (made: Made) => string | undefined;
}

/** Simulated where nobody says for how long, ns; what ends before ends then. */
const DEFAULT_NS = 10e9;
/** More than a page should hold. */
const MOST_SLICES = 4_000_000;
const MOST_ROWS = 2_000_000;

/** How a run comes to be: read from a trace or a recording, which is only shown, or simulated. @throws InputError */
export function kindOf({ source, choice }: NamedRun): ExplorerRun["source"] {
  if (choice !== undefined) return "simulation";
  if (/\.([ct]sv(\.gz)?|parquet)$/.test(source) || beginsAsParquet(source)) return "trace";
  return isFileName(source) && recordingAt(source) !== undefined ? "recording" : "simulation";
}

/** Whether it is a recording that is simulated. @throws InputError */
export const isReplay = (named: NamedRun): boolean =>
  kindOf(named) === "simulation" && isFileName(named.source) && recordingAt(named.source) !== undefined;

/** Simulates or reads what is to be explored. @throws InputError, RequestError */
export async function openRun(named: NamedRun, options: OpenRunOptions = {}): Promise<ExplorerRun> {
  const { source, choice } = named;
  const kind = kindOf(named);
  if (kind === "trace") return traceRun(source, options);
  if (kind === "recording") return recordingRun(source, recordingAt(source)!, options);
  if (options.window !== undefined && !isReplay(named))
    throw new RequestError("window", "is for recordings and traces");
  return simulatedRun(source, choice ?? {}, options);
}

async function simulatedRun(source: string, choice: SimulationChoice, options: OpenRunOptions) {
  const { seed = "1", chip, policy, supervise, onProgress, say, commandOf } = options;
  const { window, replay } = options;
  const replays = isReplay({ source, choice });
  const { durationNs = replays ? undefined : DEFAULT_NS } = options; // a replay ends when all recorded work is done
  const asked: SimulationChoice = {
    ...{ seed, durationNs, chip, policy, ...choice },
    ...(replays ? { replay: { window, ...replay, ...choice.replay } } : {}),
  };
  const topology = await chipOf(asked.chip ?? DEFAULT_TOPOLOGY);
  const reader = new SimulationReader(cpusOf(topology));
  let slices = 0;
  const done = await simulateFile(source, {
    ...asked,
    ...{ supervise, onProgress },
    onTimeline(event: TimelineEvent) {
      if (event.type === "switch" && ++slices > MOST_SLICES) throw tooLong(slices);
      reader.onTimeline(event);
    },
    onDecision: reader.onDecision,
    onPass: reader.onPass,
  });
  const { result, made } = done;
  for (const note of result.notes) say?.(note);
  const cost = asked.tunables?.migrationCostNs ?? defaultTunables(topology.cpus.length).migrationCostNs;
  return reader.finish(
    {
      title: `${result.workload} on ${result.chip} under ${result.policy}, seed ${asked.seed}`,
      source: "simulation",
      command: commandOf?.(made) ?? "",
      gaps: [],
      durationNs: result.simulatedNs,
      migrationCostNs: cost,
    },
    new Map(result.tasks.map(({ pid, refillNs }) => [pid, refillNs])),
  );
}

const tooLong = (found: number): RequestError =>
  new RequestError("durationNs", `must be shorter: a page holds ${MOST_SLICES} switches at most`, {
    found: `${found} and more`,
  });

async function chipOf(chip: string): Promise<Topology> {
  return isFileName(chip) ? (await import("../sources.ts")).openChip(chip) : presetTopology(chip);
}

const cpusOf = (topology: Topology): ExplorerCpu[] =>
  cpuNumbers(topology).map((number, i) => {
    const { core, llc, node } = topology.cpus[i];
    return { number, core, llc, node };
  });

async function recordingRun(
  source: string,
  recording: NonNullable<ReturnType<typeof recordingAt>>,
  { chip, window, say }: OpenRunOptions,
): Promise<ExplorerRun> {
  const fromNs = window?.fromNs ?? 0;
  const beside = chip === undefined ? await callsBeside(recording.path) : undefined;
  const cpus = chip !== undefined ? cpusOf(await chipOf(chip)) : beside ? cpusOfCalls(beside) : [];
  const reader = new RecordingReader(cpus, fromNs);
  const read = await readRecording(recording, { hardware: hardware(), window, also: reader });
  const { summary } = read;
  const gaps = [...RECORDING_GAPS];
  if (beside)
    gaps.push("Which CPUs share a core and a cache is told by the calls that were recorded beside it.");
  else if (chip === undefined) gaps.push("Which CPUs share a core and a cache is not in it.");
  if (summary.lost > 0) gaps.push(`The recording has lost ${summary.lost} events.`);
  if (summary.cut) gaps.push("The recording is cut off at its end.");
  if (read.counts.moves)
    gaps.push("Migrations are known by where tasks came to run: how they were moved is not.");
  for (const note of recordingNotes(read)) say?.(note);
  return reader.finish({
    title: `${shownPath(source)}, recorded (${recording.format})`,
    source: "recording",
    command: "",
    gaps,
    durationNs: Math.round(summary.seconds * 1e9),
    migrationCostNs: Number.NaN,
  });
}

async function traceRun(source: string, { chip, window }: OpenRunOptions): Promise<ExplorerRun> {
  const table = await readTrace(source);
  if (table.rows === 0) throw new InputError("the trace has no rows", { file: source, code: "no-rows" });
  if (table.rows > MOST_ROWS)
    throw new InputError("the trace has more rows than a page should hold", {
      ...{ file: source, found: String(table.rows), expected: `at most ${MOST_ROWS}` },
      code: "too-many-rows",
    });
  const { made, workload } = table.meta;
  const what = made || workload !== "" ? `: ${workload} on ${table.meta.chip}` : "";
  const cpus = chip === undefined ? undefined : cpusOf(await chipOf(chip));
  return runOfTrace(table, `${shownPath(source)}${what}`, window, cpus);
}
