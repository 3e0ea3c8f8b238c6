/**
 * Two sides of a comparison, simulation by simulation: pairs are equal in seed and in all that varies, but for what tells the
 * sides apart.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError, RequestError, wrongValue } from "../../traces/input-error.ts";
import { RESULTS_FILE } from "../sweep/merge.ts";
import { readResults, type SweepResults } from "../sweep/results-file.ts";
import type { SweepRow } from "../sweep/rows.ts";

/** A side as the command line names it: results of a sweep, and of them those of these values. */
export interface Side {
  /** As it was written. */
  name: string;
  /** Where the results are. */
  file: string;
  results: SweepResults;
  fixed: Readonly<Record<string, string>>;
  rows: readonly SweepRow[];
}

/** Two simulations that differ in what tells the sides apart. */
export interface Pair {
  /** What both have in common, but for the seed: "" where that is nothing. */
  stratum: string;
  seed: string;
  a: SweepRow;
  b: SweepRow;
}

/**
 * Opens `FOLDER` or `FILE.parquet`, with what is chosen of it behind a question mark: `runs/nt?niceTries=1&policy=cfs`.
 * @param option What it is called in errors.
 * @throws InputError, RequestError
 */
export async function openSide(name: string, option: string): Promise<Side> {
  // a folder may have a question mark in its name
  const [path, query = ""] = existsSync(name) ? [name] : splitOnce(name, "?");
  if (!existsSync(path))
    throw new InputError("there is no such sweep", {
      file: path,
      expected: "a folder that a sweep has written, or its results.parquet",
    });
  const file = statSync(path).isDirectory() ? join(path, RESULTS_FILE) : path;
  if (!existsSync(file))
    throw new InputError("the sweep has no results", {
      file,
      expected: RESULTS_FILE,
      code: "sweep-unmerged",
      hint: "Let the sweep end, or merge its parts.",
    });
  const results = await readResults(file);
  const fixed: Record<string, string> = {};
  const parts = query.split("&").filter((each) => each !== "");
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const [dimension, begin] = splitOnce(part, "=");
    const values = valuesOf(results, dimension, option);
    let value = begin;
    // parameters of a policy are joined by the same sign
    const goesOn = (longer: string) =>
      values.some((each) => each === longer || each.startsWith(`${longer}&`));
    while (parts.length > 0 && goesOn(`${value}&${parts[0]}`)) value += `&${parts.shift()}`;
    if (value === undefined || !values.includes(value))
      throw wrongValue(option, `${dimension}= one of ${values.join(", ")}`, value ?? "", values);
    fixed[dimension] = value;
  }
  const isChosen = ({ cell }: SweepRow) =>
    Object.entries(fixed).every(([dimension, value]) => cell[dimension] === value);
  return { name, file, results, fixed, rows: results.rows.filter(isChosen) };
}

/** The values of a dimension, in their order. @throws RequestError where there is none of that name */
export function valuesOf({ dimensions, rows }: SweepResults, dimension: string, option: string): string[] {
  if (!dimensions.includes(dimension))
    throw wrongValue(option, `what the sweep varies: ${dimensions.join(", ")}`, dimension, dimensions);
  return [...new Set(rows.map(({ cell }) => cell[dimension]))];
}

/**
 * Pairs of two sides. Rows that have no partner are left out, and counted.
 * @throws RequestError where nothing can be paired, or one row would have several partners
 */
export function pairUp(a: Side, b: Side): { pairs: Pair[]; alone: number } {
  const apart = new Set([...Object.keys(a.fixed), ...Object.keys(b.fixed)]);
  const common = a.results.dimensions.filter(
    (name) => b.results.dimensions.includes(name) && !apart.has(name),
  );
  for (const side of [a, b])
    for (const name of side.results.dimensions.filter((each) => !common.includes(each))) {
      const values = new Set(side.rows.map(({ cell }) => cell[name]));
      if (values.size > 1)
        throw new RequestError(side === a ? "<a>" : "<b>", `does not say which ${name} is meant`, {
          found: [...values].join(", "),
          hint: `Say which, as in ${side.name}${side.name.includes("?") ? "&" : "?"}${name}=${[...values][0]}.`,
        });
    }
  const stratumOf = ({ cell }: SweepRow) => common.map((name) => `${name}=${cell[name]}`).join(" ");
  const keyOf = (row: SweepRow) => `${stratumOf(row)}\n${row.seed}`;
  const partners = new Map(b.rows.map((row) => [keyOf(row), row]));
  const pairs = a.rows.flatMap((row): Pair[] => {
    const partner = partners.get(keyOf(row));
    return partner ? [{ stratum: stratumOf(row), seed: row.seed, a: row, b: partner }] : [];
  });
  if (pairs.length === 0)
    throw new RequestError(
      "compare",
      "has nothing to pair: no simulation of one side has a partner on the other",
      {
        hint: `Partners are equal in seed${common.map((name) => `, ${name}`).join("")}.`,
      },
    );
  return { pairs, alone: a.rows.length + b.rows.length - 2 * pairs.length };
}

/**
 * Numbers of the pairs by the random world that they are of, a seed of a workload: what differs by a knob alone is told by the same
 * random numbers, may even be equal, and says together what one pair says.
 */
export function worldsOf(pairs: readonly Pair[]): number[][] {
  const worlds = new Map<string, number[]>();
  for (const [i, { seed, a }] of pairs.entries()) {
    const key = `${a.cell.workload}\n${seed}`;
    const world = worlds.get(key);
    if (world) world.push(i);
    else worlds.set(key, [i]);
  }
  return [...worlds.values()];
}

function splitOnce(text: string, at: string): [string, string | undefined] {
  const place = text.indexOf(at);
  return place < 0 ? [text, undefined] : [text.slice(0, place), text.slice(place + at.length)];
}
