import { createHash } from "node:crypto";
import { type Hardware, type HardwareEffect, hardware } from "../sim/chip/hardware.ts";
import { DEFAULT_TOPOLOGY } from "../sim/chip/topology-presets.ts";
import { defaultTunables, type Tunables } from "../sim/core.ts";
import type { SimulationResult } from "../sim/output/result.ts";
import { Future, oracle } from "../sim/policy/oracle.ts";
import { type SimulateOptions, simulate } from "../sim/simulator.ts";
import { openTimeline } from "../traces/export/open-timeline.ts";
import { traceMetadata } from "../traces/metadata.ts";
import type { TraceMetadata } from "../traces/schema.ts";
import type { TimelineListener } from "../traces/timeline.ts";
import { progressBar } from "./progress.ts";
import { choosePolicy } from "./simulate/policies.ts";
import { RowHash } from "./simulate/row-hash.ts";
import { openChip, openWorkload } from "./simulate/sources.ts";
import { openTraceOut } from "./simulate/trace-out.ts";
import { VERSION } from "./version.ts";

export interface SimulateFileOptions {
  seed?: string;
  /** Preset or JSON file. */
  chip?: string;
  durationNs?: number;
  /** As --policy takes it. */
  policy?: string;
  /** Parameters of a model. */
  parameters?: Record<string, number>;
  tunables?: Partial<Tunables>;
  hardware?: Partial<Hardware>;
  /** Parts of the hardware model to switch off. */
  off?: readonly HardwareEffect[];
  /** Trace file to write: .parquet, .csv, .csv.gz. */
  out?: string;
  /** Timeline file to write: .pftrace, .ftrace. */
  timeline?: string;
  onTimeline?: TimelineListener;
  progress?: boolean;
}

export interface SimulatedFile {
  /** sha256 over the decision rows, whatever the file format (see simulate/row-hash.ts). */
  traceSha256: string;
  records: number;
  wallSeconds: number;
  result: SimulationResult;
}

/** Simulates a workload and writes trace and timeline: the work of `nicetries simulate`. */
export async function simulateFile(
  source: string | readonly string[],
  options: SimulateFileOptions = {},
): Promise<SimulatedFile> {
  const workload = openWorkload(typeof source === "string" ? [source] : source, options.parameters);
  const topology = openChip(options.chip ?? DEFAULT_TOPOLOGY);
  const tunables = { ...defaultTunables(topology.cpus.length), ...options.tunables };
  const chosen = await choosePolicy(options.policy ?? "cfs", tunables.migrationCostNs);
  const setup: SimulateOptions = {
    workload,
    topology,
    seed: options.seed ?? "1",
    durationNs: options.durationNs,
    tunables: options.tunables,
    hardware: hardware(options.hardware, options.off),
    policy: chosen.factory,
    chargeInference: chosen.learned,
  };
  const started = performance.now();
  if (chosen.oracle) {
    const future = new Future();
    simulate({ ...setup, onDecision: future.observe });
    setup.policy = oracle(future);
  }
  const hash = new RowHash();
  const out = options.out === undefined ? undefined : openTraceOut(options.out, metadata(setup, options));
  const sink = options.timeline === undefined ? undefined : openTimeline(options.timeline);
  const bar = options.progress ? progressBar("simulate") : undefined;
  try {
    const result = simulate({
      ...setup,
      onDecision(row) {
        hash.append(row);
        out?.append(row);
      },
      onTimeline: timelineListener(sink, options.onTimeline),
      onProgress: bar && ((now, end) => bar.update(now, end)),
    });
    out?.close();
    sink?.close();
    return {
      traceSha256: hash.digest(),
      records: hash.rows,
      wallSeconds: (performance.now() - started) / 1000,
      result,
    };
  } catch (error) {
    out?.abort();
    sink?.abort();
    throw error;
  } finally {
    bar?.stop();
  }
}

function timelineListener(
  sink: { event: TimelineListener } | undefined,
  other: TimelineListener | undefined,
): TimelineListener | undefined {
  if (!sink) return other;
  return (event) => {
    sink.event(event);
    other?.(event);
  };
}

function metadata(setup: SimulateOptions, options: SimulateFileOptions): TraceMetadata {
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
    tool: `nicetries ${VERSION}`,
    notes: { policy: options.policy ?? "cfs" },
  });
}
