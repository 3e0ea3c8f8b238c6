/**
 * A sweep as it is planned: all combinations of the values of its dimensions, each with the same seeds.
 *
 *  L1. Simulation `i` is that of cell `i / seeds` (rounded down) with seed number `i % seeds`; the last dimension varies fastest.
 *  L2. Plans with equal hashes make equal results: the hash is over everything that a simulation is asked for, its files included.
 */
import { existsSync, statSync } from "node:fs";
import { z } from "zod";
import { InputError, RequestError } from "../../traces/input-error.ts";
import { checked, onlyObject, parseJson } from "../../traces/json.ts";
import { lineOfPath } from "../../traces/json-lines.ts";
import { parseDuration } from "../../traces/quantity.ts";
import { fileSha256, sha256 } from "../../traces/sha256.ts";
import { isFileName } from "../files/file-names.ts";
import { modelOfPolicy, policyFile } from "../policy/names.ts";
import { openChip } from "../sources.ts";
import { VERSION } from "../version.ts";
import { type Cell, checkDimension, choiceOf, dimensionNames } from "./dimensions.ts";

/** What is simulated: all combinations, each with all seeds. */
export interface SweepPlan {
  /** What it is to find out. */
  about: string;
  /** ns; undefined: as long as each workload is by itself. */
  durationNs?: number;
  /** Names of random streams, as `simulateFile` takes one. */
  seeds: readonly string[];
  /** Values by dimension, in the order of the file. */
  dimensions: Readonly<Record<string, readonly string[]>>;
}

/** More simulations than this are a slip, not a plan. */
const MOST = 1_000_000;
const scalar = z
  .union([z.string(), z.number(), z.boolean()], "a text, a number, true or false")
  .transform(String);
const list = z
  .union(
    [scalar.transform((value) => [value]), z.array(scalar)],
    "a value or a list of values, each a text, a number, true or false",
  )
  .refine((values) => values.length > 0, "a value or a list of one or more");
const SEEDS_EXPECTED = "how many seeds, 1 to 1000000, or a list of their names";
const PLAN = onlyObject({
  /** Where an editor finds planSchema(). */
  $schema: z.string("a text").optional(),
  about: z.string("a text").optional(),
  duration: z.union([z.string(), z.number()], 'a time such as "2s"').transform(String).optional(),
  seeds: z
    .union([z.number(), z.array(scalar)], SEEDS_EXPECTED)
    .refine(
      (seeds) =>
        typeof seeds === "number" ? Number.isInteger(seeds) && seeds >= 1 && seeds <= 1e6 : seeds.length > 0,
      SEEDS_EXPECTED,
    )
    .optional(),
  simulate: z.record(z.string(), list, "an object: values by option of simulate"),
});

/** The schema of plan files, for editors: JSON Schema, draft 2020-12. */
export function planSchema(): object {
  const schema = z.toJSONSchema(PLAN, { io: "input" });
  const simulate = schema.properties?.simulate;
  return {
    ...schema,
    title: "A plan of nicetries sweep",
    properties: { ...schema.properties, simulate: { ...Object(simulate), propertyNames: dimensionNames() } },
  };
}

/** Seeds of a plan that says nothing of them. */
export const DEFAULT_SEEDS = 10;

/** The names of so many seeds, from 1 on. */
export const numberedSeeds = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => String(i + 1));

/** Reads a plan from the text of a JSON file. @throws InputError with file, line and field */
export function readPlan(text: string, file: string): SweepPlan {
  const expected = 'an object {"seeds": 20, "simulate": {"workload": "convolution", "niceTries": [0, 1, 4]}}';
  const value = checked(PLAN, parseJson(text, { file, problem: "not JSON", expected }), {
    file,
    text,
    problem: "not a plan",
  });
  const { about = "", duration, seeds = DEFAULT_SEEDS, simulate } = value;
  const durationNs = duration === undefined ? undefined : parseDuration(duration, "s");
  if (duration !== undefined && !durationNs)
    throw new InputError("not a duration", {
      file,
      line: lineOfPath(text, ["duration"]),
      field: "duration",
      found: duration,
      expected: 'a time such as "2s"',
    });
  const plan = {
    about,
    durationNs,
    seeds: typeof seeds === "number" ? numberedSeeds(seeds) : seeds,
    dimensions: simulate,
  };
  try {
    checkPlan(plan);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const { option, field, found } = error.details;
    const dimension = [field, option, found].find((name) => Object.hasOwn(simulate, String(name)));
    const line = lineOfPath(text, dimension === undefined ? [option] : ["simulate", String(dimension)]);
    throw new InputError(error.message, { file, line, code: "wrong-plan" });
  }
  return plan;
}

