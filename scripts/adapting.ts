/**
 * What adapting achieves when a workload changes its character: simulated, and in a real kernel in virtual time. Kept in docs/adapting.json, from
 * which `npm run generate` makes the figure and the tables of docs/policies.md.
 *
 *     npx tsx scripts/adapting.ts                   simulated: 20 seeds, a minute
 *     npx tsx scripts/adapting.ts --kernel SEED...  boots a guest for each seed: some minutes each
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AdaptEvent } from "../adapt/adaptation.ts";
import type { Span } from "../adapt/call-log.ts";
import { adaptParameters } from "../adapt/parameters.ts";
import { recoveryFrom } from "../adapt/recovery.ts";
import { workloadsInTurn } from "../kernel-bridge/benchmarks/benchmarks.ts";
import { buildKernel } from "../kernel-bridge/build/build-kernel.ts";
import { BRIDGE } from "../kernel-bridge/cache.ts";
import { adaptInGuest } from "../kernel-bridge/deploy/adapt.ts";
import { guestClock } from "../kernel-bridge/guest/clock.ts";
import { withScratch } from "../kernel-bridge/scratch.ts";
import { simulateFile } from "../lab/simulate-file.ts";
import { trainFile } from "../lab/train-file.ts";
import { randomStream } from "../sim/engine/random.ts";
import { writeFileAtomic } from "../traces/atomic-file.ts";

const PATH = new URL("../docs/adapting.json", import.meta.url);
const SEEDS = 20;
/** What is shown around the change, s, in spans of one second. */
const BEFORE = 10;
const AFTER = 20;
/** Of the guest: two rt-app files, and a model that knows the first. */
const KERNEL_FILES = ["rtapp-mixed.json", "rtapp-pipeline.json"].map((name) =>
  join(BRIDGE, "benchmarks", name),
);
const KERNEL_TRACE = "traces/real/virtual-time/rtapp-mixed-8x1-500us-train.parquet";

/** One seed. Times in ms, from the change of the workload on. */
export interface AdaptRun {
  seed: string;
  /** Calls and hard cases from the change to the swap that lasted, and the times of that swap and of the end of its trial; null: there was none. */
  recovery: { swapMs: number; confirmedMs: number; calls: number; hard: number } | null;
  swapsMs: number[];
  rollbacks: number;
  /** Spans of a second: hard cases, and in how many of them were right the model in force, the first one, the majority. */
  hard: string[];
  /** Of all calls after the change: how many, and the same three. */
  all: string;
  /** Hard cases after the swap that lasted: how many, and the same three. */
  learned: string;
  /** CPU time of the thread that trained, ms; of a guest: what the trainings were said to take. */
  trainingMs: number;
}

export interface Adapting {
  simulated: AdaptRun[];
  kernel: AdaptRun[];
}

export const adapting = (): Adapting =>
  existsSync(PATH) ? JSON.parse(readFileSync(PATH, "utf8")) : { simulated: [], kernel: [] };

interface Report {
  events: readonly AdaptEvent[];
  spans(ns: number, fromNs: number): Span[];
  recovery: ReturnType<typeof recoveryFrom>;
}

const ms = (ns: number): number => Math.round(ns / 1e6);
const counts = (of: "hard" | "all", span: Span | undefined): string =>
  span === undefined
    ? "0 0 0 0"
    : [of === "hard" ? span.hard : span.calls, span.adapted[of], span.alone[of], span.majority[of]].join(" ");

function runOf(
  seed: string,
  changeNs: number,
  { events, spans, recovery }: Report,
  trainingMs: number,
): AdaptRun {
  const whole = 1e15;
  const shown = spans(1e9, changeNs - BEFORE * 1e9).slice(0, BEFORE + AFTER);
  return {
    seed,
    recovery: recovery && {
      swapMs: ms(recovery.swapNs),
      confirmedMs: ms(recovery.confirmedNs),
      calls: recovery.calls,
      hard: recovery.hard,
    },
    swapsMs: events.filter(({ what }) => what === "swap").map(({ atNs }) => ms(atNs - changeNs)),
    rollbacks: events.filter(({ what }) => what === "rollback").length,
    hard: shown.map((span) => counts("hard", span)),
    all: counts("all", spans(whole, changeNs)[0]),
    learned: counts("hard", recovery ? spans(whole, changeNs + recovery.swapNs)[0] : undefined),
    trainingMs,
  };
}

/** The workload changes after 20 s, when threads of another kind come. */
const SWITCH = { file: "examples/switch.json", chip: "8x1", atNs: 20e9 };

async function simulated(folder: string): Promise<AdaptRun[]> {
  const [trace, model] = [join(folder, "t.parquet"), join(folder, "m.nt")];
  const { file, chip, atNs } = SWITCH;
  await simulateFile(file, { chip, seed: "100", durationNs: atNs, out: trace });
  await trainFile([trace], { target: "migrate", split: "none", out: model });
  const runs: AdaptRun[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { adaptation, result } = await simulateFile(file, {
      chip,
      seed: String(seed),
      policy: `adapt:${model}`,
    });
    const { events, log } = adaptation!;
    const recovery = recoveryFrom(atNs, events, log);
    const report = { events, spans: (ns: number, from: number) => log.spans(ns, from), recovery };
    runs.push(runOf(String(seed), atNs, report, ms(result.policyThread?.runNs ?? 0)));
    console.error(`seed ${seed}: ${JSON.stringify(runs.at(-1)!.recovery)}`);
  }
  return runs;
}

async function inKernel(folder: string, seed: string): Promise<AdaptRun> {
  const model = join(folder, "m.nt");
  await trainFile([KERNEL_TRACE], { target: "migrate", split: "none", out: model });
  const parameters = adaptParameters();
  const done = await adaptInGuest({
    model,
    workloads: await workloadsInTurn(KERNEL_FILES, 1, true),
    every: 0.5,
    parameters,
    random: randomStream(seed, "adapt"),
    boot: {
      bzImage: (await buildKernel("patched", { say: console.error })).bzImage,
      topology: "8x1",
      clock: guestClock({ clock: "virtual", seed: Number(seed) }),
      timeLimit: 3600,
    },
    onEvent: (event) => console.error(JSON.stringify(event)),
  });
  if (done.wrongSigns > 0 || done.exitCode !== 0)
    throw new Error(JSON.stringify({ ...done, log: undefined }));
  const { events, log, phases, trainingNs } = done;
  const changeNs = phases[1].atNs;
  const report = {
    events,
    spans: (ns: number, from: number) => log.spans(ns, from),
    recovery: recoveryFrom(changeNs, events, log),
  };
  return runOf(seed, changeNs, report, ms(trainingNs));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const kept = adapting();
  const [what, ...seeds] = process.argv.slice(2);
  const store = () => writeFileAtomic(PATH.pathname, `${JSON.stringify(kept, null, 1)}\n`);
  await withScratch("adapting", async (folder) => {
    if (what !== "--kernel") {
      kept.simulated = await simulated(folder);
      store();
    }
    for (const seed of what === "--kernel" ? seeds : []) {
      const run = await inKernel(folder, seed);
      kept.kernel = [...kept.kernel.filter((other) => other.seed !== seed), run];
      kept.kernel.sort((a, b) => Number(a.seed) - Number(b.seed));
      store();
    }
  });
}
