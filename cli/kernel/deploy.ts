import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import {
  ARITHMETICS,
  type Arithmetic,
  CONTROL,
  controlProgram,
  deploymentScript,
  MODES,
  type Mode,
  parseCounters,
  type Rule,
  tripReason,
} from "../../kernel-bridge/deploy/control.ts";
import { bootGuest } from "../../kernel-bridge/guest/boot.ts";
import type { GuestTopology } from "../../kernel-bridge/guest/qemu-arguments.ts";
import { shellWords } from "../../kernel-bridge/guest/shell-words.ts";
import { requireProgram } from "../../kernel-bridge/programs.ts";
import { runProcess } from "../../kernel-bridge/run-process.ts";
import { withScratch } from "../../kernel-bridge/scratch.ts";
import { readNt } from "../../model/nt-read.ts";
import { InputError } from "../../traces/input-error.ts";
import { repeated } from "../option-values.ts";
import { note, print, printJson, textTable } from "../output.ts";
import { UsageError } from "../report-failure.ts";
import { imageOf } from "./images.ts";
import * as option from "./options.ts";

interface Flags extends option.ClockFlags {
  mode: Mode;
  slot: number;
  arithmetic: Arithmetic;
  match: Rule[];
  host?: boolean;
  topology: GuestTopology;
  memory: number;
  migrationCost?: number;
  timeLimit: number;
  json?: boolean;
}

export function registerDeploy(kernel: Command): void {
  option
    .clockOptions(kernel.command("deploy"), "host")
    .argument("<model>", "model file (.nt)")
    .argument("[command...]", "workload to run with the model in force")
    .description("install a model in a patched kernel through its system call and let it decide")
    .addOption(new Option("--mode <mode>", "who decides").choices([...MODES]).default("shadow"))
    .addOption(option.slotOption())
    .addOption(
      new Option("--arithmetic <name>", "how it computes").choices([...ARITHMETICS]).default("fixed"),
    )
    .option(
      "--match <rule>",
      "comm=PATTERN or cgroup=FOLDER; may be repeated",
      repeated(option.parseRule("--match")),
      [],
    )
    .option("--host", "this machine runs the patched kernel: install here, as root, and leave it installed")
    .addOption(option.topologyOption())
    .addOption(option.acceleratorOption())
    .addOption(option.memoryOption())
    .addOption(option.migrationCostOption())
    .addOption(option.timeLimitOption("kill a guest that runs longer", 600))
    .option("--json", "print {mode, exitCode, models, counters}")
    .addHelpText(
      "after",
      `
Without --host a guest is booted, the model installed, the command run, and the counters printed at its end.
The kernel checks every field of the file and the schema hash; what it refuses, it explains. The former model stays for
rollback. What follows on a kernel that keeps running (--host, or a shell in a guest) is nicetries kernel control: mode
off returns to CFS at once.
Modes: shadow counts how often the model agrees while CFS decides; decide lets the model answer after the hard
refusals; premigrate moves a task early on a positive prediction and otherwise leaves CFS alone.

Examples:
  nicetries kernel deploy m.nt -- hackbench -g 4 -l 100
  nicetries kernel deploy m.nt --mode decide --arithmetic float -- sysbench cpu --threads=13 run
  nicetries kernel deploy db.nt --slot 1 --match 'comm=postgres*' --mode decide -- ./pgbench.sh
  sudo nicetries kernel deploy m.nt --host --mode decide`,
    )
    .action(deploy);
}

