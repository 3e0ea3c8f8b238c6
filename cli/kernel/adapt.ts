import { type Command, Option } from "commander";
import type { AdaptEvent } from "../../adapt/adaptation.ts";
import { ADAPT_PARAMETERS, adaptParameters } from "../../adapt/parameters.ts";
import { recoveryFrom } from "../../adapt/recovery.ts";
import { workloadsInTurn } from "../../kernel-bridge/benchmarks/benchmarks.ts";
import type { KernelAdaptResult } from "../../kernel-bridge/deploy/adapt.ts";
import type { GuestTopology } from "../../kernel-bridge/guest/qemu-arguments.ts";
import { requireProgram } from "../../kernel-bridge/programs.ts";
import { parseAssignments, unitsOf } from "../../lab/assignments.ts";
import { randomStream } from "../../sim/engine/random.ts";
import { checkParameters } from "../../sim/parameters.ts";
import { ofOption } from "../../traces/input-error.ts";
import { countOption, repeated, secondsOption, timeHelp } from "../option-values.ts";
import { note, print, printJson, textTable } from "../output.ts";
import { UsageError } from "../report-failure.ts";
import { imageOf } from "./images.ts";
import * as option from "./options.ts";

interface Flags extends option.ClockFlags {
  benchmark: string[];
  duration: number;
  every: number;
  param: string[];
  seed: number;
  topology: GuestTopology;
  memory: number;
  migrationCost?: number;
  timeLimit: number;
  json?: boolean;
}

export function registerAdapt(kernel: Command): void {
  option
    .clockOptions(kernel.command("adapt"), "auto")
    .argument("<model>", "model file (.nt) to begin with")
    .argument("[command...]", "workload to run with it")
    .description(
      "watch a model in the patched kernel, train it anew when it no longer fits, roll back what is worse",
    )
    .option(
      "--benchmark <name>",
      "instead of a command, as for kernel record; several run one after the other",
      repeated(option.benchmarkOption("--benchmark")),
      [],
    )
    .addOption(
      new Option("--duration <time>", `how long each benchmark runs, ${timeHelp("15s or 1m", "s")}`)
        .argParser(secondsOption("--duration"))
        .default(15, "15s"),
    )
    .addOption(
      new Option("--every <time>", `time of the guest between two looks, ${timeHelp("500ms or 1s", "s")}`)
        .argParser(secondsOption("--every"))
        .default(0.5, "500ms"),
    )
    .option(
      "--param <name=value>",
      `of adapting: ${Object.keys(ADAPT_PARAMETERS).join(", ")} (docs/policies.md); may be repeated`,
      repeated(String),
      [],
    )
    .option("--seed <n>", "of the trainings, and in virtual time of the guest", countOption("--seed"), 1)
    .addOption(option.topologyOption())
    .addOption(option.acceleratorOption())
    .addOption(option.memoryOption())
    .addOption(option.migrationCostOption())
    .addOption(option.timeLimitOption("kill a guest that runs longer", 1800))
    .option(
      "--json",
      "print {exitCode, phases, events, spans, rounds, waitedNs, installations, trainingNs, wrongSigns, lost}",
    )
    .addHelpText(
      "after",
      `
The kernel decides by itself (mode shadow) or, with --param act=1, by the model while that is confident (mode decide). Every so often its
decisions are judged here; meanwhile the guest stands still. Where the model no longer agrees with CFS on the hard cases, another one is trained on the
last decisions, the guest uses up the CPU time that this is said to take, and installs it through the system call. If the former one
would have done better, it comes back by the same way.

Examples:
  nicetries kernel adapt m.nt --topology 8x1 --benchmark numeric --benchmark hackbench
  nicetries kernel adapt m.nt --param window=500 --param distanceNs=2s -- sh -c './one; ./other'`,
    )
    .action(adapt);
}

