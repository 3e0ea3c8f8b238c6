import { z } from "zod";
import { checked } from "./json.ts";
import { type Change, commandSchema, madeSchema } from "./made.ts";
import { SCHEMA_VERSION, type TraceMetadata } from "./schema.ts";
import { tunablesSchema } from "./tunables.ts";

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

const AN_OBJECT = { error: "a JSON object" };
const text = z.string("text");

const FIELDS = z.object(
  {
    source: z.enum(["sim", "kernel", "unknown"], `"sim" or "kernel"`).optional(),
    kernel: text.optional(),
    chip: text.optional(),
    tunables: tunablesSchema.optional(),
    workload: text.optional(),
    workloadHash: text.optional(),
    seed: z.string("text or null").nullish(),
    tool: text.optional(),
    lostRecords: z.int("a count").min(0, "a count").nullish(),
    notes: z.record(z.string(), text, AN_OBJECT).optional(),
    made: madeSchema.optional(),
    changes: z.array(commandSchema, "a list").optional(),
    /** Only what is there is kept of a run. */
    runs: z
      .record(
        z.string(),
        z.lazy((): z.ZodType<Partial<TraceMetadata>> => FIELDS as z.ZodType<Partial<TraceMetadata>>),
        AN_OBJECT,
      )
      .optional(),
  },
  AN_OBJECT,
);

/**
 * Checks metadata read from a file and fills in what an older file did not have.
 * Throws an `InputError` naming the field that is wrong.
 */
export function checkMetadata(value: unknown, file: string): TraceMetadata {
  const given = checked(FIELDS, value, { file, problem: "the trace's metadata are not valid" });
  return traceMetadata(given as Partial<TraceMetadata>);
}
