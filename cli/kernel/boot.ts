import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { Variant } from "../../kernel-bridge/build/variants.ts";
import { bootGuest, lastLines } from "../../kernel-bridge/guest/boot.ts";
import type { GuestTopology } from "../../kernel-bridge/guest/qemu-arguments.ts";
import { requireProgram } from "../../kernel-bridge/programs.ts";
import { formatDuration } from "../../traces/quantity.ts";
import { secondsOption, timeHelp } from "../option-values.ts";
import { note, printJson } from "../output.ts";
import { chipsetOf, imageOf } from "./images.ts";
import * as option from "./options.ts";

interface Flags extends option.ClockFlags {
  kernel: Variant;
  topology: GuestTopology;
  memory: number;
  migrationCost?: number;
  timeLimit?: number;
  serialLog?: string;
  json?: boolean;
}

/** Seconds for a command when nothing is said. */
const TIME_LIMIT = 600;

export function registerBoot(kernel: Command): void {
  option
    .clockOptions(kernel.command("boot"), "host")
    .argument("[command...]", "what to run in the guest; without it a shell, or what comes in through a pipe")
    .description("boot a guest kernel on this machine's own files and run a command in it")
    .addOption(option.variantOption())
    .addOption(option.topologyOption())
    .addOption(option.acceleratorOption())
    .addOption(option.memoryOption())
    .addOption(option.migrationCostOption())
    .option(
      "--time-limit <time>",
      `kill a guest that runs longer, ${timeHelp("30s or 10m", "s")} (default: ${formatDuration(TIME_LIMIT * 1e9)}, none for a shell)`,
      secondsOption("--time-limit"),
    )
    .option(
      "--serial-log <file>",
      "where the kernel's messages go (default: a file in the cache, named in messages)",
    )
    .option("--json", "print {exitCode, outcome, accelerator, clock, seconds, serialLog, output}")
    .addHelpText(
      "after",
      `
The guest sees this machine's files read-only under a copy in memory: what it writes is gone when it ends.
The exit code is the command's; 124 when the time limit killed the guest, 125 when the guest died.

Examples:
  nicetries kernel boot
  nicetries kernel boot -- uname -a
  nicetries kernel boot < script.sh
  nicetries kernel boot --kernel patched --topology 8x1 --clock virtual -- cat /sys/kernel/debug/ml_migrate/mode`,
    )
    .action(async (command: string[], flags: Flags) => {
      requireProgram(command);
      const image = await imageOf(flags.kernel);
      const script = command.length === 0 && !process.stdin.isTTY ? readFileSync(0, "utf8") : undefined;
      const interactive = command.length === 0 && script === undefined;
      const result = await bootGuest({
        bzImage: image.bzImage,
        chipset: chipsetOf(flags.kernel),
        command: command.length > 0 ? command : undefined,
        script,
        topology: flags.topology,
        accelerator: flags.accelerator,
        clock: option.clockOf(flags, "host"),
        memoryMiB: flags.memory,
        migrationCostNs: flags.migrationCost,
        timeLimit: flags.timeLimit ?? (interactive ? 0 : TIME_LIMIT),
        serialLog: flags.serialLog,
        say: note,
        onOutput: flags.json ? undefined : (chunk) => process.stdout.write(chunk),
      });
      process.exitCode = result.exitCode;
      if (flags.json) return printJson(result);
      if (result.outcome === "finished") return;
      note(
        `${result.outcome === "died" ? "the guest died" : "time limit: the guest was killed"}; its last messages:`,
      );
      note(lastLines(result.serialLog, 8));
      note(`whole log: ${result.serialLog}`);
    });
}
