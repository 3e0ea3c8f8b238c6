import { regularTopology } from "../sim/chip/topology-presets.ts";
import { TreeNodes, VruntimeTree } from "../sim/lib/rbtree.ts";
import { AllocationMeter } from "./allocation.ts";
import { EventHeap, type Load, LoadDriver } from "./core-load.ts";
import { repeats, share } from "./share.ts";

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

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** CPU time of this process, ns: unlike the wall clock it does not count what other processes take. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
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
    times.push((cpuTime() - start) / events);
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
      times[k as 0 | 1].push((cpuTime() - start) / EVENTS);
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
    times.push((cpuTime() - start) / EVENTS);
  }
  return median(times);
}

export async function run(): Promise<void> {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const rate = (ns: number) => `${(1000 / ns).toFixed(2)} M events/s (${ns.toFixed(0)} ns)`;
  const base = { topology: topologyOf(8), burst: 200_000 };

  say("scheduling core, one thread");
  const busy = measure({ ...base, tasks: 400, demand: 0.9 });
  const full = measure({ ...base, tasks: 400, demand: 1.5 });
  say(`  8 CPUs, 400 tasks, 90 % load:        ${rate(busy.nsPerEvent)}`);
  say(`  8 CPUs, 400 tasks, overloaded:       ${rate(full.nsPerEvent)}`);
  say(
    `  allocated by the core:               ${(allocated({ ...base, tasks: 400, demand: 0.9 })).toFixed(2)} bytes per event`,
  );
  const bare = bareLoop(400, 8, busy.heapOperationsPerEvent);
  say(
    `  bare heap and tree, same operations: ${rate(bare)}; the core takes ${(busy.nsPerEvent / bare).toFixed(1)} times as long`,
  );

  for (const [name, demand] of [
    ["90 % load", 0.9],
    ["overloaded", 1.5],
  ] as const) {
    const print = (what: string, r: ReturnType<typeof ratio>) =>
      say(
        `  ${what}, ${name}: ${r.a.toFixed(0)} -> ${r.b.toFixed(0)} ns per event, ratio ${r.ratio.toFixed(2)}`,
      );
    const tasks = (n: number) => ({ ...base, tasks: n, demand });
    print("100 -> 10,000 tasks", ratio(tasks(100), tasks(10_000)));
    print("no -> three nested groups, 400 tasks", ratio(tasks(400), { ...tasks(400), nested: 3 }));
    print("8 -> 256 CPUs, 50 tasks each", ratio(tasks(400), { ...tasks(12_800), topology: topologyOf(256) }));
  }

  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const driver = new LoadDriver({ ...base, tasks: share(100_000), demand: 1.5 });
  driver.run(EVENTS);
  say(
    `  ${share(100_000).toLocaleString("en")} tasks: ${((process.memoryUsage().rss - before) / 2 ** 20).toFixed(0)} MB more`,
  );
}

if (import.meta.url === `file://${process.argv[1]}`) await run();
