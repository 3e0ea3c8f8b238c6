import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../traces/input-error.ts";
import { TOOL } from "../made.ts";
import { journalsIn, readJournal } from "./journal.ts";
import { METRIC_NAMES } from "./metrics.ts";
import { planHash, readPlan, type SweepPlan, simulationsOf } from "./plan.ts";
import { type SweepResults, writeResults } from "./results-file.ts";
import type { SweepRow } from "./rows.ts";

/** The plan as the folder of a sweep keeps it. */
export const PLAN_FILE = "plan.json";
export const RESULTS_FILE = "results.parquet";

/** The plan as a file that readPlan() reads. */
export function planText(plan: SweepPlan): string {
  const { about, seeds, dimensions } = plan;
  return `${JSON.stringify({ about, duration: durationText(plan), seeds, simulate: dimensions }, null, 2)}\n`;
}

const durationText = ({ durationNs }: SweepPlan): string | undefined =>
  durationNs === undefined ? undefined : `${durationNs}ns`;

/**
 * Puts the parts of a sweep together and writes results.parquet into the first folder. Equal plans give equal bytes, however
 * many parts there were.
 * @param folders Where parts are: shards that ran on machines of their own have folders of their own.
 * @throws InputError for parts of another plan, and for simulations that no part has
 */
export function mergeSweep(folders: readonly string[]): { path: string; simulations: number } {
  const planPath = join(folders[0], PLAN_FILE);
  if (!existsSync(planPath))
    throw new InputError("this is no folder of a sweep", {
      file: folders[0],
      found: `no ${PLAN_FILE}`,
      expected: "a folder that a sweep has written",
    });
  const plan = readPlan(readFileSync(planPath, "utf8"), planPath);
  const hash = planHash(plan);
  const rows: SweepRow[] = new Array(simulationsOf(plan));
  for (const path of folders.flatMap(journalsIn)) {
    const { head, rows: part } = readJournal(path);
    if (head === undefined) continue;
    if (head.plan !== hash)
      throw new InputError("this part belongs to another plan, other files or another version", {
        file: path,
        found: head.plan,
        expected: hash,
        hint: "Merge the parts of one plan, with the version that made them.",
      });
    for (const row of part) rows[row.index] = row;
  }
  refuseGaps(rows, folders[0]);
  const path = join(folders[0], RESULTS_FILE);
  writeResults(path, resultsOf(plan, hash, rows));
  return { path, simulations: rows.length };
}

const resultsOf = (plan: SweepPlan, hash: string, rows: SweepRow[]): SweepResults => ({
  tool: TOOL,
  plan: hash,
  about: plan.about,
  duration: durationText(plan),
  dimensions: Object.keys(plan.dimensions),
  metrics: METRIC_NAMES,
  rows,
});

function refuseGaps(rows: readonly SweepRow[], folder: string): void {
  const missing = Array.from(rows.keys()).filter((i) => rows[i] === undefined);
  if (missing.length === 0) return;
  throw new InputError("the sweep is not complete", {
    file: folder,
    found: `${missing.length} of ${rows.length} simulations missing: number ${missing.slice(0, 5).join(", ")}${missing.length > 5 ? ", ..." : ""}`,
    expected: "all of them",
    code: "sweep-unfinished",
    hint: "Run the sweep, or its other parts, again: it goes on with what is missing.",
  });
}
