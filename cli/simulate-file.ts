import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { hardware } from "../sim/chip/hardware.ts";
import { cpuNumbers, type Topology } from "../sim/chip/topology.ts";
import { DEFAULT_TOPOLOGY } from "../sim/chip/topology-presets.ts";
import { defaultTunables } from "../sim/core.ts";
import type { SimulationResult } from "../sim/output/result.ts";
import { Future, oracle } from "../sim/policy/oracle.ts";
import { type SimulateOptions, simulateInTurns } from "../sim/simulator.ts";
import type { Workload } from "../sim/workload/programme.ts";
import type { Made } from "../traces/made.ts";
import { traceMetadata } from "../traces/metadata.ts";
import type { TraceMetadata } from "../traces/schema.ts";
import type { TimelineListener } from "../traces/timeline.ts";
import { madeBySimulate, type SimulationChoice } from "./made.ts";
import { usage } from "./option-values.ts";
import { progressBar } from "./progress.ts";
import { shownPath } from "./shown-path.ts";
import { checkOutputNames, type OutputNames, openOutputs } from "./simulate/outputs.ts";
import { type ChosenPolicy, choosePolicy } from "./simulate/policies.ts";
import { RowHash } from "./simulate/row-hash.ts";
import { openChip, openWorkload } from "./simulate/sources.ts";

export interface SimulateFileOptions extends OutputNames, SimulationChoice {
  /** How long a user's policy may keep the simulation waiting, ms (default: simulate/user-code.ts). */
  policyLimitMs?: number;
  onTimeline?: TimelineListener;
  progress?: boolean;
}

export interface SimulatedFile {
  /** sha256 over the decision rows, whatever the file format (see simulate/row-hash.ts). */
  traceSha256: string;
  records: number;
  wallSeconds: number;
  /** How it was made (cli/made.ts). */
  made: Made;
  result: SimulationResult;
  /** What a user's policy has left running: timers, connections ... by their kinds in Node. */
  leftRunning: string[];
}

/** Simulates a workload and writes trace and timeline: the work of `nicetries simulate`. */
export async function simulateFile(
  source: string | readonly string[],
  options: SimulateFileOptions = {},
): Promise<SimulatedFile> {
  const sources = typeof source === "string" ? [source] : source;
  const chip = options.chip ?? DEFAULT_TOPOLOGY;
  checkOutputNames(options, [...sources, chip]);
  const opened = openWorkload(sources, options.parameters);
  const workload = { ...opened, name: shownPath(opened.name) };
  const shown = (text: string) =>
    sources.reduce((t, source) => t.replaceAll(source, shownPath(source)), text);
  const topology = openChip(chip);
  const tunables = { ...defaultTunables(topology.cpus.length), ...options.tunables };
  const chosen = await choosePolicy(options.policy ?? "cfs", tunables.migrationCostNs, options.policyLimitMs);
  const { definition, durationNs } = workload;
  try {
    const made = madeBySimulate({ sources, definition, durationNs, chip: JSON.stringify(topology) }, options);
    const done = await simulateUnder(chosen, workload, topology, options, made);
    done.result.notes = done.result.notes.map(shown);
    return { ...done, leftRunning: chosen.leftRunning?.() ?? [] };
  } finally {
    chosen.end?.();
  }
}

async function simulateUnder(
  chosen: ChosenPolicy,
  workload: Workload,
  topology: Topology,
  options: SimulateFileOptions,
  made: Made,
): Promise<Omit<SimulatedFile, "leftRunning">> {
  const setup: SimulateOptions = {
    workload,
    topology,
    seed: options.seed ?? "1",
    durationNs: options.durationNs,
    tunables: options.tunables,
    hardware: usage(() => hardware(options.hardware, options.off), "--hardware"),
    policy: chosen.factory,
    policyParameters: chosen.parameters,
    chargeInference: chosen.learned,
  };
  const started = performance.now();
  const hash = new RowHash();
  const outputs = openOutputs(options, metadata(setup, made), Math.max(...cpuNumbers(topology)) + 1);
  const bar = options.progress ? progressBar("simulate") : undefined;
  const onProgress = (note: string) => bar && ((now: number, end: number) => bar.update(now, end, note));
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
        },
        onTimeline: timelineListener(outputs.event, options.onTimeline),
        onProgress: onProgress(""),
      },
      setImmediate,
      chosen.around,
    );
    outputs.close();
    return {
      traceSha256: hash.digest(),
      records: hash.rows,
      wallSeconds: (performance.now() - started) / 1000,
      made,
      result,
    };
  } catch (error) {
    outputs.abort();
    throw error;
  } finally {
    bar?.stop();
  }
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
