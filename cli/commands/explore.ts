import type { Command } from "commander";
import { chipName } from "../../lab/names.ts";
import { parseLoop, parseWindow } from "../../lab/recording/choice.ts";
import { DEFAULT_TOPOLOGY } from "../../sim/chip/topology-presets.ts";
import { MAX_DURATION_NS } from "../../sim/run/duration.ts";
import type { ExploreOptions } from "../explore/action.ts";
import { timeHelp, timeOption } from "../option-values.ts";
import { WINDOW_HELP } from "../simulate/recording-options.ts";

const HELP = `
A and B are workloads (nicetries simulate --list, rt-app files), which are simulated; traces (.parquet, .csv); or recorded schedules.
Behind a question mark stands how to simulate, by the names of docs/sweeps.md, seed and duration: 'numeric?policy=never-hot&seed=2';
with it a recording is replayed ('recording.ftrace?' by stock CFS). Options are for those runs that do not say themselves. A folder of nicetries sweep gives its metrics, and leads to its simulations. Two runs stand above each other on one clock. docs/explorer.md shows the page.

Examples:
  nicetries explore numeric --duration 2s
  nicetries explore numeric --duration 2s --out numeric.html
  nicetries explore 'numeric?policy=cfs' 'numeric?policy=never-hot' --out policies.html
  nicetries explore recording.ftrace 'recording.ftrace?policy=always' --chip 8x1
  nicetries explore 'recording.ftrace?' --tasks 'postgres*' --loop 3
  nicetries explore runs/nice-tries
  nicetries explore trace.parquet --out trace.html --json`;

/** `nicetries explore`: the page that shows who ran, and why a task stayed or moved. */
export function register(command: Command): void {
  command
    .argument("<a>", "what to look at")
    .argument("[b]", "what to look at beside it")
    .option("--out <file>", "write the page as one HTML file that needs no network, instead of serving it")
    .option(
      "--duration <time>",
      `of simulations, ${timeHelp("500ms or 10s", "s")} (default: 10s, or the workload's end)`,
      timeOption("--duration", { bare: "s", most: MAX_DURATION_NS }),
    )
    .option("--seed <seed>", "of simulations (default: 1)")
    .option(
      "--chip <chip>",
      `of simulations, preset or file (default: ${DEFAULT_TOPOLOGY}); of recordings and traces, which CPUs lie together`,
      (text: string) => chipName(text),
    )
    .option("--policy <policy>", "who decides in simulations (default: cfs)")
    .option("--window <from..to>", `of recordings and traces, ${WINDOW_HELP}`, parseWindow)
    .option("--tasks <names>", "of a replay, only these: names and pids between commas, *, ! to leave out")
    .option("--loop <n>", "play a recording n times in its replay, or forever", parseLoop)
    .option(
      "--recorded-on <chip>",
      "of a replay, the chip of the recording's machine, or none (default: that simulated)",
    )
    .option(
      "--json",
      "print what the page holds, and where it is, as JSON: {runs, out, bytes}, {runs, url} or {sweep, ...}",
    )
    .addHelpText("after", HELP)
    .action(async (a: string, b: string | undefined, options: ExploreOptions) =>
      (await import("../explore/action.ts")).explore(b === undefined ? [a] : [a, b], options),
    );
}
