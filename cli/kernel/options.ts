import { type Command, InvalidArgumentError, Option } from "commander";
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
import { UsageError } from "../report-failure.ts";

/** A whole number of at least `least`, for commander. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`not a whole number of at least ${least}`);
    return value;
  };

/** A positive number of seconds, for commander. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("not a positive number of seconds");
  return value;
}

/** One of a few words, for commander. */
export const oneOf =
  (words: readonly string[]) =>
  (text: string): string => {
    if (!words.includes(text)) throw new InvalidArgumentError(`allowed are ${words.join(", ")}`);
    return text;
  };

/** Number of a slot, from `least` up, for commander. */
export const parseSlot =
  (least: number) =>
  (text: string): number => {
    const slot = wholeNumber(least)(text);
    if (slot >= SLOTS) throw new InvalidArgumentError(`slots are ${least} to ${SLOTS - 1}`);
    return slot;
  };

/** comm=PATTERN or cgroup=FOLDER, for commander. */
export function parseRule(text: string): Rule {
  const [, kind, what] = /^(comm|cgroup)=(.+)$/s.exec(text) ?? [];
  if (what === undefined) throw new InvalidArgumentError("a rule is comm=PATTERN or cgroup=FOLDER");
  if (kind === "comm" && Buffer.byteLength(what) > COMM_BYTES)
    throw new InvalidArgumentError(`a task's name has at most ${COMM_BYTES} bytes`);
  return { kind: kind as Rule["kind"], what };
}

export const slotOption = () =>
  new Option("--slot <n>", `0: for all tasks; 1 to ${SLOTS - 1}: for those that rules send there`)
    .argParser(parseSlot(0))
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
        if (found === undefined) throw new InvalidArgumentError(`allowed are ${SPEEDS.join(", ")}`);
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
  new Option("--memory <MiB>", "memory of the guest").argParser(wholeNumber(512)).default(4096);

export const migrationCostOption = () =>
  new Option(
    "--migration-cost <ns>",
    "migration_cost_ns in the guest: how long a task counts as hot (default: the kernel's, 500000)",
  ).argParser(wholeNumber(-1));
