import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { hardware } from "../sim/chip/hardware.ts";
import { cpuNumbers, type Topology } from "../sim/chip/topology.ts";
import { DEFAULT_TOPOLOGY, presetTopology } from "../sim/chip/topology-presets.ts";
import { defaultTunables } from "../sim/core.ts";
import type { SimulationResult } from "../sim/output/result.ts";
import { Future, oracle } from "../sim/policy/oracle.ts";
import { type SimulateOptions, simulateInTurns } from "../sim/simulator.ts";
import type { GroupSpec } from "../sim/workload/groups.ts";
import type { Workload } from "../sim/workload/programme.ts";
import type { PassListener } from "../traces/balance-pass.ts";
import { ofOption, RequestError } from "../traces/input-error.ts";
import type { Made } from "../traces/made.ts";
import { traceMetadata } from "../traces/metadata.ts";
import type { TraceMetadata, TraceRow } from "../traces/schema.ts";
import type { TimelineListener } from "../traces/timeline.ts";
import { isFileName } from "./files/file-names.ts";
import { shownPath } from "./files/shown-path.ts";
import { madeBySimulate, type SimulationChoice } from "./made.ts";
import { chipName, modelWorkload } from "./names.ts";
import { checkOutputNames, type OutputNames } from "./output/names.ts";
import type { Outputs } from "./output/outputs.ts";
import { RowHash } from "./output/row-hash.ts";
import type { AdaptReport } from "./policy/adapt.ts";
import { type ChosenPolicy, choosePolicy } from "./policy/choose-policy.ts";
import type { Supervise } from "./policy/supervisor.ts";
import { refuseChoice } from "./recording/choice.ts";
import type { RecordingSummary } from "./recording/read-recording.ts";

/** What is simulated, the files to write, and who is told of it. */
export interface SimulateFileOptions extends OutputNames, SimulationChoice {
  /** Who watches over a user's policy (default: nobody). */
  supervise?: Supervise;
  onTimeline?: TimelineListener;
  /** Each can_migrate_task() call. The row is reused: copy what you keep. */
  onDecision?: (row: TraceRow) => void;
  /** Each balance pass, with what it saw. */
  onPass?: PassListener;
  /** Called with simulated time done and its end, ns, and what is being done ("" for the simulation itself). */
  onProgress?: (done: number, end: number, what: string) => void;
  /** Takes remarks on what was not written as asked for. */
  say?: (remark: string) => void;
}

/** What came of a simulation, and of the files it wrote. */
export interface SimulatedFile {
  /** sha256 over the decision rows, whatever the file format (output/row-hash.ts). */
  traceSha256: string;
  records: number;
  wallSeconds: number;
  /** How it was made (made.ts). */
  made: Made;
  result: SimulationResult;
  /** What was written of the run as a scenario. */
  scenario?: { tasks: number; operations: number };
  /** What the recording holds that was replayed. */
  recording?: RecordingSummary;
  /** How the model of a policy adapt: fared. */
  adaptation?: AdaptReport;
  /** What a user's policy has left running: timers, connections ... by their kinds in Node. */
  leftRunning: string[];
}

/**
 * Simulates a workload and writes trace and timeline.
 * @param source A model's name, a recording, or rt-app files, which are merged.
 * @throws InputError, RequestError
 */
export async function simulateFile(
  source: string | readonly string[],
  options: SimulateFileOptions = {},
): Promise<SimulatedFile> {
  const sources = typeof source === "string" ? [source] : source;
  const chip = options.chip ?? DEFAULT_TOPOLOGY;
  checkOutputNames(options, [...sources, chip, ...(options.groups === undefined ? [] : [options.groups])]);
  const { workload: opened, topology, recording } = await open(sources, chip, options);
  const groups =
    options.groups === undefined ? undefined : (await import("./sources.ts")).openGroups(options.groups);
  const workload = { ...opened, name: shownPath(opened.name) };
  const shown = (text: string) =>
    sources.reduce((t, source) => t.replaceAll(source, shownPath(source)), text);
  const tunables = { ...defaultTunables(topology.cpus.length), ...options.tunables };
  const chosen = await choosePolicy(options.policy ?? "cfs", tunables.migrationCostNs, options.supervise);
  const { definition, durationNs } = workload;
  try {
    const made = madeBySimulate({ sources, definition, durationNs, chip: JSON.stringify(topology) }, options);
    const done = await simulateUnder(chosen, workload, topology, groups, options, made);
    done.result.notes = done.result.notes.map(shown);
    const adaptation = chosen.adaptation?.();
    return { ...done, recording, adaptation, leftRunning: chosen.leftRunning?.() ?? [] };
  } finally {
    chosen.end?.();
  }
}

interface Opened {
  workload: Workload;
  topology: Topology;
  recording?: RecordingSummary;
}

/**
 * Opens workload and chip. The readers of their files (YAML, XML, recordings) take longer to load than most simulations to
 * start.
 */
