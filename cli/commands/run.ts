import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { PRESETS } from "../../model/trainer/presets.ts";
import { DEFAULT_TOPOLOGY } from "../../sim/chip/topology-presets.ts";
import { InputError } from "../../traces/input-error.ts";
import { print, printJson } from "../output.ts";
import { progressBar } from "../progress.ts";
import { UsageError } from "../report-failure.ts";
import { clearRun, executeRun, findRealTraces } from "../run/execute.ts";
import { RUN_WORKLOADS, type RunPlan } from "../run/plan.ts";
import type { RunResults } from "../run/results.ts";
import { chipName } from "../simulate/sources.ts";
import { VERSION } from "../version.ts";

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

An interrupted run goes on where it stopped when the same command is given again; --force starts over.`;

/** A quick run simulates this much less time. */
const QUICK_FACTOR = 10;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export function register(root: Command): void {
  root
    .command("run")
    .description(
      "The main job: simulate, label, train, judge on real kernel traces, compare policies, report",
    )
    .option("--name <name>", "name of the run: results go to runs/<name>/", "main")
    .option("--seed <seed>", "seed of everything random", "1")
    .option("--chip <chip>", "chip preset or JSON file", chipName, DEFAULT_TOPOLOGY)
    .option("--quick", "shorter traces, fewer models and seeds")
    .option("--force", "start over, even where complete steps are kept")
    .option("--json", "print all results as JSON")
    .addHelpText("after", EXAMPLES)
    .action((options: RunOptions) => run(options));
}

async function run(options: RunOptions): Promise<void> {
  const plan = planOf(options);
  if (!/^[\w.-]+$/.test(options.name) || /^\.+$/.test(options.name))
    throw new UsageError(
      `--name may have letters, digits, ".", "_" and "-" only, found ${JSON.stringify(options.name)}`,
    );
  const dir = join("runs", options.name);
  if (options.force) clearRun(dir);
  const results = await executeRun(plan, {
    name: options.name,
    version: VERSION,
    dir,
    quick: options.quick ?? false,
    command: commandOf(options),
    realTraces: findRealTraces(ROOT),
    progress: progressBar("nicetries run"),
  });
  if (options.json) printJson(results);
  else print(`${summary(results)}\n${join(dir, "report.html")}\n`);
}

function planOf(options: RunOptions): RunPlan {
  const quick = options.quick ?? false;
  const workloads = RUN_WORKLOADS.map((w) => ({
    ...w,
    source: sourcePath(w.source),
    durationNs: w.durationNs / (quick ? QUICK_FACTOR : 1),
  }));
  return {
    seed: options.seed,
    chip: options.chip,
    workloads,
    targets: ["migrate", "forced_eventually", "forced_now"],
    presets: quick ? ["best"] : [...PRESETS],
    epochs: quick ? 10 : undefined,
    comparisons: quick ? 1 : 3,
    comparisonFactor: 4,
  };
}

/** A model's name stays; a file of the repository becomes a path from here. */
function sourcePath(source: string): string {
  if (!source.includes("/")) return source;
  const path = relative(process.cwd(), join(ROOT, source));
  if (!existsSync(path))
    throw new InputError("the workload's file is missing", {
      file: path,
      expected: "an rt-app file",
      hint: `Restore it with \`git checkout ${source}\``,
    });
  return path;
}

function commandOf(o: RunOptions): string {
  const flags = [`--name ${o.name}`, `--seed ${o.seed}`, `--chip ${o.chip}`, ...(o.quick ? ["--quick"] : [])];
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
  return lines.join("\n");
}
