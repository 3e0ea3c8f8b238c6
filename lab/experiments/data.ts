/** The traces that experiments learn from and judge on: recordings of the repository, and simulated ones made for them. */
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import type { Bench } from "./bench.ts";

/** A benchmark of the thesis and what stands for it here. */
export interface Benchmark {
  /** As the thesis's tables name it. */
  thesis: "arrayfire" | "askap" | "cassandra" | "compress-zstd" | "hackbench";
  /** Recordings of traces/real/virtual-time/. */
  recorded: string;
  /** The simulator's model, and how long it runs for some thousand decisions, ns. */
  model: string;
  simulatedNs: number;
}

/** In the order of the thesis's tables. */
export const BENCHMARKS: readonly Benchmark[] = [
  { thesis: "arrayfire", recorded: "numeric", model: "numeric", simulatedNs: 60e9 },
  { thesis: "askap", recorded: "gridding", model: "convolution", simulatedNs: 120e9 },
  { thesis: "cassandra", recorded: "pgbench", model: "database", simulatedNs: 20e9 },
  { thesis: "compress-zstd", recorded: "zstd", model: "compression", simulatedNs: 120e9 },
  { thesis: "hackbench", recorded: "hackbench", model: "hackbench", simulatedNs: 2e9 },
];

const FOLDER = "traces/real/virtual-time";

/**
 * Recordings whose file name matches, in the shell's order.
 * @throws InputError where there is none, or where not all are there: the npm package has but those that `nicetries run` judges on
 */
export function recordings({ root }: Pick<Bench, "root">, pattern: RegExp, folder = FOLDER): string[] {
  const path = join(root, folder);
  // what is published lies in dist/, without datasheets
  if (!existsSync(join(root, "traces")) || (existsSync(path) && !existsSync(join(path, "README.md"))))
    throw new InputError("the npm package lacks the recordings that this experiment learns from", {
      file: relative(process.cwd(), path),
      expected: `files like ${pattern.source}, all of the repository's ${folder}`,
      hint: "Run it in the repository of nicetries (fetch its sources, `npm ci` there, `npx nicetries experiment ...`); its results are in docs/experiments.md of this package, too",
    });
  const names = existsSync(path) ? readdirSync(path).filter((name) => pattern.test(name)) : [];
  if (names.length === 0)
    throw new InputError("recordings are missing", {
      file: relative(process.cwd(), path),
      expected: `files like ${pattern.source}`,
      hint: `They are part of the repository: restore them with \`git checkout ${folder}\``,
    });
  return names.sort().map((name) => relative(process.cwd(), join(path, name)));
}

/** All recordings of a benchmark: both chips, both migration costs. `boot`: the first, to learn from, or the second. */
export const recordedRuns = (bench: Bench, { recorded }: Benchmark, boot: "train" | "test"): string[] =>
  recordings(bench, new RegExp(`^${recorded}-\\dx\\d-\\d+us-${boot}\\.parquet$`));

/** One simulation of a benchmark's model, on the thesis's chip. Made where it is not there yet. */
export async function simulatedRun(
  bench: Bench,
  { model, simulatedNs }: Benchmark,
  role: "train" | "test",
): Promise<string> {
  const file = join(bench.dir, "traces", `${model}.${role}.parquet`);
  const durationNs = Math.round(simulatedNs / (bench.quick ? 20 : 1));
  await bench.run({
    name: `simulate-${model}-${role}`,
    job: "simulate",
    argument: { source: model, seed: `${bench.seed}-${role}`, durationNs, out: file },
    reads: [],
    writes: [file],
  });
  return file;
}