/** @throws RequestError for a dimension or a value that simulate would not take */
export function checkPlan(plan: SweepPlan): void {
  for (const name of Object.keys(plan.dimensions)) checkDimension(name);
  const repeated = plan.seeds.find((seed, i) => plan.seeds.indexOf(seed) !== i);
  if (repeated !== undefined) throw new RequestError("seeds", "has one seed twice", { found: repeated });
  for (const [name, values] of Object.entries(plan.dimensions)) {
    const twice = values.find((value, i) => values.indexOf(value) !== i);
    if (twice !== undefined)
      throw new RequestError("simulate", "has one value twice", { field: name, found: twice });
    if (values.some((value) => value.trim() === ""))
      throw new RequestError("simulate", "has an empty value", { field: name });
  }
  const count = simulationsOf(plan);
  if (count > MOST)
    throw new RequestError("simulate", `asks for ${count} simulations; at most ${MOST} can be`);
  for (let i = 0; i < cellsOf(plan); i++) choiceOf(cellOf(plan, i));
  for (const [name, values] of Object.entries(plan.dimensions)) {
    refuseEqual(plan, name, values);
    for (const value of values) refuseMissing(name, value);
  }
}

/** Refuses values that say the same in other words, as 500us and 0.5ms do. */
function refuseEqual(plan: SweepPlan, name: string, values: readonly string[]): void {
  const first = cellOf(plan, 0);
  const seen = new Map<string, string>();
  for (const value of values) {
    const meant = JSON.stringify(choiceOf({ ...first, [name]: value }));
    const other = seen.get(meant);
    if (other !== undefined)
      throw new RequestError("simulate", `has a value that is the same as ${other}`, {
        field: name,
        found: value,
      });
    seen.set(meant, value);
  }
}

function refuseMissing(name: string, value: string): void {
  const missing = filesOf(name, value).find((path) => !existsSync(path));
  if (missing === undefined) return;
  throw new RequestError("simulate", "names a file that is not there", {
    field: name,
    found: value,
    hint: "Paths are taken from the current folder.",
  });
}

/** Combinations of values. */
export const cellsOf = ({ dimensions }: SweepPlan): number =>
  Object.values(dimensions).reduce((product, values) => product * values.length, 1);

export const simulationsOf = (plan: SweepPlan): number => cellsOf(plan) * plan.seeds.length;

/** The values of cell `index` (L1). */
export function cellOf({ dimensions }: SweepPlan, index: number): Cell {
  let rest = index;
  const entries = Object.entries(dimensions).reverse();
  const values = entries.map(([name, among]): [string, string] => {
    const at = rest % among.length;
    rest = (rest - at) / among.length;
    return [name, among[at]];
  });
  return Object.fromEntries(values.reverse());
}

/** L2. Files count with their bytes. */
export function planHash(plan: SweepPlan): string {
  const files = Object.entries(plan.dimensions).flatMap(([name, values]) =>
    values.flatMap((value) => filesOf(name, value)),
  );
  const { seeds, durationNs = null, dimensions } = plan;
  return sha256(
    JSON.stringify([
      VERSION,
      durationNs,
      seeds,
      Object.entries(dimensions),
      [...new Set(files)].filter((path) => existsSync(path)).map((path) => [path, contentHash(path)]),
    ]),
  ).slice(0, 16);
}

/** Of a folder, which only a chip can be, what the chip is. */
const contentHash = (path: string): string =>
  statSync(path).isDirectory() ? sha256(JSON.stringify(openChip(path))) : fileSha256(path);

function filesOf(dimension: string, value: string): string[] {
  if (dimension === "policy") {
    const file = modelOfPolicy(value) ?? policyFile(value);
    return file === undefined ? [] : [file.path];
  }
  return ["workload", "chip", "groups"].includes(dimension) && isFileName(value) ? [value] : [];
}
