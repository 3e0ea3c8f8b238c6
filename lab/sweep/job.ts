/** What a worker of a sweep does. Argument and result are plain data. */
import { simulateFile } from "../simulate-file.ts";
import { type Cell, choiceOf } from "./dimensions.ts";
import { METRICS } from "./metrics.ts";
import type { SweepRow } from "./rows.ts";

export interface SweepJob {
  index: number;
  cell: Cell;
  seed: string;
  durationNs?: number;
}

/** Simulates one cell with one seed. */
export async function simulateCell({ index, cell, seed, durationNs }: SweepJob): Promise<SweepRow> {
  const { workload, ...choice } = choiceOf(cell);
  const { result, traceSha256, records } = await simulateFile(workload, { ...choice, seed, durationNs });
  const metrics = Object.fromEntries(Object.entries(METRICS).map(([name, { of }]) => [name, of(result)]));
  return { index, cell, seed, metrics, events: result.events, records, traceSha256 };
}
