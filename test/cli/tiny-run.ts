import { join } from "node:path";
import { executeRun } from "../../cli/run/execute.ts";
import { readInputs } from "../../cli/run/inputs.ts";
import { makePlan, type RunPlan } from "../../cli/run/plan.ts";
import type { RunResults } from "../../cli/run/results.ts";
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
    progress: { update() {}, stop() {} },
    say: (text) => said.push(text),
  });
  return { results, said };
}
