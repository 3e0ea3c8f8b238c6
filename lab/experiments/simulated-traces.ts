/** Simulated traces to learn from: the thesis's setting, and many settings drawn at random. */
import { join } from "node:path";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import type { Bench } from "./bench.ts";
import { BENCHMARKS, simulatedRun } from "./data.ts";
import type { SimulateJob } from "./jobs/simulate.ts";

/** One run of each benchmark's model on the thesis's chip, with the kernel's own migration cost, and nothing else on the machine. */
export const plainTraces = (bench: Bench, role: "train" | "test"): Promise<string[]> =>
  Promise.all(BENCHMARKS.map((benchmark) => simulatedRun(bench, benchmark, role)));

/** What a model is simulated for, s: about as many decisions each. */
const SECONDS: Readonly<Record<string, number>> = {
  database: 4,
  numeric: 20,
  convolution: 40,
  compression: 40,
  weights: 40,
  hackbench: 1,
};

/**
 * Domain randomisation: every model on both chips and with both migration costs, beside the kernel's own threads, with other numbers of
 * tasks, and two files that models do not have: pinned tasks, and groups with a quota.
 */
export async function variedTraces(bench: Bench): Promise<string[]> {
  const shorter = bench.quick ? 10 : 1;
  const settings = ["i5-1035g1", "8x1"].flatMap((chip) =>
    [5e5, 4e6].map((migrationCostNs) => ({
      chip,
      tunables: { migrationCostNs },
      tag: `${chip === "8x1" ? "8x1" : "4x2"}-${migrationCostNs / 1e3}us`,
    })),
  );
  const models = Object.entries(SECONDS).flatMap(([source, seconds]) =>
    settings.map((setting) => ({
      ...setting,
      source,
      name: source,
      durationNs: (seconds * 1e9) / shorter,
      parameters: {},
    })),
  );
  const shapes = WEIGHTS.flatMap((parameters, i) =>
    settings.map((setting) => ({
      ...setting,
      source: "weights",
      name: `weights-${i + 1}`,
      durationNs: 20e9 / shorter,
      parameters,
    })),
  );
  const written = Object.entries(RT_APP).flatMap(([name, file]) => {
    const source = join(bench.dir, "inputs", `${name}.json`);
    writeFileAtomic(source, `${JSON.stringify(file, null, 1)}\n`);
    return settings.map((setting) => ({
      ...setting,
      source,
      name,
      durationNs: 20e9 / shorter,
      parameters: {},
    }));
  });
  return Promise.all(
    [...models, ...shapes, ...written].map(async ({ tag, name, ...choice }) => {
      const out = join(bench.dir, "traces", `varied-${name}-${tag}.parquet`);
      const groups = name === "quota" ? join(bench.dir, "inputs", "groups.json") : undefined;
      if (groups !== undefined) writeFileAtomic(groups, `${JSON.stringify(GROUPS)}\n`);
      const argument: SimulateJob = { ...choice, seed: `${bench.seed}-varied`, background: 1, groups, out };
      await bench.run({
        name: `simulate-varied-${name}-${tag}`,
        job: "simulate",
        argument,
        reads: [
          ...(choice.source.endsWith(".json") ? [choice.source] : []),
          ...(groups === undefined ? [] : [groups]),
        ],
        writes: [out],
      });
      return out;
    }),
  );
}

/** Shapes of the model `weights` beside its own. */
const WEIGHTS: readonly Record<string, number>[] = [
  { busy: 9, low: 0, pausePermille: 200 },
  { busy: 12, low: 0, chunkNs: 2_000_000, pausePermille: 500 },
  { busy: 4, low: 4, lowNice: 5, high: 3, highNice: -5 },
  { busy: 24, low: 0, chunkNs: 500_000, pausePermille: 800, pauseNs: 2_000_000 },
];

const RT_APP = {
  /** Tasks that may run on some CPUs only, among others that may run anywhere. */
  pinned: {
    tasks: {
      free: { instance: 8, loop: -1, run: 7000, sleep: 1500 },
      here: { instance: 2, loop: -1, cpus: [0], run: 5000, sleep: 2000 },
      there: { instance: 3, loop: -1, cpus: [2, 3], run: 9000, sleep: 3000 },
      half: { instance: 3, loop: -1, cpus: [4, 5, 6, 7], run: 3000, sleep: 900 },
      tick: { instance: 4, loop: -1, run: 700, timer: { ref: "unique", period: 8000 } },
    },
    global: { duration: 20 },
  },
  /** A group with a quota beside one without. */
  quota: {
    tasks: {
      web: { instance: 6, loop: -1, taskgroup: "/web", run: 3000, sleep: 2000 },
      batch: { instance: 6, loop: -1, taskgroup: "/batch", run: 20000 },
      other: { instance: 3, loop: -1, run: 9000, sleep: 1000 },
    },
    global: { duration: 20 },
  },
};
const GROUPS = { "/web": { "cpu.weight": 400 }, "/batch": { "cpu.weight": 100, "cpu.max": "250000 100000" } };
