import { parseAssignments, unitsOf } from "../../lab/assignments.ts";
import { isFileName } from "../../lab/files/file-names.ts";
import { withStandardInput } from "../../lab/files/standard-input.ts";
import { modelOf } from "../../lab/names.ts";
import { type SimulatedFile, type SimulateFileOptions, simulateFile } from "../../lab/simulate-file.ts";
import { parseNiceTries, parseTunables } from "../../lab/tunables.ts";
import { HARDWARE_PARAMETERS, type HardwareEffect } from "../../sim/chip/hardware.ts";
import { cpuNumbers } from "../../sim/chip/topology.ts";
import { latencyTable } from "../../sim/output/latency-table.ts";
import { mapTable } from "../../sim/output/map-table.ts";
import { schedstatTable } from "../../sim/output/schedstat-table.ts";
import { timehist } from "../../sim/output/timehist.ts";
import { RequestError } from "../../traces/input-error.ts";
import type { TimelineListener } from "../../traces/timeline.ts";
import { goOnWithoutReader, note, print, printJson } from "../output.ts";
import { progressBar } from "../progress.ts";
import { UsageError } from "../report-failure.ts";
import { levelsWithoutDomains } from "./options.ts";
import { catalogue, catalogueText, summaryText } from "./summary.ts";
import { UserCode } from "./user-code.ts";

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
  tasks?: string;
  window?: { fromNs: number; toNs: number };
  loop?: number;
  recordedOn?: string;
  niceTries?: string;
  migrationCost?: number;
  tunable: string[];
  hardware: string[];
  groups?: string;
  autogroup?: boolean;
  background?: number;
  off?: HardwareEffect[];
  asScenario?: string;
  list?: boolean;
  json?: boolean;
}

/** Does what `nicetries simulate` was asked for. */
export async function simulate(sources: string[], options: SimulateOptions): Promise<void> {
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
  const done = await withStandardInput(sources, async (files) =>
    simulateFile(files, {
      ...fileOptions(files, options),
      onTimeline: await tableListener(options),
      supervise: (file, failure) => new UserCode(file, failure),
      onProgress: (done, end, what) => bar.update(done, end, what),
      say: note,
    }),
  ).finally(() => bar.stop());
  for (const text of done.result.notes) note(text);
  if (done.scenario) await sayScenario(options.asScenario!, done.scenario);
  if (done.leftRunning.length > 0)
    note(`${options.policy}: leaves something running (${done.leftRunning.join(", ")}); nobody waits for it`);
  for (const level of levelsWithoutDomains(options.niceTries ?? "", done.result.schedstat.cpus))
    note(`${done.result.chip} has no domain of level ${level}: --nice-tries changed nothing there`);
  if (options.json) printJson(jsonOf(done));
  else if (options.table === "latency") print(`${latencyTable(done.result)}\n`);
  else if (options.table === "schedstat") print(`${schedstatTable(done.result)}\n`);
  else if (!options.table) print(`${summaryText(done)}\n`);
}

async function sayScenario(path: string, { tasks, operations }: NonNullable<SimulatedFile["scenario"]>) {
  const { dumpPath, WITHOUT } = await import("../../lab/as-scenario.ts");
  note(
    `${path}: ${tasks} tasks, ${operations} operations; what the simulator did is in ${dumpPath(path)}. Where a scenario has no word for something the run does without: ${WITHOUT}`,
  );
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
    replay: {
      tasks: options.tasks,
      window: options.window,
      loop: options.loop,
      recordedOn: options.recordedOn,
    },
    tunables: {
      ...parseTunables(options.tunable),
      ...(options.niceTries === undefined ? {} : { cacheNiceTries: parseNiceTries(options.niceTries) }),
      ...(options.migrationCost === undefined ? {} : { migrationCostNs: options.migrationCost }),
    },
    hardware: parseAssignments("hardware", options.hardware, unitsOf(HARDWARE_PARAMETERS)),
    groups: options.groups,
    autogroup: options.autogroup,
    background: options.background,
    off: options.off,
    asScenario: options.asScenario,
  };
}

/** Reads --param, by the units of the model's parameters. @throws RequestError */
function parametersOf(sources: readonly string[], texts: readonly string[]): Record<string, number> {
  if (texts.length === 0) return {};
  if (sources.every(isFileName))
    throw new RequestError("parameters", "is for models; rt-app files have none");
  return parseAssignments("parameters", texts, unitsOf(modelOf(sources).parameters));
}

async function tableListener(options: SimulateOptions): Promise<TimelineListener | undefined> {
  if (options.table === "timehist") return timehist(print);
  if (options.table === "map") {
    const { openChip } = await import("../../lab/sources.ts");
    return mapTable(cpuNumbers(openChip(options.chip)), print);
  }
  return undefined;
}

/** The stable fields first. `migrations` is what `decisions` was called at first: kept for those who read it. */
/** Of what is told of a model that adapts. */
const SPAN_NS = 1e9;

function jsonOf({
  result,
  records,
  traceSha256,
  wallSeconds,
  made,
  recording,
  scenario,
  adaptation,
}: SimulatedFile): unknown {
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
    ...(recording ? { recording } : {}),
    ...(scenario ? { scenario } : {}),
    ...(adaptation
      ? { adaptation: { events: adaptation.events, spans: adaptation.log.spans(SPAN_NS) } }
      : {}),
    ...rest,
  };
}
