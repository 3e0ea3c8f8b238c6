/**
 * How often the kernel's own threads run, and for how long: recorded in a guest in virtual time beside nothing, beside nine busy
 * loops, and while the collector of the recordings runs, and kept in scripts/background.json. The defaults of the simulator's background follow from it (docs/workloads.md).
 *
 *     npx tsx scripts/background.ts [SECONDS]     then `npm run generate`
 *     npx tsx scripts/background.ts --effect      no guest: only what the background changes in simulations
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { buildKernel } from "../kernel-bridge/build/build-kernel.ts";
import { BRIDGE } from "../kernel-bridge/cache.ts";
import { bootGuest } from "../kernel-bridge/guest/boot.ts";
import { guestClock } from "../kernel-bridge/guest/clock.ts";
import { shellWords } from "../kernel-bridge/guest/shell-words.ts";
import { withScratch } from "../kernel-bridge/scratch.ts";
import { openWorkload } from "../lab/sources.ts";
import { guestHardware } from "../sim/chip/guest-costs.ts";
import { presetTopology } from "../sim/chip/topology-presets.ts";
import { simulateInTurns } from "../sim/simulator.ts";
import { writeFileAtomic } from "../traces/atomic-file.ts";
import { openTrace } from "../traces/read-trace.ts";
import { REASONS, type TraceTable } from "../traces/schema.ts";
import { TableBuilder } from "../traces/table.ts";
import { History } from "../traces/timelines/history.ts";
import type { RecordedLife } from "../traces/timelines/life.ts";
import { openRecording } from "../traces/timelines/recording.ts";

const PATH = new URL("background.json", import.meta.url);
const CHIP = "4x2";
const COLLECTOR = join(BRIDGE, "collect", "trace_events.py");
const SITUATIONS = ["idle", "nine-busy", "nine-recorded"] as const;

/** Threads of a kind, in one situation. Times in ns. */
export interface ThreadKind {
  /** "kworker", or the thread's own name. */
  kind: string;
  /** Bound to one CPU each. */
  perCpu: boolean;
  /** That were heard of. */
  threads: number;
  /** Of all of them together. */
  wakeupsPerSecond: number;
  /** From when a thread gets a CPU to when it sleeps. */
  medianRunNs: number;
  meanRunNs: number;
}

/** The calls of a run, in shares and means. */
export interface Calls {
  perSecond: number;
  /** Percent of the calls, by reason. */
  reasons: Record<string, number>;
  /** Means over the calls. */
  features: Record<string, number>;
}

/** A workload simulated as a guest in virtual time runs it, without and with the background, beside what was recorded of it. */
export interface Effect {
  workload: string;
  off: Calls;
  on: Calls;
  real: Calls;
}

export interface Background {
  made: string;
  kernel: string;
  chip: string;
  situations: {
    name: string;
    seconds: number;
    /** Of all tasks, and of the collector's process. */
    wakeupsPerSecond: number;
    collectorPerSecond: number;
    kinds: ThreadKind[];
  }[];
  effect: Effect[];
}

export const background = (): Background => JSON.parse(readFileSync(PATH, "utf8"));

