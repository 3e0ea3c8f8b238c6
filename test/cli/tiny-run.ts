import { join } from "node:path";
import { RUN_COMMANDS } from "../../cli/run/commands.ts";
import { renderReport } from "../../cli/run/report.ts";
import { executeRun } from "../../lab/run/execute.ts";
import { readInputs } from "../../lab/run/inputs.ts";
import { makePlan, type RunPlan } from "../../lab/run/plan.ts";
import type { RunResults } from "../../lab/run/results.ts";
import { ROOT } from "./run-process.ts";

/** A run of a few seconds: 300 ms of `numeric`, two epochs, no real traces. Returns also what it said. */
export async function tinyRun(
  dir: string,
  changes: Partial<RunPlan> = {},
  version = "0",
): Promise<{ results: RunResults; said: string[] }> {
  const whole = makePlan("1", readInputs("i5-1035g1", dir, ROOT), true);
  const plan: RunPlan = {
    ...whole,
    workloads: [{ name: "numeric", source: "numeric", durationNs: 300e6, train: true }],
    targets: ["migrate"],
    epochs: 2,
    ...changes,
  };
  const said: string[] = [];
  const results = await executeRun(plan, {
    name: "tiny",
    version,
    dir,
    quick: true,
    command: "npx nicetries run",
    realTraces: [
      {
        from: join(ROOT, "traces/real/openssl-8x1-cost1ms.parquet"),
        path: join(dir, "inputs/openssl.parquet"),
      },
    ],
    commands: RUN_COMMANDS,
    report: renderReport,
    say: (text) => said.push(text),
  });
  return { results, said };
}
