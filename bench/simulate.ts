import { hardware } from "../sim/chip/hardware.ts";
import type { Topology } from "../sim/chip/topology.ts";
import { presetTopology, regularTopology } from "../sim/chip/topology-presets.ts";
import { Agenda } from "../sim/engine/agenda.ts";
import { Simulation } from "../sim/run/simulation.ts";
import { exponential } from "../sim/workload/distributions.ts";
import { modelNamed } from "../sim/workload/models/catalogue.ts";
import type { Workload } from "../sim/workload/programme.ts";
import * as S from "../sim/workload/script.ts";
import { AllocationMeter } from "./allocation.ts";
import { cpuTime, median, repeats, row, share } from "./share.ts";

/**
 * The whole simulator: scheduler events (switches, wake-ups, ticks, balance passes, migrations) per second of CPU time.
 * Medians of several runs after one to warm up. The bare loop beside it does the same number of operations on a heap of
 * the same size and nothing else: what an event costs beyond having events.
 */
const RUNS = repeats(5);

/** Periodic tasks that run and sleep at random and ask for 90 % of the chip together. */
export function periodic(tasks: number, cpus: number): Workload {
  const runNs = 200_000;
  const sleepNs = Math.floor((runNs * tasks) / (0.9 * cpus)) - runNs;
  return {
    name: "periodic",
    definition: "periodic",
    unit: "periods",
    notes: [],
    setUp({ spawn }) {
      const programme = S.script([
        S.forever(S.run(exponential(runNs)), S.sleep(exponential(sleepNs)), S.done()),
      ]);
      for (let i = 0; i < tasks; i++)
        spawn({ comm: `t${i}`, startNs: (i * sleepNs) % 50_000_000, programme });
    },
  };
}

interface Measured {
  events: number;
  perSecond: number;
}

export function simulationOf(
  workload: Workload,
  topology: Topology,
  durationNs: number,
  onProgress?: (now: number) => void,
): Simulation {
  const options = { workload, topology, durationNs, onProgress, hardware: hardware() };
  return new Simulation({ ...options, seed: "1", maxTasks: 200_000 });
}

/** Events per second in the last four fifths of a run: creating and placing the tasks at its start does not count. */
export function measure(workload: Workload, topology: Topology, durationNs: number, runs = RUNS): Measured {
  let events = 0;
  const rates: number[] = [];
  for (let i = 0; i <= runs; i++) {
    let begin = { events: 0, time: 0 };
    const simulation = simulationOf(workload, topology, durationNs, (now) => {
      if (begin.time === 0 && now >= durationNs / 5)
        begin = { events: simulation.core.events, time: cpuTime() };
    });
    simulation.run();
    events = simulation.core.events - begin.events;
    if (i > 0) rates.push(events / (cpuTime() - begin.time));
  }
  return { events, perSecond: median(rates) };
}

/** Bytes allocated per event in the last quarter of a run: what is allocated to set up the tasks is behind it. */
function allocatedPerEvent(workload: Workload, topology: Topology, durationNs: number): number {
  const meter = new AllocationMeter();
  let before: { events: number; bytes: number } | undefined;
  const simulation = simulationOf(workload, topology, durationNs, (now) => {
    if (now >= 0.75 * durationNs) before ??= { events: simulation.core.events, bytes: meter.bytes() };
  });
  simulation.run();
  const bytes = meter.bytes() - before!.bytes;
  meter.stop();
  return bytes / (simulation.core.events - before!.events);
}

/** Pops and pushes on a heap of `size` slots. */
function bareLoop(size: number, operations: number): number {
  const queue = new Agenda();
  for (let i = 0; i < size; i++) queue.schedule(queue.add(i % 3, 0), i);
  const once = () => {
    for (let i = 0; i < operations; i++) {
      const slot = queue.pop();
      queue.schedule(slot, queue.clock.now + 1 + ((i * 7919) % 1000));
    }
  };
  once();
  const seconds = Array.from({ length: RUNS }, () => {
    const begin = cpuTime();
    once();
    return cpuTime() - begin;
  });
  return operations / median(seconds);
}

/** A workload on a chip, for so long. ns */
type Run = readonly [workload: Workload, topology: Topology, durationNs: number];

/** How many times longer an event takes in `b` than in `a`: both run in turn by fortieths, the median of the ratios. */
function ratio(a: Run, b: Run): number {
  const slices = 40;
  const ratios: number[] = [];
  for (let i = 0; i < repeats(3); i++) {
    const runs = [a, b].map((run) => ({ simulation: simulationOf(...run), durationNs: run[2] }));
    for (let slice = 1; slice < slices; slice++) {
      const [first, second] = runs.map(({ simulation, durationNs }) => {
        const before = { events: simulation.core.events, time: cpuTime() };
        simulation.runUntil(Math.floor((durationNs * slice) / slices));
        return (cpuTime() - before.time) / (simulation.core.events - before.events);
      });
      if (slice > slices / 5 && Number.isFinite(second / first)) ratios.push(second / first);
    }
  }
  return median(ratios);
}

/** Prints the whole simulator's rows of docs/performance.md. */
export async function run(): Promise<void> {
  const million = (perSecond: number) => (perSecond / 1e6).toFixed(1);
  const chip = presetTopology("8x1");
  const on8 = (tasks: number, seconds = 4): Run => [periodic(tasks, 8), chip, share(seconds * 1e9)];
  const base = measure(...on8(400));
  row("whole simulator, 8 CPUs, 400 tasks", `${million(base.perSecond)} M events/s`, "3 M");
  const bare = bareLoop(409, Math.max(share(1_000_000), base.events));
  row(
    "a bare agenda of that size, events taken and scheduled anew",
    `${million(bare)} M/s; the simulator takes ${(bare / base.perSecond).toFixed(1)} times as long`,
    "",
  );
  const times = (a: Run, b: Run) => `× ${ratio(a, b).toFixed(1)} per event`;
  row("whole simulator, 100 → 10,000 tasks", times(on8(100), on8(10_000)), "at most × 1.5");
  const wide = regularTopology("256x1", 256, 1, 8, 256);
  row(
    "whole simulator, 8 → 256 CPUs",
    times(on8(400), [periodic(12_800, 256), wide, share(0.5e9)]),
    "at most × 2",
  );
  const simulated = share(1e9) / 1e9;
  const begin = cpuTime();
  simulationOf(periodic(10_000, 512), regularTopology("512x1", 512, 1, 8, 512), simulated * 1e9).run();
  row(
    `${simulated} simulated s of 512 CPUs and 10,000 tasks`,
    `${(cpuTime() - begin).toFixed(0)} s`,
    "18 s for 1 s",
  );
  row(
    "whole simulator, allocated per event",
    `${allocatedPerEvent(...on8(400, 32)).toFixed(1)} bytes`,
    "none",
  );
  const resident = process.memoryUsage().rss;
  measure(periodic(share(100_000), 8), chip, 100_000_000, 0);
  const more = (process.memoryUsage().rss - resident) / 2 ** 20;
  row(`${share(100_000).toLocaleString("en")} tasks`, `${more.toFixed(0)} MB more resident`, "200 MB");
  for (const [name, seconds] of [
    ["hackbench", 2],
    ["database", 4],
    ["numeric", 20],
    ["convolution", 60],
    ["compression", 60],
  ] as const) {
    const model = modelNamed(name).workload();
    const { perSecond } = measure(model, presetTopology("i5-1035g1"), share(seconds * 1e9), repeats(3));
    row(`benchmark model ${name}`, `${million(perSecond)} M events/s`, "2 M");
  }
}
