import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { executeRun } from "../../lab/run/execute.ts";
import { findRealTraces, readInputs } from "../../lab/run/inputs.ts";
import { makePlan } from "../../lab/run/plan.ts";
import { clearRun, isRecorded } from "../../lab/run/record.ts";
import type { RunResults } from "../../lab/run/results.ts";
import { VERSION } from "../../lab/version.ts";
import { whenInterrupted } from "../interrupted.ts";
import { note, print, printJson } from "../output.ts";
import { progressBar } from "../progress.ts";
import { runName } from "../run-name.ts";
import { RUN_COMMANDS } from "./commands.ts";
import { writeExplorer } from "./explorer.ts";
import { renderReport } from "./report.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The options of `nicetries run`. */
export interface RunOptions {
  name: string;
  seed: string;
  chip: string;
  quick?: boolean;
  force?: boolean;
  json?: boolean;
}

/** Does what `nicetries run` was asked for. */
export async function run(options: RunOptions): Promise<void> {
  const dir = join("runs", runName(options.name));
  const quick = options.quick ?? false;
  const plan = makePlan(options.seed, readInputs(options.chip, dir, ROOT), quick);
  if (options.force) clearRun(dir);
  const again = options.force ? "the same command without --force" : "the same command";
  const forget = whenInterrupted(() =>
    isRecorded(dir)
      ? `interrupted: ${again} goes on where it stopped (${dir} keeps what is done)`
      : undefined,
  );
  const bar = progressBar("nicetries run");
  const results = await executeRun(plan, {
    name: options.name,
    version: VERSION,
    dir,
    quick,
    command: commandOf(options, plan.chip.option),
    realTraces: findRealTraces(ROOT, dir),
    commands: RUN_COMMANDS,
    report: renderReport,
    onProgress: (done, total, step) => bar.update(done, total, step),
    say: note,
  }).finally(() => {
    bar.stop();
    forget();
  });
  await writeExplorer(dir, plan, results);
  for (const { what, why } of results.leftOut) note(`left out: ${what}: ${why}`);
  if (options.json) printJson(results);
  else print(`${summary(results)}${join(dir, "report.html")}\n`);
}

function commandOf(o: RunOptions, chip: string): string {
  const flags = [`--name ${o.name}`, `--seed ${o.seed}`, `--chip ${chip}`, ...(o.quick ? ["--quick"] : [])];
  return `npx nicetries run ${flags.join(" ")}`;
}

function summary(results: RunResults): string {
  const lines = results.judged
    .filter((j) => j.data.startsWith("all "))
    .map((j) => {
      const share = (x: number | null | undefined) => (x == null ? "-" : `${(100 * x).toFixed(1)} %`);
      const { model, rule, majority } = j.judges;
      return `${j.target} (${j.preset}), ${j.data}: balanced accuracy ${share(model?.balancedAccuracy)}, rule ${share(rule?.balancedAccuracy)}, majority ${share(majority?.balancedAccuracy)}`;
    });
  return lines.map((line) => `${line}\n`).join("");
}
