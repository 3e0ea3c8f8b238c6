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
import { repeats, share } from "./share.ts";

/**
 * The whole simulator: scheduler events (switches, wake-ups, ticks, balance passes, migrations) per second of CPU time.
 * Medians of several runs after one to warm up. The bare loop beside it does the same number of operations on a heap of
 * the same size and nothing else: what an event costs beyond having events.
 */
const RUNS = repeats(5);

/** Periodic tasks that run and sleep at random and ask for 90 % of the chip together. */
function periodic(tasks: number, cpus: number): Workload {
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

/** CPU time of this process, s: unlike the wall clock it does not count what other processes take. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

function simulationOf(
  workload: Workload,
  topology: Topology,
  durationNs: number,
  onProgress: (now: number) => void,
): Simulation {
  const options = { workload, topology, durationNs, onProgress, hardware: hardware() };
  return new Simulation({ ...options, seed: "1", maxTasks: 200_000 });
}

/** Events per second in the last four fifths of a run: creating and placing the tasks at its start does not count. */
function measure(workload: Workload, topology: Topology, durationNs: number, runs = RUNS): Measured {
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

const million = (x: number): string => `${(x / 1e6).toFixed(2)} M/s`;

/** Prints a table; returns nothing: ratios, not absolute figures, are what other machines can compare. */
export async function run(): Promise<void> {
  const print = (name: string, m: Measured, base?: Measured) =>
    console.log(
      `${name.padEnd(44)} ${million(m.perSecond).padStart(10)}  ${(1e9 / m.perSecond).toFixed(0).padStart(6)} ns/event${
        base ? `  x${(base.perSecond / m.perSecond).toFixed(2)} per event` : ""
      }`,
    );
  const chip = presetTopology("8x1");
  const base = measure(periodic(400, 8), chip, share(4e9));
  console.log("whole simulator, scheduler events per second of CPU time (medians)");
  print("8 CPUs, 400 periodic tasks", base);
  const bare = bareLoop(409, Math.max(share(1_000_000), base.events));
  console.log(
    `${"bare agenda of the same size, pop + push".padEnd(44)} ${million(bare).padStart(10)}  x${(bare / base.perSecond).toFixed(1)} of the rate above`,
  );
  console.log(
    `allocated per event in steady state: ${allocatedPerEvent(periodic(400, 8), chip, share(32e9)).toFixed(2)} bytes`,
  );
  for (const tasks of [100, 1000, 10_000])
    print(`8 CPUs, ${tasks} periodic tasks`, measure(periodic(tasks, 8), chip, share(4e9), repeats(3)), base);
  for (const cpus of [64, 256])
    print(
      `${cpus} CPUs, ${50 * cpus} periodic tasks`,
      measure(
        periodic(50 * cpus, cpus),
        regularTopology(`${cpus}x1`, cpus, 1, 8, cpus),
        share(128e9 / cpus),
        repeats(3),
      ),
      base,
    );
  const resident = process.memoryUsage().rss;
  measure(periodic(share(100_000), 8), chip, 100_000_000, 0);
  console.log(
    `${share(100_000).toLocaleString("en")} tasks: ${Math.round((process.memoryUsage().rss - resident) / 2 ** 20)} MB more resident`,
  );
  console.log("benchmark models on the default chip");
  for (const [name, seconds] of [
    ["hackbench", 2],
    ["database", 4],
    ["numeric", 20],
    ["convolution", 60],
    ["compression", 60],
  ] as const)
    print(
      name,
      measure(modelNamed(name).workload(), presetTopology("i5-1035g1"), share(seconds * 1e9), repeats(3)),
    );
}
