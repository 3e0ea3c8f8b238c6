import { type Command, Option } from "commander";
import { chipName } from "../../lab/names.ts";
import { parseWindow } from "../../lab/recording/choice.ts";
import { DEFAULT_TOPOLOGY } from "../../sim/chip/topology-presets.ts";
import { RECORDING_NAMES } from "../../traces/timelines/format.ts";
import { WINDOW_HELP } from "../simulate/recording-options.ts";
import type { WorkloadOptions } from "../workload/action.ts";

const HELP = `
Recordings, told apart by what is in them:
  ${RECORDING_NAMES}

Examples:
  perf sched record -- sleep 5; perf sched script --ns > mine.txt
  nicetries workload mine.txt                                         whom the recording saw, and how much of each
  zstdcat mine.txt.zst | nicetries workload -
  nicetries workload mine.txt --tasks 'postgres*' --to rt-app --out pg.json
  nicetries simulate mine.txt --policy never-hot                      replays it (docs/recordings.md)`;

/** `nicetries workload`: what a recording holds, and rt-app files of recordings. */
export function register(command: Command): void {
  command
    .argument("<recording>", "a recording of perf, trace-cmd, ftrace or Perfetto; - is standard input")
    .option(
      "--tasks <names>",
      "only these tasks: names and pids between commas, * for any characters, ! to leave out",
    )
    .option("--window <from..to>", WINDOW_HELP, parseWindow)
    .option(
      "--chip <chip>",
      "chip that will be simulated",
      (text: string) => chipName(text),
      DEFAULT_TOPOLOGY,
    )
    .option("--recorded-on <chip>", "chip of the recording's machine, or none (default: that of --chip)")
    .addOption(new Option("--to <kind>", "what to make of it").choices(["rt-app"]))
    .option("--out <file>", "file to write: .json")
    .option("--json", "print as JSON: {recording, corrections, causes, tasks, notes}")
    .addHelpText("after", HELP)
    .action(async (path: string, options: WorkloadOptions) =>
      (await import("../workload/action.ts")).workload(path, options),
    );
}