/** "kworker/3:1H" and the like belong to one CPU, "kworker/u16:2" to none. */
function kindOf(comm: string): { kind: string; perCpu: boolean } {
  if (/^kworker\/u/.test(comm)) return { kind: "kworker/u", perCpu: false };
  const [, name] = /^([a-z_]+)\/\d+/.exec(comm) ?? [];
  return name === undefined ? { kind: comm, perCpu: false } : { kind: name, perCpu: true };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

async function situation(name: string, path: string, kthreads: ReadonlySet<number>) {
  const runs = new Map<RecordedLife, number[]>();
  const open = new Map<RecordedLife, number>();
  const wakeups = new Map<RecordedLife, number>();
  const history = new History({
    wakes: (task) => wakeups.set(task, (wakeups.get(task) ?? 0) + 1),
    ran: (task, _cpu, from, to) => open.set(task, (open.get(task) ?? 0) + to - from),
    leaves(task, _cpu, _time, state) {
      if (state === "R") return;
      runs.set(task, [...(runs.get(task) ?? []), open.get(task) ?? 0]);
      open.delete(task);
    },
  });
  let first = -1;
  for await (const claims of openRecording(path)!.claims())
    for (const claim of claims) {
      if (first < 0) first = claim.time;
      history.add(claim);
    }
  history.end();
  const seconds = (history.now - first) / 1e9;
  const kinds = new Map<string, RecordedLife[]>();
  for (const life of history.lives)
    if (kthreads.has(life.pid)) {
      const { kind } = kindOf(life.comm);
      kinds.set(kind, [...(kinds.get(kind) ?? []), life]);
    }
  const perSecond = (lives: readonly RecordedLife[]) =>
    Number((lives.reduce((sum, life) => sum + (wakeups.get(life) ?? 0), 0) / seconds).toFixed(2));
  const rows = [...kinds].map(([kind, lives]): ThreadKind => {
    const all = lives.flatMap((life) => runs.get(life) ?? []);
    const mean = all.reduce((sum, ns) => sum + ns, 0) / Math.max(1, all.length);
    return {
      kind,
      perCpu: kindOf(lives[0]!.comm).perCpu,
      threads: lives.length,
      wakeupsPerSecond: perSecond(lives),
      medianRunNs: Math.round(median(all)),
      meanRunNs: Math.round(mean),
    };
  });
  const awake = rows.filter(({ wakeupsPerSecond }) => wakeupsPerSecond > 0);
  awake.sort((a, b) => b.wakeupsPerSecond - a.wakeupsPerSecond || (a.kind < b.kind ? -1 : 1));
  const everybody = history.lives.filter(({ pid }) => pid !== 0);
  return {
    name,
    seconds: Number(seconds.toFixed(1)),
    wakeupsPerSecond: perSecond(everybody),
    collectorPerSecond: perSecond(everybody.filter(({ comm }) => comm === "python3")),
    kinds: awake,
  };
}

async function record(seconds: number): Promise<Omit<Background, "effect">> {
  const { bzImage } = await buildKernel("patched", { say: console.error });
  return withScratch("background", async (exchange) => {
    const result = await bootGuest({
      bzImage,
      exchange,
      topology: CHIP,
      clock: guestClock({ clock: "virtual" }),
      script: `uname -r >/nicetries/kernel; ${shellWords([join(BRIDGE, "benchmarks", "background.sh"), "/nicetries", String(seconds), COLLECTOR])}`,
      timeLimit: 3600,
      say: console.error,
    });
    if (result.exitCode !== 0) throw new Error(`the guest: ${result.output.slice(-500)}`);
    const kthreads = new Set(readFileSync(`${exchange}/kthreads`, "utf8").trim().split("\n").map(Number));
    const situations: Background["situations"] = [];
    for (const name of SITUATIONS)
      situations.push(await situation(name, `${exchange}/${name}.ftrace`, kthreads));
    const kernel = readFileSync(`${exchange}/kernel`, "utf8").trim();
    return { made: "npx tsx scripts/background.ts", kernel, chip: CHIP, situations };
  });
}

const FEATURES = [
  "src_rq_nr_running",
  "dst_rq_nr_running",
  "sd_nr_balance_failed",
  "cpu_newly_idle",
  "lb_loop",
] as const;
const WORKLOADS = ["rtapp-mixed", "rtapp-pipeline", "rtapp-bursts"] as const;
const EFFECT_SECONDS = 20;

async function callsOf(
  chunks: AsyncIterable<TraceTable> | Iterable<TraceTable>,
  seconds: number,
): Promise<Calls> {
  const reasons = new Map<string, number>(REASONS.map((reason) => [reason, 0]));
  const sums = new Map<string, number>(FEATURES.map((name) => [name, 0]));
  let rows = 0;
  for await (const { rows: n, text, numeric } of chunks) {
    rows += n;
    for (let i = 0; i < n; i++) {
      const reason = text.reason[i]!;
      reasons.set(reason, reasons.get(reason)! + 1);
      for (const name of FEATURES) sums.set(name, sums.get(name)! + numeric[name][i]!);
    }
  }
  const means = (of: ReadonlyMap<string, number>, scale: number) =>
    Object.fromEntries([...of].map(([name, n]) => [name, Number(((scale * n) / rows).toFixed(3))]));
  return { perSecond: Math.round(rows / seconds), reasons: means(reasons, 100), features: means(sums, 1) };
}

async function effectOn(workload: string): Promise<Effect> {
  const path = join(BRIDGE, "benchmarks", `${workload}.json`);
  const simulated = async (background: number) => {
    const rows = new TableBuilder();
    await simulateInTurns(
      {
        workload: openWorkload([path]),
        topology: presetTopology("i5-1035g1"),
        seed: "1",
        durationNs: EFFECT_SECONDS * 1e9,
        hardware: guestHardware(),
        background,
        onDecision: (row) => rows.append(row),
      },
      setImmediate,
    );
    return callsOf([rows.toTable()], EFFECT_SECONDS);
  };
  const recorded = ["train", "test"].map((run) =>
    openTrace(
      fileURLToPath(
        new URL(`../traces/real/virtual-time/${workload}-${CHIP}-500us-${run}.parquet`, import.meta.url),
      ),
    ),
  );
  const both = async function* () {
    for (const trace of recorded) yield* trace.chunks();
  };
  const seconds = recorded.reduce((sum, { meta }) => sum + Number(meta.notes.seconds), 0);
  return { workload, off: await simulated(0), on: await simulated(1), real: await callsOf(both(), seconds) };
}

async function effect(): Promise<Effect[]> {
  const all: Effect[] = [];
  for (const workload of WORKLOADS) all.push(await effectOn(workload));
  return all;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const only = process.argv[2] === "--effect";
  const found = only ? background() : { ...(await record(Number(process.argv[2] ?? 20))), effect: [] };
  found.effect = await effect();
  writeFileAtomic(PATH.pathname, `${JSON.stringify(found, null, 1)}\n`);
  console.log("scripts/background.json");
}
