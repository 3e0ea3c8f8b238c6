import type { Command } from "commander";
import { EXPERIMENTS } from "../../lab/experiments/catalogue.ts";
import type { ExperimentCommandOptions } from "../experiment/action.ts";

const MEASURED = EXPERIMENTS.filter(({ measures }) => measures).map(({ name }) => name);
const WIDTH = Math.max(...EXPERIMENTS.map(({ name }) => name.length)) + 2;
const row = (name: string, about: string) => `  ${name.padEnd(WIDTH)}${about}`;
const list = () => EXPERIMENTS.map(({ name, about }) => row(name, about)).join("\n");

const help = () => `
Experiments:
${list()}
${row("all", "all of these, one after the other")}

Tables of M. Pinto's thesis (docs/glossary.md) stand beside what is found here. Results land in runs/NAME/, one JSON file per experiment; what is
done is kept there, and the same command goes on with it after an interruption. docs/experiments.md shows the results.
What was measured on a real kernel (${MEASURED.join(", ")}) is stored; with --live it is measured anew, in half an hour for each.

Examples:
  nicetries experiment                      list them
  nicetries experiment e2                   Tables 5.5 and 5.6, Figure 5.2, and what is really learned
  nicetries experiment all --quick          a first look: shorter traces, fewer epochs
  nicetries experiment cost --live          latencies and run times of the patched kernel, in guests
  nicetries experiment all                  half an hour on two cores`;

export function register(command: Command): void {
  command
    .argument(
      "[experiment]",
      `one of ${EXPERIMENTS.map(({ name }) => name).join(", ")}, all; without one, a list of them`,
    )
    .option("--name <name>", "results go to runs/<name>/ (default: experiments, or experiments-quick)")
    .option("--seed <seed>", "seed of everything random", "1")
    .option("--quick", "shorter traces, fewer epochs, fewer seeds: numbers that mean little")
    .option(
      "--live",
      `measure anew what rests on a running kernel (${MEASURED.join(", ")}), in guests of this machine`,
    )
    .option("--json", "print as JSON: a list of {experiment, about, seed, quick, command, tables}")
    .addHelpText("after", help())
    .action(async (experiment: string | undefined, options: ExperimentCommandOptions) =>
      (await import("../experiment/action.ts")).experiment(experiment, options),
    );
}
