import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readTrace } from "../../traces/read-trace.ts";
import type { TraceTable } from "../../traces/schema.ts";

const TRACES = fileURLToPath(new URL("../../traces/", import.meta.url));

/** The traces of the repository that the tables of docs/learning.md are made of, in the shell's order. */
export interface RepositoryTraces {
  /** Nine workloads on a real kernel in virtual time, each with two migration costs, to learn from. */
  train: TraceTable[];
  /** Second boots of them. */
  boot: TraceTable[];
  /** Boots of them on the other chip. */
  chip: TraceTable[];
  /** Other workloads on a real kernel, whose time was the clock of a busy host. */
  real: TraceTable[];
  synthetic: TraceTable[];
}

async function readFolder(folder: string, pattern: RegExp): Promise<TraceTable[]> {
  const names = readdirSync(`${TRACES}${folder}`).filter((name) => pattern.test(name));
  return Promise.all(names.sort().map((name) => readTrace(`${TRACES}${folder}/${name}`)));
}

export async function repositoryTraces(): Promise<RepositoryTraces> {
  return {
    train: await readFolder("real/virtual-time", /-4x2-.*-train\.parquet$/),
    boot: await readFolder("real/virtual-time", /-4x2-.*-test\.parquet$/),
    chip: await readFolder("real/virtual-time", /-8x1-.*-test\.parquet$/),
    real: await readFolder("real", /\.parquet$/),
    synthetic: await readFolder("synthetic", /\.parquet$/),
  };
}