async function deploy(modelPath: string, command: string[], flags: Flags): Promise<void> {
  const model = readNt(modelPath); // a clearer message than the kernel's where the file is wrong
  if (flags.slot > 0 && flags.match.length === 0)
    throw new UsageError("tasks reach a slot other than 0 only by a rule: give --match");
  if (flags.slot === 0 && flags.match.length > 0) throw new UsageError("--match needs a --slot of 1 to 7");
  if (flags.arithmetic === "float" && !model.hasFloat)
    throw new UsageError(`${modelPath} has no float weights; use --arithmetic fixed`);
  if (!flags.host && command.length === 0)
    throw new UsageError("give a command to run in the guest, or --host");
  requireProgram(command, flags.host ? process.env.PATH : undefined);
  const { mode, slot, arithmetic, match: rules } = flags;
  const control = await controlProgram();
  const run = await withScratch("deploy", async (folder) => {
    const script = (shared: string) =>
      [
        deploymentScript(control, { model: resolve(modelPath), slot, mode, arithmetic, rules }),
        command.length > 0 ? `${shellWords(command)}; code=$?` : "code=0",
        `cd ${CONTROL} && cat counters models refusal > ${shellWords([join(shared, "report")])}`,
        "exit $code",
      ].join("\n");
    const result = flags.host
      ? await onHost(script(folder))
      : await inGuest(script("/nicetries"), folder, flags);
    const report = join(folder, "report");
    if (existsSync(report)) return { ...result, report: readFileSync(report, "utf8") };
    throw new InputError("the model was not installed", {
      file: modelPath,
      found: result.output.trim().split("\n").at(-1) || "no output",
      hint: flags.host ? "This machine must run the patched kernel, as root" : "See the messages above",
    });
  });
  process.exitCode = run.exitCode;
  const models = [...run.report.matchAll(/^slot .*$/gm)].map(([line]) => line);
  const counters = parseCounters(run.report);
  const watchdog = tripReason(run.report);
  if (flags.json) return printJson({ mode, exitCode: run.exitCode, models, counters, watchdog });
  print(`${models.join("\n")}\n`);
  if (command.length > 0) print(`${agreementTable(mode, counters)}\n`);
  if (watchdog) note(`the watchdog returned to CFS: ${watchdog}`);
}

/** What CFS would have answered beside what the model predicted. */
function agreementTable(mode: Mode, c: Record<string, number>): string {
  const rows = ["stays", "moves", "forces"].map((name, cfs) => [
    `CFS ${name}`,
    String(c[`cfs_${cfs}_negative`]),
    String(c[`cfs_${cfs}_positive`]),
  ]);
  const sum = (prefix: string) =>
    Object.entries(c).reduce((all, [name, n]) => all + (name.startsWith(prefix) ? n : 0), 0);
  const calls = sum("calls_");
  const different = `answers other than CFS's: ${c.overruled}, ${c.vetoed} of them to stay`;
  const rest = `FPU not usable: ${c.fpu_busy}; no model: ${c.no_model}`;
  // A decision in integers, by one model for all, does not pay for more counts than these.
  if (calls === 0) return `mode ${mode}: ${different}; ${rest}`;
  return [
    `mode ${mode}: ${calls} calls, ${c.refused} refused before the model is asked, ${c.active} in active balance, ` +
      `${sum("not_asked_")} in which its answer could change nothing`,
    textTable([`${c.predicted} predictions`, "negative", "positive"], rows),
    `${different}; ${rest}`,
  ].join("\n");
}

type Run = { exitCode: number; output: string };

async function inGuest(script: string, exchange: string, flags: Flags): Promise<Run> {
  const result = await bootGuest({
    bzImage: (await imageOf("patched")).bzImage,
    script,
    exchange,
    topology: flags.topology,
    accelerator: flags.accelerator,
    clock: option.clockOf(flags, "host"),
    memoryMiB: flags.memory,
    migrationCostNs: flags.migrationCost,
    timeLimit: flags.timeLimit,
    say: note,
    onOutput: (chunk) => process.stderr.write(chunk),
  });
  if (result.outcome !== "finished")
    throw new InputError(`the guest ended without a result (${result.outcome})`, {
      file: result.serialLog,
      hint: result.outcome === "time limit" ? "Give a larger --time-limit" : "Read the serial log",
    });
  return result;
}

async function onHost(script: string): Promise<Run> {
  const { code, stdout, stderr } = await runProcess("sh", ["-c", script], { onLine: note });
  return { exitCode: code, output: stderr || stdout };
}
