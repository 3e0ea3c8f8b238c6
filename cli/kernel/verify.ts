import { type Command, Option } from "commander";
import { workload } from "../../kernel-bridge/benchmarks/benchmarks.ts";
import type { Variant } from "../../kernel-bridge/build/variants.ts";
import { agrees } from "../../kernel-bridge/deploy/compare-decisions.ts";
import { ROUNDS } from "../../kernel-bridge/deploy/rounds.ts";
import { VERSION } from "../../lab/version.ts";
import { readNt } from "../../model/nt-read.ts";
import { countOption, secondsOption, timeHelp } from "../option-values.ts";
import { note, print, printJson, textTable } from "../output.ts";
import { chipsetOf, imageOf } from "./images.ts";
import * as option from "./options.ts";

interface Flags extends option.ClockFlags {
  workloads: string[];
  duration: number;
  decisions: number;
  swaps: number;
  fuzz: number;
  seed: number;
  debug?: boolean;
  memory: number;
  migrationCost?: number;
  timeLimit: number;
  json?: boolean;
}

export function registerVerify(kernel: Command): void {
  option
    .clockOptions(kernel.command("verify"), "host")
    .argument("<model>", "model file (.nt)")
    .description("compare every logit that a real kernel computes with TypeScript, bit for bit")
    .addOption(
      new Option(
        "--workloads <list>",
        "benchmarks or rt-app files, in turn in the modes shadow, decide and premigrate",
      )
        .argParser((text) => text.split(",").map(option.benchmarkOption("--workloads")))
        .default(["hackbench", "pgbench", "gridding"], "hackbench,pgbench,gridding"),
    )
    .addOption(
      new Option("--duration <time>", `time for each, ${timeHelp("90s", "s")}`)
        .argParser(secondsOption("--duration"))
        .default(30, "30s"),
    )
    .option(
      "--decisions <n>",
      `decisions of each workload: it runs again, ${ROUNDS} times at most; fail with fewer`,
      countOption("--decisions", 1),
      500,
    )
    .option(
      "--swaps <n>",
      "models installed in turn under load in a last phase; 0 for none",
      countOption("--swaps", 0),
      10000,
    )
    .option(
      "--fuzz <n>",
      "damaged and hostile files given to the system call",
      countOption("--fuzz", 0),
      20000,
    )
    .option("--seed <n>", "seed of the fuzzer", countOption("--seed", 0), 1)
    .option("--debug", "use the debug kernel: KASAN, lockdep, kmemleak; slow")
    .addOption(option.acceleratorOption())
    .addOption(option.memoryOption())
    .addOption(option.migrationCostOption())
    .addOption(option.timeLimitOption("kill a guest that runs longer", 1800))
    .option(
      "--json",
      "print {equal, decisions, short, phases, total, fuzz, fuzzFailing, faults, accelerator, seconds}",
    )
    .addHelpText(
      "after",
      `
Boots the patched kernel, installs the model, records the features, the logit and the answer of every decision under
each workload, and recomputes all of them from the trace rows. In the last phase the model and its mirror image are
swapped all the time: each record names the installation it was made with. Exit code 1 when anything differs, when
a workload gave too few decisions (it is named), or when the kernel's log names a fault.

Examples:
  nicetries kernel verify m.nt
  nicetries kernel verify m.nt --workloads hackbench,numeric,gridding --duration 10 --json
  nicetries kernel verify m.nt --debug --decisions 1000 --fuzz 100000`,
    )
    .action(verify);
}

async function verify(model: string, flags: Flags): Promise<void> {
  readNt(model); // what is wrong with a file is said before minutes are spent
  const workloads = [];
  const clock = option.clockOf(flags, "host");
  for (const name of flags.workloads)
    workloads.push(await workload(name, flags.duration, clock.name === "virtual"));
  const variant: Variant = flags.debug ? "debug" : "patched";
  const image = await imageOf(variant);
  const { shortPhases, verifyModel } = await import("../../kernel-bridge/deploy/verify.ts");
  const result = await verifyModel({
    model,
    workloads,
    decisions: flags.decisions,
    swaps: flags.swaps,
    fuzz: flags.fuzz,
    fuzzSeed: flags.seed,
    tool: `nicetries ${VERSION}`,
    boot: {
      bzImage: image.bzImage,
      accelerator: flags.accelerator,
      clock,
      memoryMiB: flags.memory,
      migrationCostNs: flags.migrationCost,
      timeLimit: flags.timeLimit,
      append: flags.debug ? "kmemleak=on" : "",
      chipset: chipsetOf(variant),
      say: note,
      onOutput: (chunk) => process.stderr.write(chunk),
    },
  });
  const short = shortPhases(result.phases, flags.decisions);
  const equal = agrees(result.total);
  if (!equal || short.length > 0 || result.faults.length > 0) process.exitCode = 1;
  if (flags.json)
    return printJson({
      equal,
      decisions: result.total.decisions,
      short: short.map(({ name, mode, comparison }) => ({ name, mode, decisions: comparison.decisions })),
      ...result,
    });
  const rows = result.phases.map(({ name, mode, rounds, rows, lost, installations, comparison: c }) => [
    name,
    mode,
    ...[
      rounds,
      rows,
      lost,
      installations,
      c.decisions,
      c.positive,
      c.wrongLogits,
      c.wrongSigns,
      c.wrongAnswers,
    ].map(String),
  ]);
  const header = [
    "workload",
    "mode",
    "rounds",
    "calls",
    "lost",
    "installations",
    "decisions",
    "positive",
    "wrong logits",
    "signs",
    "answers",
  ];
  print(`${textTable(header, rows)}\n`);
  for (const example of result.total.examples) print(`  ${example}\n`);
  for (const [what, answers] of [
    ["hostile files", result.fuzz],
    ["the same with failing allocations", result.fuzzFailing],
  ] as const) {
    const text = Object.entries(answers).map(([answer, n]) => `${n} ${answer}`);
    if (text.length > 0) print(`${what}: ${text.join(", ")}\n`);
  }
  for (const line of result.faults) print(`kernel: ${line}\n`);
  const verdict = equal ? "every logit is equal" : "NOT EQUAL";
  print(`${result.total.decisions} decisions: ${verdict}\n`);
  for (const { name, mode, rounds, comparison } of short)
    print(
      `too few decisions: ${name} in mode ${mode} gave ${comparison.decisions} of ${flags.decisions} ` +
        `in ${rounds} ${rounds === 1 ? "round" : "rounds"}; give a longer --duration or another workload\n`,
    );
}
