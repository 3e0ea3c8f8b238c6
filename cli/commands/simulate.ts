import { type Command, Option } from "commander";
import { parseAssignments, unitsOf } from "../../lab/assignments.ts";
import { isFileName } from "../../lab/files/file-names.ts";
import { POLICY_HELP } from "../../lab/policy/choose-policy.ts";
import { type SimulatedFile, type SimulateFileOptions, simulateFile } from "../../lab/simulate-file.ts";
import { chipName, modelOf, openChip } from "../../lab/sources.ts";
import { HARDWARE_EFFECTS, HARDWARE_PARAMETERS, type HardwareEffect } from "../../sim/chip/hardware.ts";
import { cpuNumbers } from "../../sim/chip/topology.ts";
import { DEFAULT_TOPOLOGY, TOPOLOGY_PRESETS } from "../../sim/chip/topology-presets.ts";
import { latencyTable } from "../../sim/output/latency-table.ts";
import { mapTable } from "../../sim/output/map-table.ts";
import { schedstatTable } from "../../sim/output/schedstat-table.ts";
import { timehist } from "../../sim/output/timehist.ts";
import { DEFAULT_DURATION_NS, MAX_DURATION_NS } from "../../sim/simulator.ts";
import { MODELS } from "../../sim/workload/models/catalogue.ts";
import { RequestError } from "../../traces/input-error.ts";
import { formatDuration } from "../../traces/quantity.ts";
import type { TimelineListener } from "../../traces/timeline.ts";
import { choicesOption, timeHelp, timeOption } from "../option-values.ts";
import { goOnWithoutReader, note, print, printJson } from "../output.ts";
import { progressBar } from "../progress.ts";
import { UsageError } from "../report-failure.ts";
import {
  levelsWithoutDomains,
  MIGRATION_COST_HELP,
  parseMigrationCost,
  parseNiceTries,
  parseTunables,
} from "../simulate/options.ts";
import { catalogue, catalogueText, summaryText } from "../simulate/summary.ts";
import { UserCode } from "../simulate/user-code.ts";

/** The options of `nicetries simulate`. */
export interface SimulateOptions {
  chip: string;
  policy: string;
  seed: string;
  /** ns. */
  duration?: number;
  out?: string;
  timeline?: string;
  table?: "latency" | "timehist" | "map" | "schedstat";
  param: string[];
  niceTries?: string;
  migrationCost?: number;
  tunable: string[];
  hardware: string[];
  off?: HardwareEffect[];
  list?: boolean;
  json?: boolean;
}

const HELP = `
Workloads: ${MODELS.map((m) => m.name).join(", ")}; or one or several rt-app files (JSON or YAML), which are merged.
Policies:  ${POLICY_HELP}.
Chips:     ${Object.keys(TOPOLOGY_PRESETS).join(", ")}; or a file (docs/chips.md, nicetries chip).
Words:     docs/glossary.md explains cache-hot, forced, nice tries and all others.

Examples:
  nicetries simulate convolution --out convolution.parquet
  nicetries simulate my-app.json --duration 20s --timeline my-app.pftrace
  nicetries simulate database --policy never-hot --seed 7 --json
  nicetries simulate numeric --nice-tries 4 --migration-cost 4ms --param extraThreads=5
  nicetries simulate hackbench --param groups=2 --duration 50ms --table timehist
  nicetries simulate compression --policy model:m.nt --off smt,cache`;

const DEFAULT_DURATION = `(default: a model's own, see --list; an rt-app file's, else to its end, or ${DEFAULT_DURATION_NS / 1e9}s where it has none)`;

const collect = (value: string, before: string[]): string[] => [...before, value];