async function open(
  sources: readonly string[],
  chip: string,
  { parameters, replay = {}, ...options }: SimulateFileOptions,
): Promise<Opened> {
  const isModel = !sources.some(isFileName);
  if (isModel) refuseChoice(replay);
  if (isModel && !isFileName(chip))
    return { workload: modelWorkload(sources, parameters), topology: presetTopology(chipName(chip)) };
  const { openChip, openWorkload } = await import("./sources.ts");
  const topology = openChip(chip);
  if (isModel) return { workload: openWorkload(sources, parameters), topology };
  const { openChosenRecording, recordedWorkload } = await import("./recording/recorded-workload.ts");
  const costs = ofOption("hardware", () => hardware(options.hardware, options.off));
  const recording = await openChosenRecording(sources, replay, topology, costs);
  return recording
    ? { workload: recordedWorkload(recording, replay), topology, recording: recording.summary }
    : { workload: openWorkload(sources, parameters), topology };
}

async function simulateUnder(
  chosen: ChosenPolicy,
  workload: Workload,
  topology: Topology,
  groups: readonly GroupSpec[] | undefined,
  options: SimulateFileOptions,
  made: Made,
): Promise<Omit<SimulatedFile, "leftRunning">> {
  const asked: SimulateOptions = {
    workload,
    topology,
    seed: options.seed ?? "1",
    durationNs: options.durationNs,
    tunables: options.tunables,
    groups,
    autogroup: options.autogroup,
    background: options.background,
    hardware: ofOption("hardware", () => hardware(options.hardware, options.off)),
    policy: chosen.factory,
    policyParameters: chosen.parameters,
    chargeInference: chosen.learned,
  };
  const { asScenario } = options;
  if (asScenario !== undefined && chosen.oracle)
    throw new RequestError("asScenario", "needs the policy cfs: the kernel's own rule decides there");
  const written =
    asScenario === undefined ? null : new (await import("./as-scenario.ts")).ScenarioOut(asScenario, asked);
  const setup = written?.setup ?? asked;
  const started = performance.now();
  const hash = new RowHash();
  const outputs = await openOutputs(options, metadata(setup, made), Math.max(...cpuNumbers(topology)) + 1);
  const progress = options.onProgress;
  const onProgress = (what: string) => progress && ((now: number, end: number) => progress(now, end, what));
  try {
    if (chosen.oracle) {
      const future = new Future();
      const onDecision = future.observe;
      await simulateInTurns({ ...setup, onDecision, onProgress: onProgress("first pass") }, setImmediate);
      setup.policy = oracle(future);
    }
    const result = await simulateInTurns(
      {
        ...setup,
        onDecision(row) {
          hash.append(row);
          outputs.row?.(row);
          options.onDecision?.(row);
        },
        onTimeline: timelineListener(outputs.event, options.onTimeline),
        onPass: options.onPass,
        onProgress: onProgress(""),
      },
      setImmediate,
      chosen.around,
    );
    const scenario = written?.write();
    const remark = outputs.close();
    if (remark !== undefined) options.say?.(remark);
    return {
      traceSha256: hash.digest(),
      records: hash.rows,
      wallSeconds: (performance.now() - started) / 1000,
      made,
      result,
      scenario,
    };
  } catch (error) {
    outputs.abort();
    throw error;
  }
}

/** Opens the files to write, if any: their libraries are loaded only then. */
async function openOutputs(names: OutputNames, meta: TraceMetadata, cpus: number): Promise<Outputs> {
  if (names.out === undefined && names.timeline === undefined) return { close: () => undefined, abort() {} };
  return (await import("./output/outputs.ts")).openOutputs(names, meta, cpus);
}

/** Both, where there are two. */
function timelineListener(
  first: TimelineListener | undefined,
  second: TimelineListener | undefined,
): TimelineListener | undefined {
  if (!first || !second) return first ?? second;
  return (event) => {
    first(event);
    second(event);
  };
}

function metadata(setup: SimulateOptions, made: Made): TraceMetadata {
  const tunables = { ...defaultTunables(setup.topology.cpus.length), ...setup.tunables };
  return traceMetadata({
    source: "sim",
    kernel: "6.1 (modelled)",
    chip: setup.topology.name,
    tunables: {
      hz: tunables.hz,
      sched_latency_ns: tunables.latencyNs,
      min_granularity_ns: tunables.minGranularityNs,
      wakeup_granularity_ns: tunables.wakeupGranularityNs,
      migration_cost_ns: tunables.migrationCostNs,
      nr_migrate: tunables.nrMigrate,
      ni_random: setup.tunables?.newidleRandom === null ? 0 : 1,
    },
    workload: setup.workload.name,
    workloadHash: createHash("sha256").update(setup.workload.definition).digest("hex"),
    seed: setup.seed,
    tool: made.tool,
    lostRecords: 0,
    notes: { policy: String(made.policy) },
    made,
  });
}
