import type { RunResults, TraceResult } from "../../lab/run/results.ts";

/** The page beside the report that shows a run of the most telling workload. */
export const EXPLORER = "explorer.html";

/** The simulated trace with the most tasks that were really forced; undefined where there was none. */
export function tellingTrace({ traces }: RunResults): TraceResult | undefined {
  return traces
    .filter(({ role, positives }) => role !== "real" && positives.forced_detached > 0)
    .sort((a, b) => b.positives.forced_detached - a.positives.forced_detached)[0];
}
