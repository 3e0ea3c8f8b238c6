/**
 * What README and docs show of the main job, kept in docs/results.json: a run takes minutes, tables and pictures made of its
 * results take a second (`npm run generate`). After a change that moves the results:
 *
 *   npm start && npx tsx scripts/results.ts && npm run generate
 */
import { readFileSync } from "node:fs";
import type { JudgedResult, RunResults, TraceResult } from "../lab/run/results.ts";
import { writeFileAtomic } from "../traces/atomic-file.ts";

const PATH = new URL("../docs/results.json", import.meta.url);

/** The part of a run's results that is shown. */
export interface ShownResults {
  command: string;
  version: string;
  seed: string;
  traces: Pick<TraceResult, "workload" | "role" | "rows" | "reasons">[];
  /** On all real traces together. */
  judged: Pick<JudgedResult, "target" | "preset" | "rows" | "positives" | "judges">[];
}

export const shownResults = (): ShownResults => JSON.parse(readFileSync(PATH, "utf8"));

function shownOf({ command, version, seed, traces, judged }: RunResults): ShownResults {
  return {
    command,
    version,
    seed,
    traces: traces
      .filter(({ role }) => role !== "train")
      .map(({ workload, role, rows, reasons }) => ({ workload, role, rows, reasons })),
    judged: judged
      .filter(({ data }) => data === "all real")
      .map(({ target, preset, rows, positives, judges: { model, rule, majority } }) => ({
        target,
        preset,
        rows,
        positives,
        judges: { model, rule, majority },
      })),
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const run: RunResults = JSON.parse(readFileSync(process.argv[2] ?? "runs/main/results.json", "utf8"));
  if (run.quick) throw new Error("these are the results of a quick run; type npm start");
  writeFileAtomic(PATH.pathname, `${JSON.stringify(shownOf(run), null, 1)}\n`);
  console.log("docs/results.json; npm run generate writes what is made of it");
}
