import { type HardwareEffect, hardware } from "../../../sim/chip/hardware.ts";
import type { Topology } from "../../../sim/chip/topology.ts";
import { presetTopology, regularTopology } from "../../../sim/chip/topology-presets.ts";
import type { SimulationResult } from "../../../sim/output/result.ts";
import { type SimulateOptions, simulate } from "../../../sim/simulator.ts";
import type { TaskSpec, Workload, WorkloadSetup } from "../../../sim/workload/programme.ts";
import { rtAppWorkload } from "../../../sim/workload/rtapp/workload.ts";
import { type Instruction, script } from "../../../sim/workload/script.ts";
import type { TimelineEvent } from "../../../traces/timeline.ts";

/** Everything switched off: the simulated times are those of the programmes alone. */
export const IDEAL: readonly HardwareEffect[] = ["smt", "cache", "costs", "inference", "jitter"];

export const MS = 1_000_000;

export const oneCpu = (): Topology => regularTopology("one", 1, 1, 1, 1);
export const twoCpus = (): Topology => regularTopology("two", 2, 1, 2, 2);

/** A workload from a function that makes its tasks. */
export function workload(setUp: (setup: WorkloadSetup) => void): Workload {
  return { name: "test", definition: "test", unit: "units", notes: [], setUp };
}

export function task(comm: string, body: readonly Instruction[], more: Partial<TaskSpec> = {}): TaskSpec {
  return { comm, programme: script(body), ...more };
}

export interface Observed extends SimulationResult {
  timeline: TimelineEvent[];
}

/** Simulates without any costs, unless told otherwise, and keeps the timeline. */
export function simulateIdeal(
  what: Workload,
  options: Partial<Omit<SimulateOptions, "workload">> = {},
): Observed {
  const timeline: TimelineEvent[] = [];
  const result = simulate({
    topology: presetTopology("8x1"),
    seed: "1",
    hardware: hardware({}, IDEAL),
    onTimeline: (event) => timeline.push(event),
    ...options,
    workload: what,
  });
  return { ...result, timeline };
}

export const rtApp = (text: string, name = "test.json"): Workload => rtAppWorkload([{ name, text }]);

/** A comm is the name itself, or that of a task of an rt-app file with its numbers behind: "a", "a-2", "a-2-0000". */
export const isNamed = (comm: string, name: string): boolean =>
  comm.startsWith(name) && /^(-\d+)*$/.test(comm.slice(name.length));

/** When the task came to a CPU, ns. */
export function startsOf(timeline: readonly TimelineEvent[], name: string): number[] {
  return timeline.flatMap((e) => (e.type === "switch" && isNamed(e.next.comm, name) ? [e.time] : []));
}

/** When it left one. */
export function stopsOf(timeline: readonly TimelineEvent[], name: string): number[] {
  return timeline.flatMap((e) => (e.type === "switch" && isNamed(e.prev.comm, name) ? [e.time] : []));
}
