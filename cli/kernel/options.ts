import { type Command, Option } from "commander";
import { BENCHMARKS } from "../../kernel-bridge/benchmarks/benchmarks.ts";
import { VARIANTS } from "../../kernel-bridge/build/variants.ts";
import { COMM_BYTES, type Rule, SLOTS } from "../../kernel-bridge/deploy/control.ts";
import {
  type ClockName,
  type ClockWish,
  DEFAULT_SHIFT,
  type GuestClock,
  guestClock,
  SPEEDS,
  shiftOf,
  speedOf,
} from "../../kernel-bridge/guest/clock.ts";
import type { Accelerator } from "../../kernel-bridge/guest/kvm-probe.ts";
import { TOPOLOGIES } from "../../kernel-bridge/guest/qemu-arguments.ts";
import { parseMigrationCost } from "../../lab/tunables.ts";
import { formatDuration } from "../../traces/quantity.ts";
import { countOption, secondsOption, sizeOption, timeHelp, wrongValue } from "../option-values.ts";
import { UsageError } from "../report-failure.ts";
import { MIGRATION_COST_HELP } from "../simulate/options.ts";

/** Reads the number of a slot, from `least` up. */
export const parseSlot = (option: string, least: number): ((text: string) => number) =>
  countOption(option, least, SLOTS - 1);

/** Reads comm=PATTERN or cgroup=FOLDER. */
export const parseRule =
  (option: string) =>
  (text: string): Rule => {
    const [, kind, what] = /^(comm|cgroup)=(.+)$/s.exec(text) ?? [];
    if (what === undefined) throw wrongValue(option, "comm=PATTERN or cgroup=FOLDER", text);
    if (kind === "comm" && Buffer.byteLength(what) > COMM_BYTES)
      throw wrongValue(option, `a task's name of at most ${COMM_BYTES} bytes`, what);
    return { kind: kind as Rule["kind"], what };
  };

/** Reads the name of a benchmark, or that of an rt-app file, which is opened later. */
export const benchmarkOption =
  (option: string) =>
  (text: string): string => {
    if (Object.hasOwn(BENCHMARKS, text) || text.endsWith(".json")) return text;
    const names = Object.keys(BENCHMARKS);
    throw wrongValue(option, `one of ${names.join(", ")}, or an rt-app file ending in .json`, text, names);
  };

export const slotOption = () =>
  new Option("--slot <n>", `0: for all tasks; 1 to ${SLOTS - 1}: for those that rules send there`)
    .argParser(parseSlot("--slot", 0))
    .default(0);

export const variantOption = () =>
  new Option("--kernel <variant>", "which image").choices([...VARIANTS]).default("stock");

export const topologyOption = () =>
  new Option("--topology <cores x threads>", "eight CPUs as 4x2 (SMT and MC domains) or 8x1 (MC only)")
    .choices([...TOPOLOGIES])
    .default("4x2");

/** What the options of clockOptions() give. */
export interface ClockFlags {
  clock?: ClockName;
  /** Shift of -icount, parsed from a speed. */
  speed?: number;
  accelerator: Accelerator | "auto";
}

/** --clock and --speed. `usual`: what holds without --clock; auto is virtual time where a QEMU can. */
export const clockOptions = (command: Command, usual: ClockWish["clock"], shift = DEFAULT_SHIFT): Command =>
  command
    .addOption(
      new Option(
        "--clock <name>",
        `virtual: guest time is instructions executed, whatever this machine does; host: its own time (default: ${
          usual === "auto" ? "virtual where QEMU is 8.1 or newer" : usual
        })`,
      ).choices(["virtual", "host"]),
    )
    .addOption(
      new Option(
        "--speed <MIPS>",
        `virtual time: million instructions a second, of all CPUs together: ${SPEEDS.join(", ")} (default: ${speedOf(shift)})`,
      ).argParser((text) => {
        const found = shiftOf(Number(text));
        if (found === undefined) throw wrongValue("--speed", `one of ${SPEEDS.join(", ")}`, text);
        return found;
      }),
    );

/** The clock that was asked for; a speed asks for virtual time, an accelerator other than TCG for the host's. */
export function clockOf(
  flags: ClockFlags,
  usual: ClockWish["clock"],
  wish: Omit<ClockWish, "clock"> = {},
): GuestClock {
  const virtual = flags.clock === "virtual" || (flags.clock === undefined && flags.speed !== undefined);
  if (virtual && flags.accelerator === "kvm")
    throw new UsageError("KVM runs on the host's time: --clock virtual needs --accelerator tcg or auto");
  if (flags.clock === "host" && flags.speed !== undefined)
    throw new UsageError("--speed is for --clock virtual");
  const otherwise = flags.accelerator === "kvm" ? "host" : usual;
  return guestClock({
    ...wish,
    shift: flags.speed ?? wish.shift,
    clock: virtual ? "virtual" : (flags.clock ?? otherwise),
  });
}

export const acceleratorOption = () =>
  new Option("--accelerator <name>", "auto tries KVM and falls back to TCG; virtual time is always TCG")
    .choices(["auto", "kvm", "tcg"])
    .default("auto");

export const memoryOption = () =>
  new Option("--memory <size>", "memory of the guest, such as 2G; a bare number is MiB")
    .argParser((text) => Math.floor(sizeOption("--memory", "MiB", 512 * MIB)(text) / MIB))
    .default(4096, "4096 MiB");

export const migrationCostOption = () =>
  new Option(
    "--migration-cost <time>",
    `migration_cost_ns in the guest: how long a task counts as hot, ${MIGRATION_COST_HELP} (default: the kernel's, 500us)`,
  ).argParser(parseMigrationCost);

export const timeLimitOption = (about: string, seconds: number) =>
  new Option("--time-limit <time>", `${about}, ${timeHelp("30s or 10m", "s")}`)
    .argParser(secondsOption("--time-limit"))
    .default(seconds, formatDuration(seconds * 1e9));

const MIB = 2 ** 20;
