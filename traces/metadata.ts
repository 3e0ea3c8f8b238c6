import type { Change } from "./made.ts";
import { SCHEMA_VERSION, type TraceMetadata } from "./schema.ts";

/** Metadata of a trace of which nothing is known but what `overrides` says. */
export function traceMetadata(overrides: Partial<TraceMetadata> = {}): TraceMetadata {
  return {
    schemaVersion: SCHEMA_VERSION,
    source: "unknown",
    kernel: "",
    chip: "",
    tunables: {},
    workload: "",
    workloadHash: "",
    seed: null,
    tool: "",
    lostRecords: null,
    notes: {},
    ...overrides,
  };
}

/** The changes of a trace that keeps only some of the rows of another. */
export const withChange = (of: TraceMetadata, change: Change): Change[] => [...(of.changes ?? []), change];

/** The lost records of several parts together: unknown where those of any part are. */
export function sumOfLost(lost: readonly (number | null)[]): number | null {
  return lost.reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0);
}
