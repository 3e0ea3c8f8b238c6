import type { Command } from "commander";
import { chipName } from "../../lab/names.ts";
import { DEFAULT_TOPOLOGY } from "../../sim/chip/topology-presets.ts";
import type { RunOptions } from "../run/action.ts";

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

export function register(command: Command): void {
  command
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
    .action(async (options: RunOptions) => (await import("../run/action.ts")).run(options));
}
