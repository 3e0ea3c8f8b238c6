import { regularTopology } from "../sim/chip/topology-presets.ts";
import { TreeNodes, VruntimeTree } from "../sim/lib/rbtree.ts";
import { AllocationMeter } from "./allocation.ts";
import { EventHeap, type Load, LoadDriver } from "./core-load.ts";
import { cpuTime, median, repeats, row, share } from "./share.ts";

/**
 * Speed of the scheduling core: `npm run bench` or `npx tsx bench/core.ts`. Events are switches, wake-ups, ticks, balance
 * passes and migrations. Each figure is the median of several runs in one process.
 */

const EVENTS = share(600_000);
const RUNS = repeats(5);

function topologyOf(cpus: number) {
  return cpus === 8
    ? regularTopology("4x2", 4, 2, 4, 4)
    : regularTopology(`${cpus / 2}x2`, cpus / 2, 2, 8, 64);
}

interface Result {
  nsPerEvent: number;
  heapOperationsPerEvent: number;
}

/** Time per event after a warm-up, of which the load's own part (heap, random numbers) is included. */
export function measure(load: Load, runs = RUNS, events = EVENTS): Result {
  const driver = new LoadDriver(load);
  driver.run(events);
  const times: number[] = [];
  const operations = driver.heap.operations;
  for (let i = 0; i < runs; i++) {
    const start = cpuTime();
    driver.run(events);
    times.push(((cpuTime() - start) * 1e9) / events);
  }
  return {
    nsPerEvent: median(times),
    heapOperationsPerEvent: (driver.heap.operations - operations) / (events * runs),
  };
}

/** How many times longer an event takes under `b` than under `a`: both measured in turn, the median of the ratios. */
export function ratio(a: Load, b: Load): { a: number; b: number; ratio: number } {
  const drivers = [new LoadDriver(a), new LoadDriver(b)] as const;
  for (const driver of drivers) driver.run(2 * EVENTS);
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < RUNS; i++) {
    drivers.forEach((driver, k) => {
      const start = cpuTime();
      driver.run(EVENTS);
      times[k as 0 | 1].push(((cpuTime() - start) * 1e9) / EVENTS);
    });
  }
  const ratios = times[0].map((time, i) => times[1][i] / time);
  return { a: median(times[0]), b: median(times[1]), ratio: median(ratios) };
}

/** Bytes that the core's own functions allocate per event in steady state. */
function allocated(load: Load): number {
  const driver = new LoadDriver(load);
  const meter = new AllocationMeter();
  driver.run(2 * EVENTS);
  const before = meter.bytes();
  driver.run(EVENTS);
  const bytes = meter.bytes() - before;
  meter.stop();
  return bytes / EVENTS;
}

/** The yardstick: as many heap operations per event and one insertion and one removal in a vruntime tree. */
function bareLoop(tasks: number, queues: number, heapOperations: number): number {
  const pool = new TreeNodes();
  const trees = Array.from({ length: queues }, () => new VruntimeTree(pool));
  const nodes = Array.from({ length: tasks }, () => ({ vruntime: 0, node: 0 }));
  const heap = new EventHeap(2 * tasks);
  let state = 1;
  nodes.forEach((node, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    node.vruntime = state >>> 0;
    pool.add(node);
    trees[i % queues].insert(node);
    heap.push(state >>> 0, i);
  });
  let work = 0;
  const loop = (events: number) => {
    for (let i = 0; i < events; i++) {
      const tree = trees[i % queues];
      const node = tree.leftmost!;
      tree.remove(node);
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      node.vruntime += state >>> 8;
      tree.insert(node);
      for (work += heapOperations / 2; work >= 1; work--) {
        const time = heap.time;
        const id = heap.id;
        heap.pop();
        heap.push(time + (state >>> 0), id);
      }
    }
  };
  loop(EVENTS);
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const start = cpuTime();
    loop(EVENTS);
    times.push(((cpuTime() - start) * 1e9) / EVENTS);
  }
  return median(times);
}

/** Prints the core's rows of docs/performance.md. */
export async function run(): Promise<void> {
  const million = (ns: number) => (1000 / ns).toFixed(1);
  const base = { topology: topologyOf(8), burst: 200_000 };
  const tasks = (n: number, demand: number): Load => ({ ...base, tasks: n, demand });

  const busy = measure(tasks(400, 0.9));
  const full = measure(tasks(400, 1.5));
  row(
    "scheduling core, 8 CPUs, 400 tasks, 90 % load / overloaded",
    `${million(busy.nsPerEvent)} / ${million(full.nsPerEvent)} M events/s`,
    "1 M, aim 3 M",
  );
  const bare = bareLoop(400, 8, busy.heapOperationsPerEvent);
  row(
    "a bare heap and tree doing as many operations",
    `${million(bare)} M/s; the core takes ${(busy.nsPerEvent / bare).toFixed(1)} times as long`,
    "",
  );
  const compare = (what: string, goal: string, of: (demand: number) => [Load, Load]) => {
    const [a, b] = [0.9, 1.5].map((demand) => ratio(...of(demand)).ratio.toFixed(1));
    row(`core, cost per event, ${what}, 90 % load / overloaded`, `× ${a} / ${b}`, goal);
  };
  compare("100 → 10,000 tasks", "at most × 2", (demand) => [tasks(100, demand), tasks(10_000, demand)]);
  compare("8 → 256 CPUs", "at most × 3", (demand) => [
    tasks(400, demand),
    { ...tasks(12_800, demand), topology: topologyOf(256) },
  ]);
  compare("no → three nested control groups", "at most × 2.5", (demand) => [
    tasks(400, demand),
    { ...tasks(400, demand), nested: 3 },
  ]);
  row("core, allocated per event", `${allocated(tasks(400, 0.9)).toFixed(1)} bytes`, "none");

  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  new LoadDriver(tasks(share(100_000), 1.5)).run(EVENTS);
  const more = (process.memoryUsage().rss - before) / 2 ** 20;
  row(`core, ${share(100_000).toLocaleString("en")} tasks`, `${more.toFixed(0)} MB more resident`, "1 GB");
}

if (import.meta.url === `file://${process.argv[1]}`) await run();
