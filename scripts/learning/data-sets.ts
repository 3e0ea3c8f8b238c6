import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readTrace } from "../../traces/read-trace.ts";
import type { TraceTable } from "../../traces/schema.ts";

const TRACES = fileURLToPath(new URL("../../traces/", import.meta.url));

/** The traces of the repository that the tables of docs/learning.md are made of, in the shell's order. */
export interface RepositoryTraces {
  /** Eight workloads on a real kernel to learn from, and second boots of some of them. */
  benchmarksTrain: TraceTable[];
  benchmarksTest: TraceTable[];
  /** Other workloads and other tunables on a real kernel. */
  real: TraceTable[];
  synthetic: TraceTable[];
}

async function readFolder(folder: string, pattern: RegExp): Promise<TraceTable[]> {
  const names = readdirSync(`${TRACES}${folder}`).filter((name) => pattern.test(name));
  return Promise.all(names.sort().map((name) => readTrace(`${TRACES}${folder}/${name}`)));
}

export async function repositoryTraces(): Promise<RepositoryTraces> {
  return {
    benchmarksTrain: await readFolder("real/benchmarks", /-train\.parquet$/),
    benchmarksTest: await readFolder("real/benchmarks", /-test\.parquet$/),
    real: await readFolder("real", /\.parquet$/),
    synthetic: await readFolder("synthetic", /\.parquet$/),
  };
}
