import { type Command, Option } from "commander";
import { chipName } from "../../lab/names.ts";
import { parseMigrationCost } from "../../lab/tunables.ts";
import { DEFAULT_TOPOLOGY } from "../../sim/chip/topology-presets.ts";
import type { FidelityFlags } from "../fidelity/action.ts";
import * as option from "../kernel/options.ts";
import { countOption, secondsOption, timeHelp } from "../option-values.ts";
import { MIGRATION_COST_HELP } from "../simulate/options.ts";

/** Of each side, of its own time. */
const SECONDS = 10;
/** A task is seldom cold by itself, so that hot and forced calls are there to be compared. */
const MIGRATION_COST_NS = 4_000_000;

/** `nicetries fidelity`: one workload on the simulator and on a real kernel in virtual time, metric by metric. */
export function register(command: Command): void {
  command
    .argument(
      "<workload...>",
      "rt-app files, each compared for itself; or recordings of one workload; - is standard input",
    )
    .addOption(option.topologyOption())
    .option(
      "--chip <chip>",
      `machine of the recordings: preset or file, see nicetries chip (default: ${DEFAULT_TOPOLOGY})`,
      (text: string) => chipName(text),
    )
    .option("--boots <n>", "runs of the real kernel", countOption("--boots", 1, 20), 2)
    .option("--seeds <n>", "runs of the simulator", countOption("--seeds", 1, 100), 4)
    .addOption(
      new Option(
        "--duration <time>",
        `how long each run is, ${timeHelp("20s", "s")}; a file's own end comes first`,
      )
        .argParser(secondsOption("--duration"))
        .default(SECONDS, `${SECONDS}s`),
    )
    .addOption(
      new Option("--migration-cost <time>", `how long a task counts as hot, ${MIGRATION_COST_HELP}`)
        .argParser(parseMigrationCost)
        .default(MIGRATION_COST_NS, "4ms"),
    )
    .addOption(option.timeLimitOption("kill a guest that runs longer", 3600))
    .option("--stored", "show the comparison that comes with the tool; no kernel is needed")
    .option(
      "--resimulate",
      "simulate anew, and compare with the real side of the comparison that comes with the tool",
    )
    .option("--page <file>", "of recordings: write figures and tables as one HTML file")
    .option("-o, --out <folder>", "write each comparison there, as those that come with the tool are")
    .option(
      "--json",
      "print {workload, chip, boots, seeds, metrics, controls, ...}, of several files a list; of recordings {recordings, chip, seeds, metrics, control, ...}",
    )
    .addHelpText(
      "after",
      `
The real side is Linux 6.1, patched and switched off, in QEMU (nicetries kernel doctor says what that needs); the files run one
after another in each boot. Chip, tunables, length and work are equal on both sides. The tolerances behind the verdicts stand in
docs/fidelity.md. Of two simulations that are wrong on purpose one at least must do worse than the right one, or the comparison
tells nothing.

Recordings (docs/recordings.md) of one workload are replayed on the chip that they are of, and who ran when is compared: the
ranges over all recordings with those over all replays. The ranges of one recording alone are as wide as parts of it differ.
Where the calls were recorded in the same run (FILE.parquet beside FILE.ftrace.gz, as kernel record --schedule writes both) they
are compared, too. The migration cost is the kernel's, unless one is given.

Where no kernel can run, the stored comparison of the file is shown, if there is one. Exit code 1: a metric differs, or no
wrong simulation was found out.

Examples:
  nicetries fidelity my-app.json
  nicetries fidelity my-app.json --topology 8x1 --boots 3 --json
  nicetries fidelity examples/fidelity/sleepers.json --stored
  trace-cmd report -l -t trace.dat | nicetries fidelity -
  nicetries fidelity monday.ftrace tuesday.ftrace --chip my-chip.json`,
    )
    .action(async (paths: string[], flags: FidelityFlags) =>
      (await import("../fidelity/action.ts")).fidelity(
        paths,
        flags,
        (name) => command.getOptionValueSource(name) === "cli",
      ),
    );
}
