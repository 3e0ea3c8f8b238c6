import type { Command } from "commander";
import { METRIC_NAMES } from "../../lab/sweep/metrics.ts";
import type { CompareCommandOptions } from "../compare/action.ts";
import { choiceOption, numberOption, repeated } from "../option-values.ts";

const HELP = `
A and B are folders of nicetries sweep (or their results.parquet), and of these, with a question mark, what is meant:
runs/nt?niceTries=0&policy=cfs. Simulations are paired by seed and by all else that varies. Verdicts are about B: better, worse
(different, where neither way is better by itself), no difference seen, or too few seeds. docs/sweeps.md says how they are found.

Examples:
  nicetries compare 'runs/nice-tries?niceTries=0' 'runs/nice-tries?niceTries=4' --page compare.html
  nicetries compare runs/before runs/after --gate 'p99 +2%' --gate 'throughput -1%'
  nicetries compare 'runs/hot?policy=cfs' 'runs/hot?policy=never-hot' --metric throughput --plain`;

/** `nicetries compare`: two sides of sweeps, metric by metric, beyond noise. */
export function register(command: Command): void {
  const metric = choiceOption("--metric", METRIC_NAMES);
  command
    .argument("<a>", "what to compare with")
    .argument("<b>", "what to compare")
    .option("--metric <metric>", "compare only this metric; may be repeated", repeated(metric), [])
    .option(
      "--relevant <share>",
      "least difference that matters, as a part of A: seeds are enough where they would show it",
      numberOption("--relevant", { expected: "a number above 0 and below 1", holds: (x) => x > 0 && x < 1 }),
      0.01,
    )
    .option(
      "--gate <gate>",
      "exit with code 1 where B has moved farther, such as 'p99 +2%'; may be repeated",
      repeated(String),
      [],
    )
    .option("--plain", "print one number: B / A of the one --metric")
    .option("--page <file>", "write figures and tables as one HTML file")
    .option("--json", "print as JSON: {a, b, pairs, worlds, alone, metrics, gates}")
    .addHelpText("after", HELP)
    .action(async (a: string, b: string, options: CompareCommandOptions) =>
      (await import("../compare/action.ts")).compare(a, b, options),
    );
}
