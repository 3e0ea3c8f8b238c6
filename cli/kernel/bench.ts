import type { Command } from "commander";
import { benchModel } from "../../kernel-bridge/deploy/bench.ts";
import type { Estimate } from "../../kernel-bridge/deploy/latency.ts";
import { requireProgram } from "../../kernel-bridge/programs.ts";
import { readNt } from "../../model/nt-read.ts";
import { countOption } from "../option-values.ts";
import { note, print, printJson, textTable } from "../output.ts";
import { imageOf } from "./images.ts";
import * as option from "./options.ts";

interface Flags extends option.ClockFlags {
  rounds: number;
  seed: string;
  memory: number;
  timeLimit: number;
  json?: boolean;
}

/** Virtual time counts instructions one by one: an instruction takes a nanosecond. */
const COUNTING = 0;

export function registerBench(kernel: Command): void {
  option
    .clockOptions(kernel.command("bench"), "auto", COUNTING)
    .argument("<model>", "model file (.nt)")
    .argument("[command...]", "the load (default: hackbench -g 4 -l 100)")
    .description(
      "measure can_migrate_task in a real kernel: stock, shadow, deciding in fixed point and in float, premigrate",
    )
    .option("--rounds <n>", "how often each is measured, in turn", countOption("--rounds", 2), 8)
    .option("--seed <seed>", "seed of the bootstrap intervals", "1")
    .addOption(option.acceleratorOption())
    .addOption(option.memoryOption())
    .addOption(option.timeLimitOption("kill a guest that runs longer", 3600))
    .option(
      "--json",
      "print {clock, contenders: [{name, medianInstructions, meanInstructions, timesStock}], rows: [{name, calls, median, mean, ratio, ...}], ...}",
    )
    .addHelpText(
      "after",
      `
All run in one boot, in turn. In virtual time, the default where QEMU is 8.1 or newer, the kernel's own counts from entry to return
are instructions; "contenders" in the JSON has them. Under the host's clock they are cycles, which under TCG are those of the
emulation, floating point above all: compare only ratios there. "mean" leaves out the dearest 0.5 % of the calls (host: 5 %), in
whose middle the emulated CPU had to wait for others. Intervals (95 %) are a bootstrap over the rounds. A model without float weights,
as every tree, is not measured in float.

Examples:
  nicetries kernel bench m.nt
  nicetries kernel bench m.nt --clock host --rounds 20 --json -- hackbench -T -g 2 -l 200`,
    )
    .action(async (model: string, command: string[], flags: Flags) => {
      readNt(model); // a clearer message than the kernel's where the file is wrong
      const load = command.length > 0 ? command : ["hackbench", "-g", "4", "-l", "100"];
      requireProgram(load);
      const image = await imageOf("patched");
      const { randomStream } = await import("../../sim/engine/random.ts");
      const result = await benchModel({
        model,
        command: load,
        rounds: flags.rounds,
        random: randomStream(flags.seed, "bootstrap"),
        boot: {
          bzImage: image.bzImage,
          accelerator: flags.accelerator,
          clock: option.clockOf(flags, "auto", { shift: COUNTING }),
          memoryMiB: flags.memory,
          timeLimit: flags.timeLimit,
          say: note,
          onOutput: (chunk) => process.stderr.write(chunk),
        },
      });
      if (flags.json) return printJson(result);
      const header = ["", "calls", "median", "mean", "x stock", "load, s", "x stock"];
      const rows = result.rows.map((row) => [
        row.name,
        String(row.calls),
        row.median.toFixed(0),
        row.mean.toFixed(0),
        interval(row.ratio),
        row.seconds.toFixed(2),
        interval(row.secondsRatio),
      ]);
      print(`${result.unit} of can_migrate_task (${result.accelerator})\n${textTable(header, rows)}\n`);
      print(`model in kernel memory: ${result.modelBytes} bytes\n`);
    });
}

const interval = ({ value, low, high }: Estimate) =>
  `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
