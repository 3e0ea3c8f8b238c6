import { type Command, Option } from "commander";
import { countOption, timeHelp, timeOption } from "../option-values.ts";
import type { MergeOptions, SweepCommandOptions } from "../sweep/action.ts";
import { parseShard, parseVary } from "../sweep/options.ts";

const HELP = `
A plan is a JSON file: {"seeds": 20, "duration": "2s", "simulate": {"workload": "convolution", "niceTries": [0, 1, 4]}}. What stands
under simulate is what nicetries simulate has options for; a list of values is varied, all combinations are simulated.
docs/sweeps.md explains it. A sweep that was killed goes on when the same command is given again.

Examples:
  nicetries sweep examples/nice-tries.json --out runs/nice-tries
  nicetries sweep --vary workload=hackbench,numeric --vary policy=cfs,never-hot --seeds 12 --duration 2s --out runs/hot
  nicetries compare 'runs/nice-tries?niceTries=0' 'runs/nice-tries?niceTries=4'
  nicetries sweep examples/nice-tries.json --to slurm --shards 8 --out runs/nt > runs/nt.sbatch
  nicetries sweep examples/nice-tries.json --shard 1/8 --out runs/nt; nicetries sweep merge runs/nt`;

/** `nicetries sweep`: many simulations, all combinations of what a plan varies. */
export function register(command: Command): void {
  command
    .argument("[plan]", "a plan file (JSON); without one, --vary says all")
    .option("--vary <name=values>", "what to vary: values between commas; may be repeated", parseVary, [])
    .option(
      "--seeds <n>",
      "seeds of each combination, from 1 on (default: the plan's, else 10)",
      countOption("--seeds", 1, 1_000_000),
    )
    .option(
      "--duration <time>",
      `how long each simulation is, ${timeHelp("2s", "s")} (default: the plan's, else the workload's own)`,
      timeOption("--duration", { bare: "s" }),
    )
    .option("-o, --out <dir>", "folder for plan, finished simulations and results.parquet")
    .option("--shard <i/n>", "only part i of n; nicetries sweep merge puts parts together", parseShard)
    .option(
      "--workers <n>",
      "worker threads (default: one per processor, 8 at most)",
      countOption("--workers", 1, 1024),
    )
    .addOption(
      new Option("--to <kind>", "print what has its parts run elsewhere, and run nothing").choices([
        "slurm",
        "parallel",
      ]),
    )
    .option("--shards <n>", "how many parts, with --to", countOption("--shards", 1, 100_000), 8)
    .option("--limit <n>", "most parts at a time, with --to", countOption("--limit", 1, 100_000))
    .option("--json", "print as JSON: {results, simulations, before, cells, seeds, wallSeconds}")
    .addHelpText("after", HELP)
    .action(async (plan: string | undefined, options: SweepCommandOptions) =>
      (await import("../sweep/action.ts")).sweep(plan, options),
    );
  command
    .command("merge")
    .description("Put the parts of a sweep together: writes results.parquet into the first folder")
    .argument("<dir...>", "folders that the parts were written to")
    .option("--json", "print as JSON: {results, simulations}")
    .addHelpText(
      "after",
      "\nParts of another plan are refused, and what is missing is named.\n\nExample:\n  nicetries sweep merge runs/nt",
    )
    .action(async (folders: string[], options: MergeOptions) =>
      (await import("../sweep/action.ts")).merge(folders, options),
    );
}
