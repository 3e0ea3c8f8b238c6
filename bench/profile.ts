import { execFileSync } from "node:child_process";
import { type Profiler, Session } from "node:inspector";
import { fileURLToPath } from "node:url";
import { presetTopology } from "../sim/chip/topology-presets.ts";
import { QUICK, repeats, row, share } from "./share.ts";
import { measure, periodic, simulationOf } from "./simulate.ts";

/**
 * Where an event's time goes: V8's profiler looks a few thousand times a second at which function runs. The share of a part is
 * that of the looks that find one of its functions; its nanoseconds are that share of the processor time per event. V8 counts
 * what it has inlined for whoever it is inlined into, so the looks are taken in a process that inlines nothing. There small functions cost
 * more than they would; the time is that of a run with inlining.
 */

/** The parts, by the files that belong to each: the first that fits counts. */
const PARTS: readonly (readonly [part: string, files: RegExp])[] = [
  ["agenda and event loop", /\/sim\/(engine\/|run\/(simulation|timers|watch)\.)/],
  ["random times", /\/sim\/(workload\/(task-random|distributions)|run\/jitter)\./],
  ["programmes", /\/sim\/(workload\/|run\/(interpreter|task-set)\.)/],
  ["load tracking", /\/sim\/pelt\//],
  ["placing of woken tasks", /\/sim\/place\//],
  ["queueing, picking and preempting", /\/sim\/(fair\/|rt\/|lib\/(rbtree|list)\.)/],
  ["balancing", /\/sim\/(balance|domains)\//],
  ["switching and waking, the core's operations", /\/sim\/(sched\/|core\.)/],
  ["hardware costs and progress", /\/sim\/(chip\/|run\/(progress|interrupts)\.)/],
  ["statistics", /\/sim\/(output\/|run\/)/],
];
/** What everybody uses counts for who calls it: arithmetic, masks, the structs' own methods. */
const SHARED = /\/sim\/(lib|state)\//;
const REST = "collecting garbage, compiling, the benchmark itself";

/** The part that a function belongs to, called by one of `caller`. */
function partOf(url: string, caller: string): string {
  const found = PARTS.find(([, files]) => files.test(url));
  if (found) return found[0];
  return SHARED.test(url) ? caller : REST;
}

/** Looks by part. */
export function looksByPart({ nodes }: Profiler.Profile): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const looks = new Map<string, number>();
  const visit = (id: number, caller: string): void => {
    const { callFrame, hitCount = 0, children = [] } = byId.get(id)!;
    const part = partOf(callFrame.url, caller);
    looks.set(part, (looks.get(part) ?? 0) + hitCount);
    for (const child of children) visit(child, part);
  };
  visit(nodes[0].id, REST);
  return looks;
}

/** Of a run of 8 CPUs and 400 tasks, after a while: looks by part, and how many of the events are ticks and balance passes. */
function profile() {
  const durationNs = share(12e9);
  const simulation = simulationOf(periodic(400, 8), presetTopology("8x1"), durationNs);
  simulation.runUntil(Math.floor(durationNs / 4));
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: 250 });
  session.post("Profiler.start");
  simulation.runUntil(durationNs);
  let looks = new Map<string, number>();
  // the answer comes before post() returns
  session.post("Profiler.stop", (error, { profile }) => {
    if (error) throw error;
    looks = looksByPart(profile);
  });
  session.disconnect();
  const { core, ticks, observer } = simulation;
  return { looks: [...looks], ticks: ticks / core.events, passes: observer.balancePasses / core.events };
}

/** Prints the table "Where an event's time goes" of docs/performance.md. */
export async function run(): Promise<void> {
  const { perSecond } = measure(periodic(400, 8), presetTopology("8x1"), share(4e9), repeats(5));
  const nsPerEvent = 1e9 / perSecond;
  const command = [...process.execArgv, "--no-turbo-inlining", fileURLToPath(import.meta.url)];
  const answer = execFileSync(process.execPath, QUICK ? [...command, "--quick"] : command, {
    encoding: "utf8",
  });
  const { looks, ticks, passes }: ReturnType<typeof profile> = JSON.parse(answer);
  const byPart = new Map(looks);
  const all = looks.reduce((sum, [, n]) => sum + n, 0);
  const percent = (of: number, digits = 0) => `${(100 * of).toFixed(digits)} %`;
  for (const part of [...PARTS.map(([name]) => name), REST]) {
    const of = (byPart.get(part) ?? 0) / all;
    row(part, `${(of * nsPerEvent).toFixed(0)} ns`, percent(of));
  }
  row("an event", `${nsPerEvent.toFixed(0)} ns`, "");
  row("of the events, ticks and balance passes", percent(ticks, 1), percent(passes, 1));
}

if (import.meta.url === `file://${process.argv[1]}`) console.log(JSON.stringify(profile()));
