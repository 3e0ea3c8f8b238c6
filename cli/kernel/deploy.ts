import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
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
} from "../../kernel-bridge/deploy/control.ts";
import { bootGuest } from "../../kernel-bridge/guest/boot.ts";
import type { Accelerator } from "../../kernel-bridge/guest/kvm-probe.ts";
import type { GuestTopology } from "../../kernel-bridge/guest/qemu-arguments.ts";
import { shellWords } from "../../kernel-bridge/guest/shell-words.ts";
import { runProcess } from "../../kernel-bridge/run-process.ts";
import { readNt } from "../../model/nt-read.ts";
import { InputError } from "../../traces/input-error.ts";
import { note, printJson } from "../output.ts";
import { UsageError } from "../report-failure.ts";
import { imageOf } from "./images.ts";
import * as option from "./options.ts";

interface Flags {
  mode: Mode;
  slot: number;
  arithmetic: Arithmetic;
  match: Rule[];
  host?: boolean;
  topology: GuestTopology;
  accelerator: Accelerator | "auto";
  memory: number;
  migrationCost?: number;
  timeLimit: number;
  json?: boolean;
}

/** ML_NR_SLOTS of the kernel. */
const SLOTS = 8;

export function registerDeploy(kernel: Command): void {
  kernel
    .command("deploy")
    .argument("<model>", "model file (.nt)")
    .argument("[command...]", "workload to run with the model in force")
    .description("install a model in a patched kernel through its system call and let it decide")
    .addOption(new Option("--mode <mode>", "who decides").choices([...MODES]).default("shadow"))
    .option(
      "--slot <n>",
      "0: for all tasks; 1 to 7: for those that --match sends there",
      option.wholeNumber(0),
      0,
    )
    .addOption(
      new Option("--arithmetic <name>", "how it computes").choices([...ARITHMETICS]).default("fixed"),
    )
    .option("--match <rule>", "comm=PATTERN or cgroup=FOLDER; may be repeated", addRule, [])
    .option("--host", "this machine runs the patched kernel: install here, as root, and leave it installed")
    .addOption(option.topologyOption())
    .addOption(option.acceleratorOption())
    .addOption(option.memoryOption())
    .addOption(option.migrationCostOption())
    .option("--time-limit <s>", "kill a guest that runs longer", option.seconds, 600)
    .option("--json", "print {mode, exitCode, models, counters}")
    .addHelpText(
      "after",
      `
Without --host a guest is booted, the model installed, the command run, and the counters printed at its end.
The kernel checks every field of the file and the schema hash; what it refuses, it explains. The former model stays for
rollback. To return to CFS at once: echo off > ${CONTROL}/mode
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

function addRule(text: string, before: Rule[]): Rule[] {
  const parts = /^(comm|cgroup)=(.+)$/s.exec(text);
  if (!parts) throw new InvalidArgumentError("a rule is comm=PATTERN or cgroup=FOLDER");
  if (parts[1] === "comm" && Buffer.byteLength(parts[2]) > 15)
    throw new InvalidArgumentError("a task's name has at most 15 bytes");
  return [...before, { kind: parts[1] as Rule["kind"], what: parts[2] }];
}

async function deploy(modelPath: string, command: string[], flags: Flags): Promise<void> {
  const model = readNt(modelPath); // a clearer message than the kernel's where the file is wrong
  if (flags.slot >= SLOTS) throw new UsageError(`--slot is 0 to ${SLOTS - 1}`);
  if (flags.slot > 0 && flags.match.length === 0)
    throw new UsageError("tasks reach a slot other than 0 only by a rule: give --match");
  if (flags.slot === 0 && flags.match.length > 0) throw new UsageError("--match needs a --slot of 1 to 7");
  if (flags.arithmetic === "float" && !model.hasFloat)
    throw new UsageError(`${modelPath} has no float weights; use --arithmetic fixed`);
  if (!flags.host && command.length === 0)
    throw new UsageError("give a command to run in the guest, or --host");
  const { mode, slot, arithmetic, match: rules } = flags;
  const control = await controlProgram();
  const script = [
    deploymentScript(control, { model: resolve(modelPath), slot, mode, arithmetic, rules }),
    command.length > 0 ? `${shellWords(command)}; code=$?` : "code=0",
    `echo; echo ---; cat ${CONTROL}/counters ${CONTROL}/models ${CONTROL}/refusal`,
    "exit $code",
  ].join("\n");
  const run = flags.host
    ? await onHost(script)
    : await bootGuest({
        bzImage: (await imageOf("patched")).bzImage,
        script,
        topology: flags.topology,
        accelerator: flags.accelerator,
        memoryMiB: flags.memory,
        migrationCostNs: flags.migrationCost,
        timeLimit: flags.timeLimit,
        say: note,
        onOutput: (chunk) => process.stderr.write(chunk),
      });
  process.exitCode = run.exitCode;
  const [, report] = run.output.split(/^---\r?$/m);
  if (report === undefined)
    throw new InputError("the model was not installed", {
      file: modelPath,
      found: run.output.trim().split("\n").at(-1) ?? "no output",
      hint: flags.host ? "This machine must run the patched kernel, as root" : "See the messages above",
    });
  const models = [...report.matchAll(/^slot .*$/gm)].map(([line]) => line.trim());
  const counters = parseCounters(report);
  const watchdog = /^watchdog: (.*)$/m.exec(report)?.[1].trim();
  if (flags.json) return printJson({ mode, exitCode: run.exitCode, models, counters, watchdog });
  if (watchdog) note(`the watchdog returned to CFS: ${watchdog}`);
  if (flags.host) process.stdout.write(`${models.join("\n")}\n`);
}

async function onHost(script: string): Promise<{ exitCode: number; output: string }> {
  const { code, stdout, stderr } = await runProcess("sh", ["-c", script]);
  process.stderr.write(stderr);
  return { exitCode: code, output: stdout || stderr };
}
