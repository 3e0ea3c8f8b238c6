import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { executeRun } from "../../lab/run/execute.ts";
import { findRealTraces, readInputs } from "../../lab/run/inputs.ts";
import { makePlan } from "../../lab/run/plan.ts";
import { clearRun, isRecorded } from "../../lab/run/record.ts";
import type { RunResults } from "../../lab/run/results.ts";
import { chipName } from "../../lab/sources.ts";
import { VERSION } from "../../lab/version.ts";
import { DEFAULT_TOPOLOGY } from "../../sim/chip/topology-presets.ts";
import { whenInterrupted } from "../interrupted.ts";
import { note, print, printJson } from "../output.ts";
import { progressBar } from "../progress.ts";
import { UsageError } from "../report-failure.ts";
import { RUN_COMMANDS } from "../run/commands.ts";
import { renderReport } from "../run/report.ts";

interface RunOptions {
  name: string;
  seed: string;
  chip: string;
  quick?: boolean;
  force?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  nicetries run                             the main job, into runs/main/; ends by naming the report
  nicetries run --quick --name first        a smaller one, for a first look
  nicetries run --seed 7 --name seed7       other random numbers
  nicetries run --chip 8x1 --name flat      eight cores without SMT

Workloads grow with the chip. A trace without rows, and a model that the rows cannot teach, are left out by name.
An interrupted run goes on where it stopped when the same command is given again. What it keeps is compared with what was
written: a file that is damaged or gone is made again. A folder that holds a run with other options is left alone: take
another --name, or --force, which removes what that run has written.`;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export function register(root: Command): void {
  root
    .command("run")
    .description(
      "The main job: simulate, label, train, judge on real kernel traces, compare policies, report",
    )
    .option("--name <name>", "name of the run: results go to runs/<name>/", "main")
    .option("--seed <seed>", "seed of everything random", "1")
    .option(
      "--chip <chip>",
      "chip preset or file (see nicetries chip)",
      (text: string) => chipName(text),
      DEFAULT_TOPOLOGY,
    )
    .option("--quick", "shorter traces, fewer models and seeds")
    .option("--force", "start over: remove what a run of this name has written")
    .option("--json", "print all results as JSON")
    .addHelpText("after", EXAMPLES)
    .action((options: RunOptions) => run(options));
}

async function run(options: RunOptions): Promise<void> {
  if (!/^[\w.-]+$/.test(options.name) || /^\.+$/.test(options.name))
    throw new UsageError(
      `--name may have letters, digits, ".", "_" and "-" only, found ${JSON.stringify(options.name)}`,
    );
  const dir = join("runs", options.name);
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