/** `nicetries simulate`: one workload on one chip under one policy. */
export function register(root: Command): void {
  root
    .command("simulate")
    .description(
      "Simulate a workload under the fair scheduler of Linux 6.1 and trace each migration decision",
    )
    .argument("[workload...]", "a model's name, or rt-app files")
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
      collect,
      [],
    )
    .option("--nice-tries <n>", "cache_nice_tries of all domains above SMT, or by level: MC=3,NUMA=5")
    .option(
      "--migration-cost <time>",
      `sched_migration_cost: how long a task counts as cache-hot, ${MIGRATION_COST_HELP}`,
      parseMigrationCost,
    )
    .option(
      "--tunable <name=value>",
      "other knobs, such as latencyNs=12ms or nohz=0; repeat as needed (see --list)",
      collect,
      [],
    )
    .option(
      "--hardware <name=value>",
      "hardware parameter, such as migrationNs=2us or sharedCacheBytes=8MiB; repeat as needed (see --list)",
      collect,
      [],
    )
    .option(
      "--off <parts>",
      `switch parts of the hardware off: ${Object.keys(HARDWARE_EFFECTS).join(",")}`,
      choicesOption("--off", Object.keys(HARDWARE_EFFECTS)),
    )
    .option("--list", "list workloads, their parameters and those of the hardware")
    .option("--json", "print the result (or the list) as JSON")
    .addHelpText("after", HELP)
    .action(run);
}

async function run(sources: string[], options: SimulateOptions): Promise<void> {
  if (options.list) {
    if (options.json) printJson(catalogue());
    else print(`${catalogueText()}\n`);
    return;
  }
  if (sources.length === 0) throw new UsageError("which workload? (--list shows them; --help has examples)");
  if (options.table && options.json)
    throw new UsageError("--table and --json both write to stdout: choose one");
  if (options.out !== undefined || options.timeline !== undefined) goOnWithoutReader();
  const bar = progressBar("simulate");
  const done = await simulateFile(sources, {
    ...fileOptions(sources, options),
    onTimeline: tableListener(options),
    supervise: (file, failure) => new UserCode(file, failure),
    onProgress: (done, end, what) => bar.update(done, end, what),
    say: note,
  }).finally(() => bar.stop());
  for (const text of done.result.notes) note(text);
  if (done.leftRunning.length > 0)
    note(`${options.policy}: leaves something running (${done.leftRunning.join(", ")}); nobody waits for it`);
  for (const level of levelsWithoutDomains(options.niceTries ?? "", done.result.schedstat.cpus))
    note(`${done.result.chip} has no domain of level ${level}: --nice-tries changed nothing there`);
  if (options.json) printJson(jsonOf(done));
  else if (options.table === "latency") print(`${latencyTable(done.result)}\n`);
  else if (options.table === "schedstat") print(`${schedstatTable(done.result)}\n`);
  else if (!options.table) print(`${summaryText(done)}\n`);
}

/** What the options mean. @throws UsageError, RequestError */
export function fileOptions(sources: readonly string[], options: SimulateOptions): SimulateFileOptions {
  return {
    chip: options.chip,
    policy: options.policy,
    seed: options.seed,
    durationNs: options.duration,
    out: options.out,
    timeline: options.timeline,
    parameters: parametersOf(sources, options.param),
    tunables: {
      ...parseTunables(options.tunable),
      ...(options.niceTries === undefined ? {} : { cacheNiceTries: parseNiceTries(options.niceTries) }),
      ...(options.migrationCost === undefined ? {} : { migrationCostNs: options.migrationCost }),
    },
    hardware: parseAssignments("hardware", options.hardware, unitsOf(HARDWARE_PARAMETERS)),
    off: options.off,
  };
}

/** Reads --param, by the units of the model's parameters. @throws RequestError */
function parametersOf(sources: readonly string[], texts: readonly string[]): Record<string, number> {
  if (texts.length === 0) return {};
  if (sources.every(isFileName))
    throw new RequestError("parameters", "is for models; rt-app files have none");
  return parseAssignments("parameters", texts, unitsOf(modelOf(sources).parameters));
}

function tableListener(options: SimulateOptions): TimelineListener | undefined {
  if (options.table === "timehist") return timehist(print);
  if (options.table === "map") return mapTable(cpuNumbers(openChip(options.chip)), print);
  return undefined;
}

/** The stable fields first. `migrations` is what `decisions` was called at first: kept for those who read it. */
function jsonOf({ result, records, traceSha256, wallSeconds, made }: SimulatedFile): unknown {
  const { events, simulatedNs, decisions, migrations, ...rest } = result;
  return {
    events,
    simulatedSeconds: simulatedNs / 1e9,
    wallSeconds,
    records,
    decisions,
    migrations: decisions,
    traceSha256,
    made,
    moves: migrations,
    ...rest,
  };
}