async function adapt(model: string, command: string[], flags: Flags): Promise<void> {
  if (command.length > 0 === flags.benchmark.length > 0)
    throw new UsageError("give either a command after -- or --benchmark");
  const given = parseAssignments("param", flags.param, unitsOf(ADAPT_PARAMETERS));
  ofOption("param", () => checkParameters("adapting", ADAPT_PARAMETERS, given));
  requireProgram(command);
  const clock = option.clockOf(flags, "auto", { seed: flags.seed });
  const workloads = await workloadsInTurn(flags.benchmark, flags.duration, clock.name === "virtual");
  if (command.length > 0) workloads.push({ name: command[0], command, definition: "" });
  const { adaptInGuest } = await import("../../kernel-bridge/deploy/adapt.ts");
  const done = await adaptInGuest({
    model,
    workloads,
    every: flags.every,
    parameters: adaptParameters(given),
    random: randomStream(String(flags.seed), "adapt"),
    boot: {
      bzImage: (await imageOf("patched")).bzImage,
      topology: flags.topology,
      accelerator: flags.accelerator,
      clock,
      memoryMiB: flags.memory,
      migrationCostNs: flags.migrationCost,
      timeLimit: flags.timeLimit,
      say: note,
    },
    onOutput: (text) => process.stderr.write(text),
    onEvent: (event) => note(eventText(event)),
  });
  process.exitCode = done.exitCode;
  if (flags.json) printJson(jsonOf(done));
  else print(`${report(done)}\n`);
  if (done.wrongSigns > 0) {
    note(`${done.wrongSigns} predictions of the kernel are not those of its model`);
    process.exitCode ||= 1;
  }
}

const seconds = (ns: number): string => `${(ns / 1e9).toFixed(2)} s`;
const percent = (part: number, whole: number): string =>
  whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;

function eventText({ atNs, calls, what, agreement, former }: AdaptEvent): string {
  const share = (of = agreement) =>
    of ? `${percent(of.hard, 1)} of the hard cases, ${percent(of.easy, 1)} of the others` : "";
  const texts: Record<AdaptEvent["what"], string> = {
    below: `the model agrees in ${share()}: another one is trained`,
    unlearnable: "nothing can be learned from the last calls",
    swap: "another model is in force, on trial",
    confirmed: `it stays: ${share()}; the former one: ${share(former)}`,
    rollback: `it is rolled back: ${share()}; the former one: ${share(former)}`,
  };
  return `${seconds(atNs)}, ${calls} calls: ${texts[what]}`;
}

/** What is known of each workload: how often who was right in it, and what it took to learn it. */
function phasesOf({ phases, log, events }: KernelAdaptResult) {
  return phases.map(({ name, atNs }, i) => {
    const toNs = phases[i + 1]?.atNs ?? Number.MAX_SAFE_INTEGER / 2;
    const [span] = log.spans(toNs - atNs, atNs);
    const own = events.filter((event) => event.atNs < toNs);
    return { name, atNs, span, recovery: recoveryFrom(atNs, own, log) };
  });
}

function report(done: KernelAdaptResult): string {
  const phases = phasesOf(done);
  return [
    textTable(
      ["workload", "from", "calls", "hard cases", "right in them", "left alone", "majority"],
      phases.map(({ name, atNs, span }) => [
        name,
        seconds(atNs),
        String(span?.calls ?? 0),
        String(span?.hard ?? 0),
        ...(["adapted", "alone", "majority"] as const).map((who) =>
          span ? percent(span[who].hard, span.hard) : "-",
        ),
      ]),
    ),
    ...phases.flatMap(({ name, recovery: r }) =>
      r
        ? [`${name}: learned after ${seconds(r.swapNs)}, ${r.calls} calls, ${r.hard} of them hard cases`]
        : [],
    ),
    `${done.installations} installations, ${done.rounds} rounds, ${done.lost} records lost`,
  ].join("\n");
}

function jsonOf({ log, ...done }: KernelAdaptResult) {
  return {
    ...done,
    phases: phasesOf({ log, ...done }),
    spans: log.spans(1e9),
  };
}
