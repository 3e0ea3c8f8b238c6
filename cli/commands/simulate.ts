import { type Command, Option } from "commander";
import { chipName } from "../../lab/names.ts";
import { POLICY_HELP } from "../../lab/policy/names.ts";
import { parseLoop, parseWindow } from "../../lab/recording/choice.ts";
import { parseBackground, parseMigrationCost } from "../../lab/tunables.ts";
import { HARDWARE_EFFECTS } from "../../sim/chip/hardware.ts";
import { DEFAULT_TOPOLOGY, TOPOLOGY_PRESETS } from "../../sim/chip/topology-presets.ts";
import { DEFAULT_DURATION_NS, MAX_DURATION_NS } from "../../sim/run/duration.ts";
import { MODELS } from "../../sim/workload/models/catalogue.ts";
import { formatDuration } from "../../traces/quantity.ts";
import { choicesOption, repeated, timeHelp, timeOption } from "../option-values.ts";
import type { SimulateOptions } from "../simulate/action.ts";
import { MIGRATION_COST_HELP } from "../simulate/options.ts";
import { WINDOW_HELP } from "../simulate/recording-options.ts";

const HELP = `
Workloads: ${MODELS.map((m) => m.name).join(", ")}; or one or several rt-app files (JSON or YAML), which are merged;
           or a recording (docs/recordings.md): text of ftrace, trace-cmd report or perf sched script, a Perfetto trace.
Policies:  ${POLICY_HELP}.
Chips:     ${Object.keys(TOPOLOGY_PRESETS).join(", ")}; or a file (docs/chips.md, nicetries chip).
Words:     docs/glossary.md explains cache-hot, forced, nice tries and all others.

Examples:
  nicetries simulate convolution --out convolution.parquet
  nicetries simulate my-app.json --duration 20s --timeline my-app.pftrace
  nicetries simulate recording.txt --tasks 'postgres*' --policy never-hot
  trace-cmd report -l -t trace.dat | nicetries simulate - --policy never-hot
  nicetries simulate database --policy never-hot --seed 7 --json
  nicetries simulate numeric --nice-tries 4 --migration-cost 4ms --param extraThreads=5
  nicetries simulate hackbench --param groups=2 --duration 50ms --table timehist
  nicetries simulate compression --policy model:m.nt --off smt,cache
  nicetries simulate numeric --duration 500ms --as-scenario run.scn
  nicetries simulate examples/services.json --groups examples/groups.json`;

const DEFAULT_DURATION = `(default: a model's own, see --list; an rt-app file's, else to its end, or ${DEFAULT_DURATION_NS / 1e9}s where it has none)`;

/** `nicetries simulate`: one workload on one chip under one policy. */
export function register(command: Command): void {
  command
    .argument("[workload...]", "a model's name, rt-app files, or a recording; - is standard input")
    .option(
      "--chip <chip>",
      "preset or file (see nicetries chip)",
      (text: string) => chipName(text),
      DEFAULT_TOPOLOGY,
    )
    .option("--policy <policy>", "who decides in can_migrate_task", "cfs")
    .option(
      "--duration <time>",
      `simulated time, at most ${formatDuration(MAX_DURATION_NS)}, ${timeHelp("500ms or 10s", "s")} ${DEFAULT_DURATION}`,
      timeOption("--duration", { bare: "s", most: MAX_DURATION_NS }),
    )
    .option("--seed <seed>", "seed of the workload's and the policy's random numbers", "1")
    .option("--out <file>", "trace to write: .parquet, .csv or .csv.gz")
    .option(
      "--timeline <file>",
      "timeline to write: .pftrace (Perfetto), .ftrace (ftrace text) or .report.txt (as of trace-cmd report)",
    )
    .option(
      "--as-scenario <file>",
      "write the run as a scenario, FILE.scn, for nicetries lockstep and kernel lockstep (docs/lockstep.md)",
    )
    .addOption(
      new Option("--table <table>", "print as perf sched does, or /proc/schedstat").choices([
        "latency",
        "timehist",
        "map",
        "schedstat",
      ]),
    )
    .option(
      "--param <name=value>",
      "parameter of a model, such as groups=2 or longNs=9ms; repeat as needed (see --list)",
      repeated(String),
      [],
    )
    .option("--tasks <names>", "of a recording, only these: names and pids between commas, *, ! to leave out")
    .option("--window <from..to>", `of a recording, ${WINDOW_HELP}`, parseWindow)
    .option("--loop <n>", "play a recording n times, or forever", parseLoop)
    .option("--recorded-on <chip>", "chip of a recording's machine, or none (default: that of --chip)")
    .option("--nice-tries <n>", "cache_nice_tries of all domains above SMT, or by level: MC=3,NUMA=5")
    .option(
      "--migration-cost <time>",
      `sched_migration_cost: how long a task counts as cache-hot, ${MIGRATION_COST_HELP}`,
      parseMigrationCost,
    )
    .option(
      "--tunable <name=value>",
      "other knobs, such as latencyNs=12ms or nohz=0; repeat as needed (see --list)",
      repeated(String),
      [],
    )
    .option(
      "--hardware <name=value>",
      "hardware parameter, such as migrationNs=2us or sharedCacheBytes=8MiB; repeat as needed (see --list)",
      repeated(String),
      [],
    )
    .option(
      "--off <parts>",
      `switch parts of the hardware off: ${Object.keys(HARDWARE_EFFECTS).join(",")}`,
      choicesOption("--off", Object.keys(HARDWARE_EFFECTS)),
    )
    .option(
      "--groups <file>",
      "control groups: a JSON file of paths and what cgroup v2 has in cpu.weight, cpu.max, ...",
    )
    .option("--autogroup", "a control group for each session: a model, or each rt-app file")
    .option(
      "--background <factor>",
      "the kernel's own threads: on, off, or how often they wake up, such as 0.5 or 10",
      parseBackground,
      0,
    )
    .option("--list", "list workloads, their parameters and those of the hardware")
    .option("--json", "print the result (or the list) as JSON")
    .addHelpText("after", HELP)
    .action(async (sources: string[], options: SimulateOptions) =>
      (await import("../simulate/action.ts")).simulate(sources, options),
    );
}
