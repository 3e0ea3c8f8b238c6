import { z } from "zod";
import { checked } from "./json.ts";
import { commandSchema, madeSchema } from "./made.ts";
import { traceMetadata } from "./metadata.ts";
import type { TraceMetadata } from "./schema.ts";
import { tunablesSchema } from "./tunables.ts";

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
