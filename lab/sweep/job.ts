/** What a worker of a sweep does. Argument and result are plain data. */
import { limited } from "../policy/limited.ts";
import { simulateFile } from "../simulate-file.ts";
import { type Cell, choiceOf } from "./dimensions.ts";
import { METRICS } from "./metrics.ts";
import type { SweepRow } from "./rows.ts";

/** A simulation of a sweep: combination and seed. */
export interface SweepJob {
  /** Its number in the plan, from 0 on. */
  index: number;
  cell: Cell;
  seed: string;
  /** ns; undefined: as long as the workload is by itself. */
  durationNs?: number;
}

/** Simulates one cell with one seed. */
export async function simulateCell({ index, cell, seed, durationNs }: SweepJob): Promise<SweepRow> {
  const { workload, ...choice } = choiceOf(cell);
  const { result, traceSha256, records } = await simulateFile(workload, {
    ...choice,
    seed,
    durationNs,
    supervise: limited(),
  });
  const metrics = Object.fromEntries(Object.entries(METRICS).map(([name, { of }]) => [name, of(result)]));
  return { index, cell, seed, metrics, events: result.events, records, traceSha256 };
}
