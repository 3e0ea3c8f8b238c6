import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pageCode } from "../../explorer/bundle.ts";
import { explorerPage, isWholePage } from "../../explorer/html.ts";
import { openRun } from "../../lab/explore/open-run.ts";
import type { RunPlan } from "../../lab/run/plan.ts";
import type { RunResults } from "../../lab/run/results.ts";
import { writeFileAtomic } from "../../traces/atomic-file.ts";
import { againBy } from "../again.ts";
import { EXPLORER, tellingTrace } from "./telling-trace.ts";

/** Longer does not tell more, ns. */
const MOST_NS = 20e9;

/** Writes the page that the report leads to, unless it is there and whole: the workload that was forced most, simulated again. */
export async function writeExplorer(dir: string, plan: RunPlan, results: RunResults): Promise<void> {
  const path = join(dir, EXPLORER);
  const workload = plan.workloads.find(({ name }) => name === tellingTrace(results)?.workload);
  if (workload === undefined) return;
  if (existsSync(path) && isWholePage(readFileSync(path, "utf8"))) return;
  const { source } = workload;
  const durationNs = Math.min(MOST_NS, workload.durationNs);
  const choice = { chip: plan.chip.option, seed: plan.seed, durationNs };
  const run = await openRun({ source, choice }, { commandOf: againBy });
  writeFileAtomic(path, explorerPage([run], await pageCode()));
}
