/** Policies and tunables compared on equal seeds: lab/sweep simulates, lab/compare judges. */
import { join } from "node:path";
import { randomStream } from "../../sim/engine/random.ts";
import type { Pair } from "../compare/pairs.ts";
import { comparePairs, type MetricComparison } from "../compare/verdict.ts";
import { numberedSeeds, planHash, type SweepPlan } from "../sweep/plan.ts";
import { readResults } from "../sweep/results-file.ts";
import type { SweepRow } from "../sweep/rows.ts";
import { runSweep } from "../sweep/run.ts";
import type { Bench } from "./bench.ts";
import { type Cell, percent } from "./table.ts";

/** A workload under which sides are compared. */
export interface PairedSetting {
  label: string;
  model: string;
  parameters?: Record<string, string>;
  chip: string;
  /** Of each simulation, s. */
  seconds: number;
}

const METRICS = ["throughput", "p99", "wait", "migrations", "forced", "refill", "idleWhileWaiting"] as const;

/** All values of what is varied, each with the same seeds. A sweep that was done is not done again. */
export async function swept(
  bench: Bench,
  { model, parameters = {}, chip, seconds, label }: PairedSetting,
  vary: Record<string, readonly string[]>,
  seeds = 30,
): Promise<readonly SweepRow[]> {
  const own = Object.entries(parameters).filter(([name]) => !Object.hasOwn(vary, `parameters.${name}`));
  const plan: SweepPlan = {
    about: label,
    durationNs: (seconds * 1e9) / (bench.quick ? 4 : 1),
    seeds: numberedSeeds(bench.quick ? 3 : seeds).map((seed) => `${bench.seed}-${seed}`),
    dimensions: {
      workload: [model],
      chip: [chip],
      ...Object.fromEntries(own.map(([name, value]) => [`parameters.${name}`, [value]])),
      ...vary,
    },
  };
  const out = join(bench.dir, "sweeps", planHash(plan));
  const { results } = await runSweep(plan, {
    out,
    onProgress: (done, total) => bench.progress(done, total, label),
  });
  return (await readResults(results!)).rows;
}

type Values = Readonly<Record<string, string>>;

/** The side of `b` compared with that of `a`, seed by seed. */
export function compared(
  bench: Bench,
  rows: readonly SweepRow[],
  both: Values,
  a: Values,
  b: Values,
): MetricComparison[] {
  const side = (values: Values) =>
    rows.filter(({ cell }) =>
      Object.entries({ ...both, ...values }).every(([name, value]) => cell[name] === value),
    );
  const partners = new Map(side(b).map((row) => [row.seed, row]));
  const pairs = side(a).map(
    (row): Pair => ({ stratum: "", seed: row.seed, a: row, b: partners.get(row.seed)! }),
  );
  return comparePairs(pairs, {
    random: randomStream(bench.seed, "compare"),
    metrics: METRICS,
    resamples: 2000,
  });
}

export const COLUMNS = [
  { name: "throughput, %", digits: 2 },
  { name: "verdict" },
  { name: "p99 of wake-ups, %", digits: 1 },
  { name: "waiting, %", digits: 1 },
  { name: "migrations per s", digits: 1 },
  { name: "forced per s", digits: 2 },
  { name: "refill, ms per s", digits: 2 },
];

/** Ratios to the other side in percent, with intervals that hold for all metrics together; and what the side itself has. */
export function cells(metrics: readonly MetricComparison[]): Cell[] {
  const of = (name: (typeof METRICS)[number]) => metrics.find((each) => each.name === name)!;
  const ratio = (name: (typeof METRICS)[number]): Cell => {
    const { ratio, ratioRange } = of(name);
    return percent(ratio, ratioRange);
  };
  return [
    ratio("throughput"),
    of("throughput").verdict,
    ratio("p99"),
    ratio("wait"),
    of("migrations").b,
    of("forced").b,
    1000 * of("refill").b,
  ];
}

/** What stock CFS has itself. */
export function stockCells(metrics: readonly MetricComparison[]): Cell[] {
  const of = (name: (typeof METRICS)[number]) => metrics.find((each) => each.name === name)!.a;
  return [100, "", 100, 100, of("migrations"), of("forced"), 1000 * of("refill")];
}
